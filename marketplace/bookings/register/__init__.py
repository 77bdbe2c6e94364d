"""A provider's day: who comes to which session, and who came (`pages.md` 6)."""
