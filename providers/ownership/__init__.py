"""Which council owns which seller, by date."""
