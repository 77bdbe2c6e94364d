"""A person's week: what is booked, what is wished for, and what both do to the money."""
