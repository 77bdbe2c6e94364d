"""Changing dates that people have booked: shown before it is done, each booking kept, moved or offered elsewhere."""
