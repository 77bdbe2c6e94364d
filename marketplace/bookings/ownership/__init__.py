"""A council takes a provider in-house: what that does to the bookings it makes unlawful (rows D4, P8)."""
