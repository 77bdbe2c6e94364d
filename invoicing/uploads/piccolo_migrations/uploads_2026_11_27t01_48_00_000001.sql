-- A queried line that its supplier corrects stays as it was sent; one other line, once, says what is right.
ALTER TABLE received_line DROP CONSTRAINT received_line_known_state;
ALTER TABLE received_line ADD CONSTRAINT received_line_known_state
    CHECK (state IN ('stated', 'matched', 'queried', 'withdrawn', 'corrected'));
ALTER TABLE received_line ADD CONSTRAINT received_line_corrects FOREIGN KEY (corrects_id) REFERENCES received_line (id);
ALTER TABLE received_line ADD CONSTRAINT received_line_corrected_once UNIQUE (corrects_id);
ALTER TABLE received_line ADD CONSTRAINT received_line_taken CHECK (invoice_id IS NULL OR (state = 'matched' AND corrects_id IS NOT NULL));
CREATE INDEX received_line_invoice ON received_line (invoice_id) WHERE invoice_id IS NOT NULL;

CREATE OR REPLACE FUNCTION received_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state = 'stated' AND (to_jsonb(NEW) - 'state' - 'booking_id' - 'owed_pence' - 'because' - 'invoice_id')
                               = (to_jsonb(OLD) - 'state' - 'booking_id' - 'owed_pence' - 'because' - 'invoice_id'))
       OR (OLD.state = 'queried' AND NEW.state IN ('withdrawn', 'corrected')
           AND (to_jsonb(NEW) - 'state') = (to_jsonb(OLD) - 'state'))
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a line that was sent never changes: it is withdrawn, or corrected by another'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'received_line_frozen';
END $$;

-- A correction is of a line of the same invoice, which is queried no more by it.
CREATE FUNCTION received_line_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM received_line WHERE id = NEW.corrects_id AND received_id = NEW.received_id
                  AND state = 'corrected') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'line % corrects none of this invoice', NEW.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'received_line_correction', TABLE = 'received_line';
END $$;
CREATE TRIGGER received_line_correction BEFORE INSERT ON received_line
    FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION received_line_correction();
