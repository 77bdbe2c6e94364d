"""Billing runs: seen before they are made, made in steps that a crash cannot tear, and kept as a record (row V1)."""
