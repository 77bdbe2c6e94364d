"""Calendars that somebody subscribes to on a telephone (RFC 5545; row X4)."""
