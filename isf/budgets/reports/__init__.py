"""A change in a person's life: reported by them or for them, opened and answered by the council (row W2)."""
