"""What is asked of a person, and what never is: values in, values out (`rules.md` 6, 7, 12, 20)."""
