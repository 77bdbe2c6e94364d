"""Frameworks, and who is approved on which lot."""
