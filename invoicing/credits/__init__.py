"""Credit notes: what an invoice asked too much for, mirrored line by line and moved back (row V3, rule 23)."""
