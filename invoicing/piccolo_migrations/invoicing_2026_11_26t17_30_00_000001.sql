-- Note and times bill nothing, so they may still change when the attendance is on an invoice.
CREATE OR REPLACE FUNCTION attendance_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'note' - 'arrived_at' - 'left_at') = (to_jsonb(OLD) - 'note' - 'arrived_at' - 'left_at')
    THEN RETURN NEW; END IF;
    IF EXISTS (SELECT 1 FROM claim WHERE booking_id = OLD.booking_id AND kind = 'invoice') THEN
        RAISE EXCEPTION 'the attendance of booking % is on an invoice: issue a credit note', OLD.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attendance_claimed';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;

-- What somebody says is wrong is on no invoice until it is settled (row P5).
CREATE FUNCTION invoice_line_not_disputed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM attendance WHERE booking_id = NEW.booking_id AND disputed) THEN
        RAISE EXCEPTION 'the attendance of booking % is disputed', NEW.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoice_line_not_disputed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_line_not_disputed BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_not_disputed();
