ALTER TABLE claim ADD CONSTRAINT claim_of_booking FOREIGN KEY (booking_id) REFERENCES booking (id);
ALTER TABLE claim ADD CONSTRAINT claim_known_kind CHECK (kind IN ('invoice', 'card'));
CREATE TRIGGER claim_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE invoice ADD CONSTRAINT invoice_known_state CHECK (state IN ('issued', 'paid'));
ALTER TABLE invoice ADD CONSTRAINT invoice_adds_up CHECK (net_pence + vat_pence = gross_pence AND gross_pence >= 0);
ALTER TABLE invoice ADD CONSTRAINT invoice_one_payer CHECK (num_nonnulls(payer_organisation_id, payer_user_id) = 1);
ALTER TABLE invoice ADD CONSTRAINT invoice_paid_with_reference
    CHECK ((state = 'paid') = (paid_on IS NOT NULL) AND (state <> 'paid' OR payment_reference <> ''));
CREATE INDEX invoice_by_provider ON invoice (provider_id, issued_on);
CREATE INDEX invoice_by_payer ON invoice (payer_organisation_id, issued_on);
CREATE INDEX invoice_by_payer_user ON invoice (payer_user_id, issued_on);

-- Issued is frozen: the only change is that it is paid, once (rules.md 23).
CREATE FUNCTION invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state = 'issued' AND NEW.state = 'paid'
       AND (to_jsonb(NEW) - 'state' - 'paid_on' - 'payment_reference')
         = (to_jsonb(OLD) - 'state' - 'paid_on' - 'payment_reference') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an issued invoice never changes: issue a credit note'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoice_frozen';
END $$;
CREATE TRIGGER invoice_frozen BEFORE UPDATE OR DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_frozen();
CREATE TRIGGER invoice_line_append_only BEFORE DELETE OR TRUNCATE ON invoice_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A line follows its booking's owner by cascade, and nothing else about it may change.
CREATE FUNCTION invoice_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'owner_council_id') = (to_jsonb(OLD) - 'owner_council_id') THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'an issued invoice line never changes: issue a credit note'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoice_frozen';
END $$;
CREATE TRIGGER invoice_line_frozen BEFORE UPDATE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_frozen();

ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_booking_facts
    FOREIGN KEY (booking_id, fund_id, council_id, route, owner_council_id)
    REFERENCES booking (id, fund_id, council_id, route, owner_council_id) ON UPDATE CASCADE;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_claimed FOREIGN KEY (booking_id) REFERENCES claim (booking_id);
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_not_in_house CHECK (
    route = 'council_managed' OR owner_council_id <> council_id);
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_one_position UNIQUE (invoice_id, position);

ALTER TABLE card_payment ADD CONSTRAINT card_payment_known_state CHECK (state IN (
    'started', 'paid', 'refund_due', 'refunded', 'expired'));
ALTER TABLE card_payment ADD CONSTRAINT card_payment_refund CHECK (refunded_pence BETWEEN 0 AND amount_pence);
CREATE INDEX card_payment_by_booking ON card_payment (booking_id);
CREATE INDEX card_payment_open ON card_payment (created_at) WHERE state IN ('started', 'refund_due');
