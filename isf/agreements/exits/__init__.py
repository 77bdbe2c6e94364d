"""The end of a fund: announced with notice, wound up, and every penny sent where it belongs (`rules.md` 18; row I6)."""
