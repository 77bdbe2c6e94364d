"""Dates of one activity that are booked together: asked for, answered date by date, then booked at once (row B2)."""
