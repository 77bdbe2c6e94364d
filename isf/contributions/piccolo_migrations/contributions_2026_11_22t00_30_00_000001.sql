-- The council of a row is the person's; one of another council cannot be told.
ALTER TABLE financial_assessment ADD CONSTRAINT financial_assessment_of_the_persons_council
    FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
ALTER TABLE financial_assessment ADD CONSTRAINT financial_assessment_version UNIQUE (person_id, version);
ALTER TABLE financial_assessment ADD CONSTRAINT financial_assessment_not_negative CHECK (weekly_pence >= 0);
CREATE INDEX financial_assessment_in_force ON financial_assessment (person_id, starts_on, version);
CREATE TRIGGER financial_assessment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON financial_assessment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE exempt_support ADD CONSTRAINT exempt_support_of_the_persons_council
    FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
ALTER TABLE exempt_support ADD CONSTRAINT exempt_support_known_kind CHECK (kind IN (
    'aids', 'telecare', 'reablement', 'intermediate_care', 'aftercare', 'carer'));
ALTER TABLE exempt_support ADD CONSTRAINT exempt_support_dates CHECK (ends_on > starts_on);
ALTER TABLE exempt_support ADD CONSTRAINT exempt_support_amounts
    CHECK (weekly_pence >= 0 AND price_pence >= 0 AND free_days >= 0);
CREATE INDEX exempt_support_by_person ON exempt_support (person_id, starts_on);
CREATE TRIGGER exempt_support_stays BEFORE DELETE OR TRUNCATE ON exempt_support
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_of_the_persons_council
    FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_known_kind
    CHECK (kind IN ('charge', 'correction', 'waived'));
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_known_collection
    CHECK (collection IN ('gross', 'net', 'holder'));
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_dates CHECK (ends_on > starts_on);
-- A charge is asked for; a waiver takes away; a correction does either.
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_sign CHECK (CASE kind
    WHEN 'charge' THEN amount_pence >= 0 AND sequence = 0
    WHEN 'waived' THEN amount_pence < 0 AND sequence > 0
    ELSE amount_pence <> 0 AND sequence > 0 END);
-- A job that runs twice, or on two machines at once, asks for the same days once.
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_once UNIQUE (person_id, starts_on, sequence);
ALTER TABLE contribution_charge ADD CONSTRAINT contribution_charge_each_day_once
    EXCLUDE USING gist (person_id WITH =, daterange(starts_on, ends_on) WITH &&) WHERE (kind = 'charge');
CREATE INDEX contribution_charge_by_council ON contribution_charge (council_id, starts_on);
CREATE TRIGGER contribution_charge_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contribution_charge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE contribution_payment ADD CONSTRAINT contribution_payment_of_the_persons_council
    FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
ALTER TABLE contribution_payment ADD CONSTRAINT contribution_payment_known_collection
    CHECK (collection IN ('gross', 'net', 'holder'));
ALTER TABLE contribution_payment ADD CONSTRAINT contribution_payment_sign
    CHECK (CASE WHEN reverses_id IS NULL THEN amount_pence > 0 ELSE amount_pence < 0 END);
ALTER TABLE contribution_payment ADD CONSTRAINT contribution_payment_reverses
    FOREIGN KEY (reverses_id) REFERENCES contribution_payment (id);
CREATE INDEX contribution_payment_by_person ON contribution_payment (person_id);
CREATE INDEX contribution_payment_by_council ON contribution_payment (council_id);
CREATE TRIGGER contribution_payment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contribution_payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE top_up ADD CONSTRAINT top_up_amount CHECK (amount_pence <> 0);
CREATE INDEX top_up_by_person ON top_up (person_id);
CREATE TRIGGER top_up_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON top_up
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
