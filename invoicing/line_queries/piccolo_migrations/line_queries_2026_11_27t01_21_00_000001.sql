-- How much a payer asks to be credited. With the other facts of a query it never changes (line_query_frozen).
ALTER TABLE line_query ADD CONSTRAINT line_query_wanted CHECK (wanted_pence > 0);
