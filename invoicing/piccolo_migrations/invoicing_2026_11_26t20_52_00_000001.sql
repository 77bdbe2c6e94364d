-- What a line came to is frozen; what was credited, paid and is still open of it is asked here, in pence.
CREATE FUNCTION line_credited_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT 0::bigint WHERE line IS NOT NULL $$;
CREATE FUNCTION line_paid_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN i.state = 'paid' THEN l.gross_pence ELSE 0 END
      FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id WHERE l.id = line
$$;
CREATE FUNCTION line_open_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest(0, l.gross_pence - line_credited_pence(l.id) - line_paid_pence(l.id))
      FROM invoice_line l WHERE l.id = line
$$;
-- Whether its payer has queried a line and nobody has settled that: it stays owed, and is not paid yet (rules.md 10).
CREATE FUNCTION line_queried(line uuid) RETURNS boolean LANGUAGE sql STABLE AS
    $$ SELECT false WHERE line IS NOT NULL $$;
-- The payment by which an invoice was paid in the end.
CREATE FUNCTION invoice_last_payment(of_invoice uuid) RETURNS TABLE (paid_on date, reference text)
    LANGUAGE sql STABLE AS
    $$ SELECT i.paid_on, i.payment_reference::text FROM invoice i WHERE i.id = of_invoice AND i.paid_on IS NOT NULL $$;

ALTER TABLE invoice DROP CONSTRAINT invoice_known_state;
ALTER TABLE invoice ADD CONSTRAINT invoice_known_state CHECK (state IN ('issued', 'part_paid', 'paid', 'credited'));

-- Issued is frozen: only where it stands changes, by what is paid of it, credited, or returned by a bank (rules.md 23).
CREATE OR REPLACE FUNCTION invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> NEW.state AND OLD.state <> 'credited'
       AND (to_jsonb(NEW) - 'state' - 'paid_on' - 'payment_reference')
         = (to_jsonb(OLD) - 'state' - 'paid_on' - 'payment_reference') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an issued invoice never changes: issue a credit note'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoice_frozen';
END $$;
