"""Money that is not used: how much may be kept, when it will be too much, and who is told before."""
