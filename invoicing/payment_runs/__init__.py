"""Money on its way to sellers: payments by hand and in runs, each line in one of them at a time."""
