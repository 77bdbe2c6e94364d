"""Support that cannot wait for the plan: arranged by the council for a while, with money of its own (row SP6)."""
