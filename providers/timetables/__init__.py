"""When activities happen."""
