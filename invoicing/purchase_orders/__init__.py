"""Purchase orders: the payer’s own number for what it ordered, with dates and a limit (row V1)."""
