-- Whose invoice it is to write goes by the day on which it is written (rules.md 24).
CREATE FUNCTION invoice_self_billing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE agreed uuid := self_billing_on(
    NEW.provider_id, NEW.payer_organisation_id, (NEW.issued_at AT TIME ZONE 'Europe/London')::date);
BEGIN
    IF NEW.self_billing_id IS NULL AND agreed IS NOT NULL THEN
        RAISE EXCEPTION 'the payer of invoice % writes the invoices of this supplier', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_self_billed', TABLE = 'invoice';
    END IF;
    IF NEW.self_billing_id IS NOT NULL AND NEW.self_billing_id IS DISTINCT FROM agreed THEN
        RAISE EXCEPTION 'invoice % is self-billed without an agreement', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_needs_agreement', TABLE = 'invoice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_self_billing BEFORE INSERT ON invoice FOR EACH ROW EXECUTE FUNCTION invoice_self_billing();
CREATE INDEX invoice_by_self_billing ON invoice (self_billing_id) WHERE self_billing_id IS NOT NULL;
