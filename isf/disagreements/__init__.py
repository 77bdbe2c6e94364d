"""A person who does not agree with the amount says so, gets an answer in time, and can have it looked at again."""
