-- What is netted from the next payment into a fund is never paid (rules.md 2): no claim, no line, no card.
CREATE FUNCTION netted_is_never_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking WHERE id = NEW.booking_id AND payment = 'netted') THEN
        RAISE EXCEPTION 'booking % is netted from the next payment and never paid', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'netted_is_never_paid', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER claim_netted_is_never_paid BEFORE INSERT ON claim
    FOR EACH ROW EXECUTE FUNCTION netted_is_never_paid();
CREATE TRIGGER invoice_line_netted_is_never_paid BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION netted_is_never_paid();
CREATE TRIGGER card_payment_netted_is_never_paid BEFORE INSERT OR UPDATE OF booking_id ON card_payment
    FOR EACH ROW EXECUTE FUNCTION netted_is_never_paid();
