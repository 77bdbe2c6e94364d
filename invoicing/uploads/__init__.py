"""A provider's own invoice: read, matched to what was delivered, and taken as far as it agrees (row V5)."""
