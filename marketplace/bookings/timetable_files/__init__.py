"""Timetables and dates as a spreadsheet: out, and in again after a look at what becomes of each row."""
