"""Pausing: which places are kept and at what cost, which are given back, and coming back (`rules.md` 17; row B7)."""
