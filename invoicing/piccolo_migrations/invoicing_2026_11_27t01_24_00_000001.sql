-- What is taken off the price of a line is said with its reason; what is left is the line.
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_allowance CHECK (
    allowance_net_pence BETWEEN 0 AND allowance_gross_pence AND (allowance_gross_pence > 0) = (allowance_because <> ''));
