"""A while in which a person's support rests: hospital, a holiday (`rules.md` 17; row B7)."""
