"""How VAT falls on what a seller supplies, by date: registrations, and the standard rate of the country."""
