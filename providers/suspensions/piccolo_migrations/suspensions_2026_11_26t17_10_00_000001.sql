ALTER TABLE suspension ADD CONSTRAINT suspension_known_state CHECK (state IN ('open', 'released', 'ended'));
ALTER TABLE suspension ADD CONSTRAINT suspension_says_why CHECK (grounds <> '' AND contact <> '');
ALTER TABLE suspension ADD CONSTRAINT suspension_closed_with_words
    CHECK ((state = 'open') = (closed_at IS NULL) AND (state = 'open') = (closing_words = ''));
-- One at a time for a council; another council may stop the same provider too.
CREATE UNIQUE INDEX suspension_one_of_a_council ON suspension (provider_id, council_id) WHERE state <> 'released';
CREATE INDEX suspension_by_council ON suspension (council_id, starts_at);

-- Why, since when and by whom never change; a suspension is released or ended, and stays to be read.
CREATE FUNCTION suspension_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state IN ('open', 'ended') AND NEW.state <> 'open'
       AND (to_jsonb(NEW) - 'state' - 'closed_at' - 'closed_by' - 'closing_words')
         = (to_jsonb(OLD) - 'state' - 'closed_at' - 'closed_by' - 'closing_words') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a suspension is released or ended, and nothing else about it changes'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'suspension_stays';
END $$;
CREATE TRIGGER suspension_stays BEFORE UPDATE OR DELETE ON suspension
    FOR EACH ROW EXECUTE FUNCTION suspension_stays();

-- Nothing new with this provider, for anybody (rules.md 16). An ended suspension is an end: it stops for good.
CREATE FUNCTION provider_suspended(p_provider uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM suspension WHERE provider_id = p_provider AND state <> 'released')
$$;

-- What was delivered waits for its payment only until somebody has decided.
CREATE FUNCTION provider_on_hold(p_provider uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM suspension WHERE provider_id = p_provider AND state = 'open')
$$;

-- A suspension and new dates at the same moment: one waits for the other, as with ownership (ownership_alone).
CREATE FUNCTION suspension_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM provider WHERE id = NEW.provider_id FOR NO KEY UPDATE;
    RETURN NEW;
END $$;
CREATE TRIGGER suspension_alone BEFORE INSERT ON suspension
    FOR EACH ROW EXECUTE FUNCTION suspension_alone();
