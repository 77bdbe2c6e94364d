"""Booking what the support plan does not hold: allowed with a reason, and seen by the care manager (row M3)."""
