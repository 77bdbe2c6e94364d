"""Where e-invoices reach an organisation: its address in a scheme that Peppol knows (BT-34, BT-49)."""
