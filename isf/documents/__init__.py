"""Papers about a person that they can keep: the copy of their plan, as a page, a PDF and Easy Read (rows SP5, A2)."""
