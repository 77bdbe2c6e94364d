"""Invoices and credit notes as UBL 2.1, conforming to EN 16931 and Peppol BIS Billing 3 (row V4)."""
