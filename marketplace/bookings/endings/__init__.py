"""Ending a person's support: what is booked after it goes back under its terms, and every fund is wound up."""
