"""Self-billing: by a dated agreement the payer writes the supplier's invoices, the supplier none (row V6)."""
