"""The ledger of each fund: journals that sum to zero, balances that always follow, a chain that shows tampering."""
