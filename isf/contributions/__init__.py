"""What people pay towards their support, what they never pay for, and their own money on top (row F6)."""
