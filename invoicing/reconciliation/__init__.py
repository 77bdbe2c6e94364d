"""What the bank says happened, beside what the books say."""
