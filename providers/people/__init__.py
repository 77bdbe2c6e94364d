"""Who works with a provider here, and in which role."""
