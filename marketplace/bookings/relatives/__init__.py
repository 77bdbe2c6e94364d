"""Close relatives and the bookings that wait for the council, or are given back (`rules.md` 3; row Y4)."""
