"""Waiting for a place on a full session: a fair line, and an offer that is kept for a while (row B3)."""
