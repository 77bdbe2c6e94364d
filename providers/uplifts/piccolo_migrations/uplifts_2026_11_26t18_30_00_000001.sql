ALTER TABLE price_uplift ADD CONSTRAINT price_uplift_known_state
    CHECK (state IN ('proposed', 'approved', 'refused', 'withdrawn'));
ALTER TABLE price_uplift ADD CONSTRAINT price_uplift_says_why CHECK (reason <> '');
ALTER TABLE price_uplift ADD CONSTRAINT price_uplift_closed CHECK ((state = 'proposed') = (closed_at IS NULL));
-- It comes into force when it is approved, never before the day that was proposed.
ALTER TABLE price_uplift ADD CONSTRAINT price_uplift_in_force
    CHECK ((state = 'approved') = (rate_starts_on IS NOT NULL) AND rate_starts_on >= starts_on);
CREATE UNIQUE INDEX price_uplift_one_open ON price_uplift (activity_id, ratio) WHERE state = 'proposed';
CREATE INDEX price_uplift_of_activity ON price_uplift (activity_id, proposed_at);

ALTER TABLE price_uplift_decision ADD CONSTRAINT price_uplift_decision_known_verdict
    CHECK (verdict IN ('approved', 'refused'));
ALTER TABLE price_uplift_decision ADD CONSTRAINT price_uplift_decision_says_why
    CHECK (verdict = 'approved' OR words <> '');
ALTER TABLE price_uplift_decision ADD CONSTRAINT price_uplift_decision_once UNIQUE (uplift_id, council_id);
CREATE TRIGGER price_uplift_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON price_uplift_decision
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Councils that approve a provider today, each once: those who are asked before a price goes up (requirement P6).
CREATE FUNCTION approving_councils(p_provider uuid, p_day date) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
    SELECT DISTINCT council_id FROM commission
     WHERE provider_id = p_provider AND state = 'approved' AND starts_on <= p_day
       AND (ends_on IS NULL OR ends_on > p_day)
$$;

-- Approved by all of them, or it is not approved.
CREATE FUNCTION price_uplift_approved_by_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM price_uplift_decision WHERE uplift_id = NEW.id)
       OR EXISTS (SELECT 1 FROM price_uplift_decision WHERE uplift_id = NEW.id AND verdict = 'refused')
       OR EXISTS (SELECT 1 FROM activity a CROSS JOIN approving_councils(a.provider_id, (NEW.closed_at AT TIME ZONE 'Europe/London')::date) c(council_id)
                   WHERE a.id = NEW.activity_id
                     AND NOT EXISTS (SELECT 1 FROM price_uplift_decision d
                                      WHERE d.uplift_id = NEW.id AND d.council_id = c.council_id)) THEN
        RAISE EXCEPTION 'uplift % is not approved by every council', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'price_uplift_approved_by_all';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER price_uplift_approved_by_all BEFORE INSERT OR UPDATE OF state ON price_uplift
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION price_uplift_approved_by_all();
