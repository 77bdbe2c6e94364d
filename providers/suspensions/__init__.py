"""Stopping a provider on safeguarding grounds, everywhere and for everybody (`rules.md` 15, 16; row P7)."""
