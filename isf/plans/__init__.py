"""The support plan: a person’s own words, what they will do, four keys, and the money that the keys free."""
