"""A payer closes a month: it is never reopened, and what comes later counts in the open period (rule 11)."""
