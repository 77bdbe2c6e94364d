-- A direct payment pays no close relative unless the council agreed (rules.md 3): not on an invoice either.
CREATE FUNCTION invoice_line_not_to_relative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking b WHERE b.id = NEW.booking_id
                  AND relative_bars(b.person_id, b.provider_id, b.service_on)) THEN
        RAISE EXCEPTION 'a direct payment would pay a close relative' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'invoice_line_not_to_relative', TABLE = 'invoice_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_line_not_to_relative BEFORE INSERT ON invoice_line
    FOR EACH ROW WHEN (NEW.route = 'direct_payment') EXECUTE FUNCTION invoice_line_not_to_relative();
