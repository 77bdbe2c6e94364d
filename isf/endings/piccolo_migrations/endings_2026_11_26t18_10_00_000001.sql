ALTER TABLE person_end ADD CONSTRAINT person_end_known_kind CHECK (kind IN ('died', 'moved'));
CREATE TRIGGER person_end_append_only BEFORE UPDATE OR DELETE ON person_end
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_known_kind CHECK (kind IN ('wages', 'notice', 'other'));
ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_known_state CHECK (state IN ('open', 'paid', 'dropped'));
ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_amount CHECK (amount_pence > 0);
ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_evidence CHECK (btrim(words) <> '' AND btrim(evidence) <> '');
ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_settled CHECK (
    (state = 'open') = (settled_on IS NULL) AND (state = 'open') = (settled_by IS NULL));
-- Who entered what is owed does not say as well that it was paid.
ALTER TABLE fund_liability ADD CONSTRAINT fund_liability_two_people CHECK (state <> 'paid' OR settled_by <> entered_by);
CREATE INDEX fund_liability_by_fund ON fund_liability (fund_id) WHERE state = 'open';

-- Nothing new is committed after an end: after a death nothing at all, after a move nothing for later days.
CREATE FUNCTION person_ended(p_person uuid, p_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM person_end
                    WHERE person_id = p_person AND (kind = 'died' OR last_on < p_day))
$$;

-- No money leaves a fund while something is held aside for what it still owes (rules.md 18).
CREATE FUNCTION exit_held_nothing_aside() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fund_liability WHERE fund_id = NEW.fund_id AND state = 'open') THEN
        RAISE EXCEPTION 'something is held aside' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'exit_held_nothing_aside', TABLE = 'fund_exit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exit_held_nothing_aside BEFORE UPDATE OF state ON fund_exit
    FOR EACH ROW WHEN (NEW.state = 'completed') EXECUTE FUNCTION exit_held_nothing_aside();
