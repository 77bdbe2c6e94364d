"""The provider's working day around its registers: what is to do, what was booked, the week (`pages.md` 6)."""
