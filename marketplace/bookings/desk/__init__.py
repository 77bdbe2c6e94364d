"""The broker's desk: everybody the actor acts for, with the next thing to do for each (`pages.md` 5)."""
