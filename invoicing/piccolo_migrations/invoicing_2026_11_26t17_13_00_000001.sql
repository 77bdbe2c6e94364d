-- Delivered work stays payable and is billed, but while its provider is suspended nobody pays it (rules.md 16).
CREATE FUNCTION invoice_not_on_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF provider_on_hold(NEW.provider_id) THEN
        RAISE EXCEPTION 'invoice % is on hold while its provider is suspended', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_on_hold';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_not_on_hold BEFORE INSERT OR UPDATE OF state ON invoice
    FOR EACH ROW WHEN (NEW.state = 'paid') EXECUTE FUNCTION invoice_not_on_hold();

-- No card payment begins for a provider that is stopped, and none is taken for it.
CREATE FUNCTION card_payment_not_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking WHERE id = NEW.booking_id AND state <> 'delivered'
                AND provider_suspended(provider_id)) THEN
        RAISE EXCEPTION 'nothing can be paid to this provider at the moment'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_payment_not_suspended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER card_payment_not_suspended BEFORE INSERT ON card_payment
    FOR EACH ROW WHEN (NEW.state = 'started') EXECUTE FUNCTION card_payment_not_suspended();
