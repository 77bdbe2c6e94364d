"""Registering sellers."""
