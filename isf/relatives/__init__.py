"""Close relatives who sell support: declared, and agreed to by the council or not (`rules.md` 3; row Y4)."""
