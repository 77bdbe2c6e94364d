"""Cancelling dates with everybody on them: one, a day of them or chosen ones (`rules.md` 15; row B5)."""
