"""A person's own page: what money is there, what it does this week, what is left, what is to do."""
