ALTER TABLE close_relative ADD CONSTRAINT close_relative_known_kind CHECK (kind IN (
    'spouse_or_partner', 'parent', 'child', 'sibling', 'grandparent', 'aunt_or_uncle', 'partner_of_relative', 'other'));
ALTER TABLE close_relative ADD CONSTRAINT close_relative_declared_as CHECK (
    declared_as IN ('person', 'council', 'provider'));
ALTER TABLE close_relative ADD CONSTRAINT close_relative_named CHECK (btrim(name) <> '');
ALTER TABLE close_relative ADD CONSTRAINT close_relative_ends CHECK (
    (ended_on IS NULL) = (ended_because = '') AND (ended_on IS NULL OR ended_on >= starts_on));
CREATE UNIQUE INDEX close_relative_once ON close_relative (person_id, provider_id, lower(name)) WHERE ended_on IS NULL;
CREATE INDEX close_relative_by_seller ON close_relative (person_id, provider_id);

-- What was declared stays; it only ends, once.
CREATE FUNCTION close_relative_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_on IS NOT NULL
       OR (NEW.person_id, NEW.provider_id, NEW.name, NEW.kind, NEW.same_household, NEW.starts_on, NEW.declared_by,
           NEW.declared_as) IS DISTINCT FROM
          (OLD.person_id, OLD.provider_id, OLD.name, OLD.kind, OLD.same_household, OLD.starts_on, OLD.declared_by,
           OLD.declared_as) THEN
        RAISE EXCEPTION 'what was declared about a relative stays' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'close_relative_stays', TABLE = 'close_relative';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER close_relative_stays BEFORE UPDATE OR DELETE ON close_relative
    FOR EACH ROW EXECUTE FUNCTION close_relative_stays();

ALTER TABLE relative_decision ADD CONSTRAINT relative_decision_number UNIQUE (relative_id, number);
ALTER TABLE relative_decision ADD CONSTRAINT relative_decision_says_why CHECK (btrim(because) <> '');
ALTER TABLE relative_decision ADD CONSTRAINT relative_decision_dates CHECK (ends_on IS NULL OR ends_on > starts_on);
CREATE TRIGGER relative_decision_append_only BEFORE UPDATE OR DELETE ON relative_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Nobody agrees to what they declared themselves.
CREATE FUNCTION relative_decision_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.agreed AND EXISTS (SELECT 1 FROM close_relative WHERE id = NEW.relative_id AND declared_by = NEW.decided_by)
    THEN
        RAISE EXCEPTION 'declared and agreed by one' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'relative_decision_two_people', TABLE = 'relative_decision';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER relative_decision_two_people BEFORE INSERT ON relative_decision
    FOR EACH ROW EXECUTE FUNCTION relative_decision_two_people();

-- What the council decided about a relative for a day: the latest decision that covers it; null when there is none.
CREATE FUNCTION relative_agreed(p_relative uuid, p_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT agreed FROM relative_decision
     WHERE relative_id = p_relative AND starts_on <= p_day AND (ends_on IS NULL OR ends_on > p_day)
     ORDER BY number DESC LIMIT 1
$$;

-- Whether a declared relative keeps a person's direct payment from paying a seller on a day (rules.md 3).
-- Twin of `needs_agreement` in isf/relatives/rules.py.
CREATE FUNCTION relative_bars(p_person uuid, p_provider uuid, p_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM close_relative r
                    WHERE r.person_id = p_person AND r.provider_id = p_provider
                      AND r.starts_on <= p_day AND (r.ended_on IS NULL OR r.ended_on > p_day)
                      AND (r.kind = 'spouse_or_partner' OR (r.same_household AND r.kind <> 'other'))
                      AND NOT coalesce(relative_agreed(r.id, p_day), false))
$$;
