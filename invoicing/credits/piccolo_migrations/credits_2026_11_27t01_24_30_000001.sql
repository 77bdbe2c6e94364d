ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_allowance CHECK (
    allowance_net_pence BETWEEN 0 AND allowance_gross_pence AND (allowance_gross_pence > 0) = (allowance_because <> ''));

-- Credited whole, a line is mirrored with what was taken off its price; a part of it stands for itself.
CREATE FUNCTION credit_note_line_mirrors_allowance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE line invoice_line;
BEGIN
    SELECT * INTO line FROM invoice_line WHERE id = NEW.invoice_line_id;
    IF (NEW.allowance_net_pence, NEW.allowance_gross_pence, NEW.allowance_because) IS DISTINCT FROM
       (CASE WHEN NEW.gross_pence = line.gross_pence
             THEN (line.allowance_net_pence, line.allowance_gross_pence, line.allowance_because)
             ELSE (0::bigint, 0::bigint, ''::text) END) THEN
        RAISE EXCEPTION 'a credit takes off the price what its line took off it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_line_mirrors', TABLE = 'credit_note_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_note_line_mirrors_allowance BEFORE INSERT ON credit_note_line
    FOR EACH ROW EXECUTE FUNCTION credit_note_line_mirrors_allowance();
