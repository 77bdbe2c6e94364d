"""What the council pays into funds: proposed by the clock, checked by one officer, approved by another."""
