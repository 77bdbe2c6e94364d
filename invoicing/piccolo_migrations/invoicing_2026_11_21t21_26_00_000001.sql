ALTER TABLE invoice_series ADD CONSTRAINT invoice_series_of_provider
    FOREIGN KEY (provider_id) REFERENCES provider (id);
ALTER TABLE invoice_series ADD CONSTRAINT invoice_series_letters CHECK (prefix ~ '^[A-Z0-9]{3,12}$');
CREATE TRIGGER invoice_series_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_series
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What is on an invoice was delivered as it says there. Waits for no lock: the invoice run share-locks the attendances
-- that it bills before it claims them, so a correction that comes meanwhile sees the claim here.
-- Only the note, which bills nothing, may still change. A card claim comes before the attendance and refuses nothing.
CREATE FUNCTION attendance_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'note') = (to_jsonb(OLD) - 'note') THEN RETURN NEW; END IF;
    IF EXISTS (SELECT 1 FROM claim WHERE booking_id = OLD.booking_id AND kind = 'invoice') THEN
        RAISE EXCEPTION 'the attendance of booking % is on an invoice: issue a credit note', OLD.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attendance_claimed';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_claimed BEFORE UPDATE OR DELETE ON attendance
    FOR EACH ROW EXECUTE FUNCTION attendance_claimed();

-- A line bills what an invoice claimed; what a card claimed is paid (rules.md 22).
CREATE FUNCTION invoice_line_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM claim WHERE booking_id = NEW.booking_id AND kind = 'invoice') THEN
        RAISE EXCEPTION 'booking % is not claimed by an invoice', NEW.booking_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'invoice_line_claimed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_line_claimed BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_claimed();

ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_amounts CHECK (gross_pence > 0 AND net_pence BETWEEN 0 AND gross_pence);

-- An invoice is the sum of its lines when its transaction ends; so no line can be added to it later either.
CREATE FUNCTION invoice_lines_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM invoice i CROSS JOIN LATERAL (
                SELECT coalesce(sum(l.net_pence), 0) AS net, coalesce(sum(l.gross_pence), 0) AS gross
                  FROM invoice_line l WHERE l.invoice_id = i.id) AS lines
         WHERE i.id = wanted AND (i.net_pence <> lines.net OR i.gross_pence <> lines.gross)) THEN
        RAISE EXCEPTION 'the lines of invoice % do not add up to it', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER invoice_lines_add_up AFTER INSERT ON invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoice_lines_add_up('id');
CREATE CONSTRAINT TRIGGER invoice_lines_add_up AFTER INSERT ON invoice_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION invoice_lines_add_up('invoice_id');
