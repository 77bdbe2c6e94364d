ALTER TABLE person ADD CONSTRAINT person_of_council UNIQUE (id, council_id);
ALTER TABLE authority ADD CONSTRAINT authority_for_person FOREIGN KEY (person_id) REFERENCES person (id);
CREATE INDEX person_by_council ON person (council_id, name);

ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_dates CHECK (ends_on > starts_on);
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_not_negative
    CHECK (council_share_pence >= 0 AND contribution_pence >= 0 AND council_share_pence + contribution_pence > 0);
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_of_person UNIQUE (id, person_id);
-- One budget at a time for a person; a new version ends the one before it.
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_one_at_a_time
    EXCLUDE USING gist (person_id WITH =, daterange(starts_on, ends_on) WITH &&);

ALTER TABLE fund ADD CONSTRAINT fund_known_route CHECK (route IN ('direct_payment', 'isf', 'council_managed'));
ALTER TABLE fund ADD CONSTRAINT fund_known_state CHECK (state IN ('open', 'closed'));
ALTER TABLE fund ADD CONSTRAINT fund_amount CHECK (amount_pence > 0);
ALTER TABLE fund ADD CONSTRAINT fund_dates CHECK (ends_on > starts_on);
ALTER TABLE fund ADD CONSTRAINT fund_of_budget
    FOREIGN KEY (budget_id, person_id) REFERENCES personal_budget (id, person_id);
ALTER TABLE fund ADD CONSTRAINT fund_of_the_persons_council
    FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
-- A direct payment is held by somebody, an ISF by an organisation, council-managed money by the council itself.
ALTER TABLE fund ADD CONSTRAINT fund_holder_fits_route CHECK (CASE route
    WHEN 'direct_payment' THEN holder_user_id IS NOT NULL AND holder_organisation_id IS NULL
    WHEN 'isf' THEN holder_user_id IS NULL AND holder_organisation_id IS NOT NULL AND holder_organisation_id <> council_id
    ELSE holder_user_id IS NULL AND holder_organisation_id = council_id END);
-- Bookings refer to these four together: route and council cannot be told otherwise.
ALTER TABLE fund ADD CONSTRAINT fund_facts UNIQUE (id, person_id, council_id, route);
CREATE INDEX fund_by_person ON fund (person_id);
CREATE INDEX fund_by_holder ON fund (holder_organisation_id);

-- The funds of a budget never add up to more than the budget, checked when the transaction ends.
CREATE FUNCTION funds_within_budget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE over bigint;
BEGIN
    SELECT (SELECT coalesce(sum(amount_pence), 0) FROM fund WHERE budget_id = NEW.budget_id)
           - b.council_share_pence - b.contribution_pence
      INTO over FROM personal_budget b WHERE b.id = NEW.budget_id;
    IF over > 0 THEN
        RAISE EXCEPTION 'funds are % pence more than their budget', over
            USING ERRCODE = 'check_violation', CONSTRAINT = 'funds_within_budget';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER funds_within_budget AFTER INSERT OR UPDATE ON fund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_within_budget();
