-- ----- Runs: proposed by one, approved by another.
ALTER TABLE payment_run ADD CONSTRAINT payment_run_known_state
    CHECK (state IN ('proposed', 'approved', 'sent', 'withdrawn'));
ALTER TABLE payment_run ADD CONSTRAINT payment_run_two_people CHECK (
    (state NOT IN ('approved', 'sent') OR (approved_by IS NOT NULL AND details_id IS NOT NULL))
    AND approved_by IS DISTINCT FROM proposed_by
    AND (approved_by IS NULL) = (approved_at IS NULL)
    AND (state = 'sent') = (sent_by IS NOT NULL) AND (sent_by IS NULL) = (sent_at IS NULL));
ALTER TABLE payment_run ADD CONSTRAINT payment_run_withdrawn_because
    CHECK ((state = 'withdrawn') = (withdrawn_by IS NOT NULL) AND (state <> 'withdrawn' OR because <> ''));
-- One open run for each payer, so that nobody approves one while another changes what is open.
CREATE UNIQUE INDEX payment_run_one_open ON payment_run (organisation_id) WHERE state IN ('proposed', 'approved');
CREATE INDEX payment_run_newest ON payment_run (organisation_id, proposed_at DESC);

CREATE FUNCTION payment_run_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.reference, NEW.organisation_id, NEW.due_until, NEW.pay_on, NEW.proposed_by, NEW.proposed_at)
           IS DISTINCT FROM
       (OLD.reference, OLD.organisation_id, OLD.due_until, OLD.pay_on, OLD.proposed_by, OLD.proposed_at)
       OR (OLD.approved_by IS NOT NULL AND (NEW.approved_by, NEW.approved_at, NEW.details_id)
                                           IS DISTINCT FROM (OLD.approved_by, OLD.approved_at, OLD.details_id))
       OR OLD.state IN ('sent', 'withdrawn')
       OR (OLD.state = 'proposed' AND NEW.state = 'sent')
       OR (OLD.state = 'approved' AND NEW.state = 'proposed') THEN
        RAISE EXCEPTION 'payment run % is not changed afterwards', OLD.reference
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_run_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_run_frozen BEFORE UPDATE ON payment_run
    FOR EACH ROW EXECUTE FUNCTION payment_run_frozen();
CREATE TRIGGER payment_run_kept BEFORE DELETE OR TRUNCATE ON payment_run
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- ----- Payments.
ALTER TABLE payment ADD CONSTRAINT payment_known_state
    CHECK (state IN ('proposed', 'left_out', 'withdrawn', 'sent', 'returned'));
ALTER TABLE payment ADD CONSTRAINT payment_adds_up
    CHECK (gross_pence > 0 AND netted_pence BETWEEN 0 AND gross_pence AND amount_pence = gross_pence - netted_pence);
ALTER TABLE payment ADD CONSTRAINT payment_one_payer CHECK (num_nonnulls(payer_organisation_id, payer_user_id) = 1);
ALTER TABLE payment ADD CONSTRAINT payment_in_a_run_has_details
    CHECK (payment_run_id IS NULL OR (payer_organisation_id IS NOT NULL AND details_id IS NOT NULL));
ALTER TABLE payment ADD CONSTRAINT payment_by_hand_has_a_reference
    CHECK (payment_run_id IS NOT NULL OR (bank_reference <> '' AND state IN ('sent', 'returned')));
ALTER TABLE payment ADD CONSTRAINT payment_sent_on_a_day
    CHECK ((state IN ('sent', 'returned')) = (paid_on IS NOT NULL) AND (paid_on IS NULL) = (sent_at IS NULL)
           AND (state = 'returned') = (returned_on IS NOT NULL));
ALTER TABLE payment ADD CONSTRAINT payment_because
    CHECK (state IN ('proposed', 'sent') OR (because <> '' AND decided_at IS NOT NULL));
-- A payee once in a run.
CREATE UNIQUE INDEX payment_once_in_a_run ON payment (payment_run_id, provider_id);
CREATE INDEX payment_by_provider ON payment (provider_id, paid_on DESC);
CREATE INDEX payment_by_payer ON payment (payer_organisation_id, paid_on DESC);

-- ----- Items: the in-house facts of their booking, and one live payment for each line, for ever.
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_of_its_invoice UNIQUE (id, invoice_id, booking_id);
ALTER TABLE payment_item ADD CONSTRAINT payment_item_line
    FOREIGN KEY (invoice_line_id, invoice_id, booking_id) REFERENCES invoice_line (id, invoice_id, booking_id);
ALTER TABLE payment_item ADD CONSTRAINT payment_item_booking_facts
    FOREIGN KEY (booking_id, fund_id, council_id, route, owner_council_id)
    REFERENCES booking (id, fund_id, council_id, route, owner_council_id) ON UPDATE CASCADE;
ALTER TABLE payment_item ADD CONSTRAINT payment_item_not_in_house CHECK (
    route = 'council_managed' OR owner_council_id <> council_id);
ALTER TABLE payment_item ADD CONSTRAINT payment_item_amount CHECK (amount_pence > 0);
CREATE UNIQUE INDEX payment_item_line_once ON payment_item (invoice_line_id) WHERE live;
CREATE INDEX payment_item_by_payment ON payment_item (payment_id);
CREATE INDEX payment_item_by_invoice ON payment_item (invoice_id);

-- Of its payment's payer and payee, and never more than the line comes to after its credits.
CREATE FUNCTION payment_item_fits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM payment p JOIN invoice i ON i.id = NEW.invoice_id JOIN invoice_line l ON l.id = NEW.invoice_line_id
         WHERE p.id = NEW.payment_id AND p.provider_id = i.provider_id
           AND p.payer_organisation_id IS NOT DISTINCT FROM i.payer_organisation_id
           AND p.payer_user_id IS NOT DISTINCT FROM i.payer_user_id
           AND NEW.amount_pence <= l.gross_pence - line_credited_pence(l.id)) THEN
        RAISE EXCEPTION 'a line is paid by its payer to its seller, and no more than it comes to'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_item_fits';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_item_fits BEFORE INSERT ON payment_item
    FOR EACH ROW EXECUTE FUNCTION payment_item_fits();

-- Only its owner follows the booking's by cascade, and its life ends with its payment's.
CREATE FUNCTION payment_item_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'owner_council_id' - 'live') = (to_jsonb(OLD) - 'owner_council_id' - 'live')
       AND (NEW.live = OLD.live OR (OLD.live AND EXISTS (
            SELECT 1 FROM payment WHERE id = OLD.payment_id AND state IN ('left_out', 'withdrawn', 'returned')))) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an item of a payment is not changed afterwards'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_item_frozen';
END $$;
CREATE TRIGGER payment_item_frozen BEFORE UPDATE ON payment_item
    FOR EACH ROW EXECUTE FUNCTION payment_item_frozen();
CREATE TRIGGER payment_item_kept BEFORE DELETE OR TRUNCATE ON payment_item
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION payment_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moves constant text[] := ARRAY['state', 'paid_on', 'sent_at', 'decided_by', 'decided_at', 'because', 'returned_on'];
BEGIN
    IF (to_jsonb(NEW) - moves) <> (to_jsonb(OLD) - moves)
       OR OLD.state IN ('left_out', 'withdrawn', 'returned')
       OR (OLD.state = 'sent' AND (NEW.state <> 'returned' OR NEW.paid_on <> OLD.paid_on OR NEW.sent_at <> OLD.sent_at))
       OR (OLD.state = 'proposed' AND NEW.state NOT IN ('proposed', 'left_out', 'withdrawn', 'sent')) THEN
        RAISE EXCEPTION 'payment % is not changed afterwards', OLD.reference
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_frozen BEFORE UPDATE ON payment FOR EACH ROW EXECUTE FUNCTION payment_frozen();
CREATE TRIGGER payment_kept BEFORE DELETE OR TRUNCATE ON payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What leaves a run or comes back lets its lines go.
CREATE FUNCTION payment_lets_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payment_item SET live = false WHERE payment_id = NEW.id AND live;
    RETURN NULL;
END $$;
CREATE TRIGGER payment_lets_go AFTER UPDATE OF state ON payment
    FOR EACH ROW WHEN (NEW.state IN ('left_out', 'withdrawn', 'returned')) EXECUTE FUNCTION payment_lets_go();

-- ----- What was marked as paid before there were payments: one payment by hand for each.
INSERT INTO payment (id, reference, provider_id, payer_organisation_id, payer_user_id, gross_pence, netted_pence,
                     amount_pence, state, bank_reference, paid_on, sent_at, because, created_at)
SELECT gen_random_uuid(), 'PY-' || upper(substr(md5(i.id::text), 1, 10)), i.provider_id, i.payer_organisation_id,
       i.payer_user_id, i.gross_pence, 0, i.gross_pence, 'sent', i.payment_reference, i.paid_on,
       i.paid_on::timestamp AT TIME ZONE 'Europe/London', '', i.issued_at
  FROM invoice i WHERE i.state = 'paid';
INSERT INTO payment_item (id, payment_id, invoice_id, invoice_line_id, booking_id, fund_id, council_id, route,
                          owner_council_id, amount_pence, live)
SELECT gen_random_uuid(), p.id, i.id, l.id, l.booking_id, l.fund_id, l.council_id, l.route, l.owner_council_id,
       l.gross_pence, true
  FROM invoice i JOIN payment p ON p.reference = 'PY-' || upper(substr(md5(i.id::text), 1, 10))
  JOIN invoice_line l ON l.invoice_id = i.id WHERE i.state = 'paid';

-- When its transaction ends, a payment is the sum of its items; and when it is sent, it is approved if it is in a run,
-- its seller is not on hold (rules.md 16), and every line in it is still owed and unqueried (rules.md 10).
CREATE FUNCTION payment_is_right() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid; p payment;
BEGIN
    SELECT * INTO p FROM payment WHERE id = wanted;
    IF p.gross_pence <> (SELECT coalesce(sum(amount_pence), 0) FROM payment_item WHERE payment_id = p.id) THEN
        RAISE EXCEPTION 'the items of payment % do not add up to it', p.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_items_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_is_right AFTER INSERT ON payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_right('id');
CREATE CONSTRAINT TRIGGER payment_is_right AFTER INSERT ON payment_item
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_is_right('payment_id');

CREATE FUNCTION payment_may_be_sent() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF EXISTS (SELECT 1 FROM payment_item t JOIN invoice_line l ON l.id = t.invoice_line_id
                WHERE t.payment_id = NEW.id
                  AND (line_queried(l.id) OR t.amount_pence > l.gross_pence - line_credited_pence(l.id))) THEN
        RAISE EXCEPTION 'a line of payment % was queried or credited', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_still_owed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_may_be_sent BEFORE INSERT OR UPDATE OF state ON payment
    FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION payment_may_be_sent();

-- ----- What is paid of a line, and by which payment an invoice was paid in the end.
CREATE OR REPLACE FUNCTION line_paid_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(t.amount_pence), 0)::bigint FROM payment_item t JOIN payment p ON p.id = t.payment_id
     WHERE t.invoice_line_id = line AND t.live AND p.state = 'sent'
$$;
CREATE OR REPLACE FUNCTION invoice_last_payment(of_invoice uuid) RETURNS TABLE (paid_on date, reference text)
    LANGUAGE sql STABLE AS $$
    SELECT p.paid_on, coalesce(nullif(p.bank_reference, ''), p.reference)::text
      FROM payment p WHERE p.state = 'sent'
       AND EXISTS (SELECT 1 FROM payment_item t WHERE t.payment_id = p.id AND t.invoice_id = of_invoice)
     ORDER BY p.paid_on DESC, p.sent_at DESC LIMIT 1
$$;
-- Whether a line waits in a payment that is not sent yet.
CREATE FUNCTION line_in_payment(line uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM payment_item t JOIN payment p ON p.id = t.payment_id
                    WHERE t.invoice_line_id = line AND t.live AND p.state = 'proposed')
$$;
-- The numbers of the invoices that a payment pays out of one fund, as a statement tells them.
CREATE FUNCTION payment_numbers(of_payment uuid, of_fund uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(DISTINCT i.number, ', ' ORDER BY i.number) FROM payment_item t JOIN invoice i ON i.id = t.invoice_id
     WHERE t.payment_id = of_payment AND t.fund_id = of_fund
$$;
