"""What holders sell themselves: how much of a person's money goes to the organisation that holds it (row I3)."""
