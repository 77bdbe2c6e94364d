"""Fairday: a marketplace of day services and community activities, bought with personal budgets."""
