"""Paying for a booking by card: hold the place, let Stripe collect, confirm or let go (`design.md`, One booking)."""
