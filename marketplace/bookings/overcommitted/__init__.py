"""More is booked than the budget gives: which bookings, what giving each up costs, in which order (`rules.md` 19)."""
