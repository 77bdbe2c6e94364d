"""A person, or somebody for them, says whether what a provider recorded is right (row P5)."""
