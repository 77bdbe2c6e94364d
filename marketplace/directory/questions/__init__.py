"""Questions about an activity, asked from its public page and answered by mail (`pages.md` 2)."""
