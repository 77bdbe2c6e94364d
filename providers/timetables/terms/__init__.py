"""Term times, as a provider or a council keeps them."""
