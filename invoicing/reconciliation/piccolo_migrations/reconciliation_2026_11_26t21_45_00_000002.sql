-- What one organisation paid another received: each explains it on its own account, once.
DROP INDEX bank_line_explains_once;
CREATE UNIQUE INDEX bank_line_explains_once ON bank_line (organisation_id, meaning, meaning_id) WHERE meaning <> '';
ALTER TABLE bank_line ADD CONSTRAINT bank_line_known_meaning
    CHECK (meaning IN ('', 'payment', 'run', 'return', 'credit', 'funds'));

-- A line about a payment moved what the payment moved, out or back, on its payer's account.
CREATE FUNCTION bank_line_ties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = NEW.meaning_id AND p.payer_organisation_id = NEW.organisation_id
                      AND p.amount_pence = CASE NEW.meaning WHEN 'return' THEN NEW.amount_pence ELSE -NEW.amount_pence END) THEN
        RAISE EXCEPTION 'line % does not move what payment % moves', NEW.id, NEW.meaning_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_line_ties';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_line_ties BEFORE INSERT OR UPDATE OF meaning, meaning_id ON bank_line
    FOR EACH ROW WHEN (NEW.meaning IN ('payment', 'return')) EXECUTE FUNCTION bank_line_ties();
