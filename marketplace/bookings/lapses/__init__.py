"""What runs out or has run out at a council's providers, and how many bookings lie beyond."""
