"""Money on its way: what the council pays into funds, where it lies, and what is left over."""
