"""The holder's fee: reckoned by the agreement for each month that is over, taken once, never beyond what is left."""
