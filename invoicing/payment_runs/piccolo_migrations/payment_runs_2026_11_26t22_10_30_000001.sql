ALTER TABLE payment_credit ADD CONSTRAINT payment_credit_amount CHECK (amount_pence > 0);
ALTER TABLE payment_credit ADD CONSTRAINT payment_credit_once UNIQUE (payment_id, credit_note_id);
CREATE INDEX payment_credit_by_note ON payment_credit (credit_note_id);
CREATE TRIGGER payment_credit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payment_credit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A credit is taken off a payment of the same payer to the same seller.
CREATE FUNCTION payment_credit_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM payment p JOIN credit_note n ON n.id = NEW.credit_note_id
                    WHERE p.id = NEW.payment_id AND p.provider_id = n.provider_id
                      AND p.payer_organisation_id IS NOT DISTINCT FROM n.payer_organisation_id
                      AND p.payer_user_id IS NOT DISTINCT FROM n.payer_user_id) THEN
        RAISE EXCEPTION 'a credit is taken off a payment of its payer to its seller'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_credit_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_credit_fits BEFORE INSERT ON payment_credit
    FOR EACH ROW EXECUTE FUNCTION payment_credit_fits();

CREATE OR REPLACE FUNCTION payment_is_right() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid; p payment;
BEGIN
    SELECT * INTO p FROM payment WHERE id = wanted;
    IF p.gross_pence <> (SELECT coalesce(sum(amount_pence), 0) FROM payment_item WHERE payment_id = p.id)
       OR p.netted_pence <> (SELECT coalesce(sum(amount_pence), 0) FROM payment_credit WHERE payment_id = p.id) THEN
        RAISE EXCEPTION 'the items of payment % do not add up to it', p.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_items_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_is_right AFTER INSERT ON payment_credit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_right('payment_id');

-- What a seller paid back for a credit and what was taken off a payment can be owed again when a bank returns the
-- payment of the line: no more than is open of it, whatever happened before.
CREATE OR REPLACE FUNCTION payment_item_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM payment p JOIN invoice i ON i.id = NEW.invoice_id JOIN invoice_line l ON l.id = NEW.invoice_line_id
         WHERE p.id = NEW.payment_id AND p.provider_id = i.provider_id
           AND p.payer_organisation_id IS NOT DISTINCT FROM i.payer_organisation_id
           AND p.payer_user_id IS NOT DISTINCT FROM i.payer_user_id
           AND NEW.amount_pence <= line_open_pence(l.id)) THEN
        RAISE EXCEPTION 'a line is paid by its payer to its seller, and no more than it comes to'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_item_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION payment_may_be_sent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF provider_on_hold(NEW.provider_id) THEN
        RAISE EXCEPTION 'payment % is on hold while its provider is suspended', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_on_hold';
    END IF;
    IF NEW.payment_run_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payment_run WHERE id = NEW.payment_run_id AND state IN ('approved', 'sent')) THEN
        RAISE EXCEPTION 'payment % is in a run that nobody approved', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_run_approved';
    END IF;
    IF EXISTS (SELECT 1 FROM payment_item t WHERE t.payment_id = NEW.id
                  AND (line_queried(t.invoice_line_id) OR t.amount_pence > line_open_pence(t.invoice_line_id))) THEN
        RAISE EXCEPTION 'a line of payment % was queried or credited', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_still_owed';
    END IF;
    RETURN NEW;
END $$;
