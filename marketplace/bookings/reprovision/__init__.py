"""What happens to the bookings of a provider that was stopped: given back, and provided again elsewhere (row P7)."""
