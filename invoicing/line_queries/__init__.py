"""A payer queries a line, the rest stays payable; and how promptly payers pay (row V5, rule 10)."""
