"""Raising a price that councils rely on: proposed with its reason, decided by each of them (row P6)."""
