"""Sellers' own accounts at Stripe: opened, able to take cards or not, asked for more, paid out (rows Y1, V7)."""
