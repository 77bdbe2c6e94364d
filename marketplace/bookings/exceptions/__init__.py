"""One-off sessions at the council's own service, taken from the next payment and never paid (`rules.md` 2; row D4)."""
