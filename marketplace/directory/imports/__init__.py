"""Outside publications read as published: parsers without a database, and the closing report."""
