"""The bank account in which a holder keeps the money of its funds: declared, and compared with the books."""
