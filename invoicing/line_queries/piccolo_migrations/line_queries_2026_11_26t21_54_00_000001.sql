-- Invoices come on the day on which they are issued here; what comes in another way says its own day.
ALTER TABLE invoice DISABLE TRIGGER invoice_frozen;
UPDATE invoice SET received_on = issued_on WHERE received_on IS NULL;
ALTER TABLE invoice ENABLE TRIGGER invoice_frozen;
CREATE FUNCTION invoice_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.received_on := coalesce(NEW.received_on, NEW.issued_on);
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_received BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_received();
ALTER TABLE invoice ADD CONSTRAINT invoice_received_on CHECK (received_on IS NOT NULL);

ALTER TABLE line_query ADD CONSTRAINT line_query_known_state
    CHECK (state IN ('asked', 'explained', 'disputed', 'accepted', 'credited'));
ALTER TABLE line_query ADD CONSTRAINT line_query_settled_on_a_day
    CHECK ((state IN ('accepted', 'credited')) = (settled_on IS NOT NULL));
CREATE UNIQUE INDEX line_query_one_open ON line_query (invoice_line_id) WHERE state IN ('asked', 'explained', 'disputed');
CREATE FUNCTION line_query_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.settled_on IS NULL AND (to_jsonb(NEW) - 'state' - 'settled_on') = (to_jsonb(OLD) - 'state' - 'settled_on') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a query that was settled stays' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'line_query_frozen';
END $$;
CREATE TRIGGER line_query_frozen BEFORE UPDATE ON line_query FOR EACH ROW EXECUTE FUNCTION line_query_frozen();
CREATE TRIGGER line_query_kept BEFORE DELETE OR TRUNCATE ON line_query
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE line_query_message ADD CONSTRAINT line_query_message_known_side CHECK (side IN ('payer', 'seller'));
ALTER TABLE line_query_message ADD CONSTRAINT line_query_message_known_step
    CHECK (step IN ('ask', 'write', 'explain', 'dispute', 'accept', 'credit'));
ALTER TABLE line_query_message ADD CONSTRAINT line_query_message_words CHECK (words <> '' OR step = 'accept');
CREATE TRIGGER line_query_message_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON line_query_message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Owed, and not payable while somebody has to answer (rules.md 10).
CREATE OR REPLACE FUNCTION line_queried(line uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM line_query WHERE invoice_line_id = line AND state IN ('asked', 'explained', 'disputed'))
$$;

ALTER TABLE payment_warning ADD CONSTRAINT payment_warning_known_kind CHECK (kind IN ('soon', 'today'));
ALTER TABLE payment_warning ADD CONSTRAINT payment_warning_once UNIQUE (invoice_id, kind);
CREATE TRIGGER payment_warning_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_warning
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
