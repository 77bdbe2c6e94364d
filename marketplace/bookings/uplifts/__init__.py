"""What a dearer price means for whoever goes there, and the decision about it (row P6)."""
