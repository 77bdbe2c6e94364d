-- A payment goes to an account of its payee, and to nobody else's (rules.md 1).
CREATE FUNCTION payment_to_its_payee() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM bank_details d JOIN provider p ON p.organisation_id = d.organisation_id
                    WHERE d.id = NEW.details_id AND d.purpose = 'into' AND p.id = NEW.provider_id) THEN
        RAISE EXCEPTION 'payment % would go to an account that is not its payee''s', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_to_its_payee', TABLE = 'payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_to_its_payee BEFORE INSERT ON payment
    FOR EACH ROW WHEN (NEW.details_id IS NOT NULL) EXECUTE FUNCTION payment_to_its_payee();
