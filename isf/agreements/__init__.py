"""Agreements about a fund: what was agreed, signed by whom, the holder's fee, its own supply, and the end of it all."""
