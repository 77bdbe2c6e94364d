"""The end of somebody's support: a death, a move, and what is still owed then (`rules.md` 18; row B7)."""
