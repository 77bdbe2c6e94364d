ALTER TABLE received_invoice ADD CONSTRAINT received_known_state CHECK (state IN ('draft', 'sent', 'discarded'));
ALTER TABLE received_invoice ADD CONSTRAINT received_one_payer CHECK (num_nonnulls(payer_organisation_id, payer_user_id) = 1);
ALTER TABLE received_invoice ADD CONSTRAINT received_says CHECK (
    number <> '' AND due_pence >= 0 AND num_nonnulls(original, file_id) = 1
    AND (state = 'sent') = (sent_at IS NOT NULL) AND (invoice_id IS NULL OR state = 'sent'));
ALTER TABLE received_invoice ADD CONSTRAINT received_file FOREIGN KEY (file_id) REFERENCES stored_file (id);
-- A supplier sends each of its numbers once.
CREATE UNIQUE INDEX received_number_once ON received_invoice (provider_id, lower(number)) WHERE state = 'sent';
CREATE UNIQUE INDEX received_taken_once ON received_invoice (invoice_id) WHERE invoice_id IS NOT NULL;
CREATE INDEX received_by_provider ON received_invoice (provider_id, entered_at);
CREATE INDEX received_by_payer ON received_invoice (payer_organisation_id, entered_at);

ALTER TABLE received_line ADD CONSTRAINT received_line_known_state CHECK (state IN ('stated', 'matched', 'queried', 'withdrawn'));
ALTER TABLE received_line ADD CONSTRAINT received_line_position UNIQUE (received_id, position);
ALTER TABLE received_line ADD CONSTRAINT received_line_told CHECK (
    asked_pence >= 0 AND (state <> 'matched' OR (booking_id IS NOT NULL AND owed_pence IS NOT NULL))
    AND (state <> 'queried' OR because <> ''));

-- What was sent stays as it was sent; of its lines only a queried one can be withdrawn.
CREATE FUNCTION received_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND (to_jsonb(NEW) - 'state' - 'sent_at' - 'invoice_id')
                             = (to_jsonb(OLD) - 'state' - 'sent_at' - 'invoice_id') THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'an invoice that was sent never changes' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'received_frozen';
END $$;
CREATE TRIGGER received_frozen BEFORE UPDATE ON received_invoice FOR EACH ROW EXECUTE FUNCTION received_frozen();
CREATE TRIGGER received_kept BEFORE DELETE OR TRUNCATE ON received_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION received_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state = 'stated' AND (to_jsonb(NEW) - 'state' - 'booking_id' - 'owed_pence' - 'because')
                               = (to_jsonb(OLD) - 'state' - 'booking_id' - 'owed_pence' - 'because'))
       OR (OLD.state = 'queried' AND NEW.state = 'withdrawn' AND (to_jsonb(NEW) - 'state') = (to_jsonb(OLD) - 'state'))
    THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'a line that was sent never changes: it is withdrawn, and sent anew'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'received_line_frozen';
END $$;
CREATE TRIGGER received_line_frozen BEFORE UPDATE ON received_line FOR EACH ROW EXECUTE FUNCTION received_line_frozen();
CREATE TRIGGER received_line_kept BEFORE DELETE OR TRUNCATE ON received_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Suppliers count by themselves: two may have an invoice 1. Our own numbers stay one of their kind by their letters.
ALTER TABLE invoice DROP CONSTRAINT IF EXISTS invoice_number_key;
ALTER TABLE invoice ADD CONSTRAINT invoice_number_of_supplier UNIQUE (provider_id, number);
