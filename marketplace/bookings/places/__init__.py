"""One place on one session: choosing the money for it, its page, and giving it up."""
