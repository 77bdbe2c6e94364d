"""Letting somebody in: an invitation by e-mail that opens once and for a while, and roles that end."""
