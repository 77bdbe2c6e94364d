"""Where activities happen."""
