"""How a budget changes: versions by date, who holds the money from when, what a person reports (rows F2 F3 F5 W2)."""
