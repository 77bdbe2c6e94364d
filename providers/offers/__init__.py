"""Activities and what they cost."""
