ALTER TABLE in_house_transition ADD CONSTRAINT in_house_transition_known_state
    CHECK (state IN ('started', 'consulted', 'agreed', 'moved', 'stopped'));
ALTER TABLE in_house_transition ADD CONSTRAINT in_house_transition_says_why CHECK (because <> '');
ALTER TABLE in_house_transition ADD CONSTRAINT in_house_transition_agreed_from_a_day
    CHECK (state NOT IN ('agreed', 'moved') OR (move_from IS NOT NULL AND plan <> ''));
ALTER TABLE in_house_transition ADD CONSTRAINT in_house_transition_closed
    CHECK ((state IN ('moved', 'stopped')) = (closed_at IS NOT NULL));
CREATE UNIQUE INDEX in_house_transition_one_open ON in_house_transition (person_id, provider_id)
    WHERE state IN ('started', 'consulted', 'agreed');

ALTER TABLE consultation ADD CONSTRAINT consultation_by_a_professional
    CHECK (held_by <> '' AND held_by_role IN ('social_work_practitioner', 'trusted_assessor'));
ALTER TABLE consultation ADD CONSTRAINT consultation_is_whole
    CHECK (present <> '' AND persons_view <> '' AND accessible_how <> '' AND decided <> '');
CREATE TRIGGER consultation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consultation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nobody is moved before somebody has talked with them (requirement B8).
CREATE FUNCTION transition_consulted_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('consulted', 'agreed', 'moved')
       AND NOT EXISTS (SELECT 1 FROM consultation WHERE transition_id = NEW.id) THEN
        RAISE EXCEPTION 'transition % has no recorded consultation', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_consulted_first';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transition_consulted_first BEFORE INSERT OR UPDATE OF state ON in_house_transition
    FOR EACH ROW EXECUTE FUNCTION transition_consulted_first();

-- A booking is given back for a move only by a move that was agreed after a consultation, from its day on.
CREATE FUNCTION booking_moved_off_by_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM in_house_transition t JOIN consultation c ON c.transition_id = t.id
                    WHERE t.person_id = NEW.person_id AND t.provider_id = NEW.provider_id
                      AND t.state = 'moved' AND t.move_from <= NEW.service_on) THEN
        RAISE EXCEPTION 'booking % is given back for a move that nobody was consulted about', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'transition_consulted_first';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_moved_off_by_transition BEFORE INSERT OR UPDATE OF cancelled_because ON booking
    FOR EACH ROW WHEN (NEW.cancelled_because = 'moved_off_in_house')
    EXECUTE FUNCTION booking_moved_off_by_transition();

-- Money that the council managed goes another route only when nothing is booked any more at the council's own service
-- that the new route could not pay: the move, with its consultation, comes first. Asked when the transaction ends.
CREATE FUNCTION route_waits_for_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fund f JOIN booking b ON b.fund_id = f.id
                WHERE f.person_id = NEW.person_id AND f.route = 'council_managed'
                  AND b.state IN ('held', 'confirmed') AND b.owner_council_id = b.council_id
                  AND b.service_on >= NEW.starts_on AND (f.state = 'closed' OR f.ends_on <= b.service_on)) THEN
        RAISE EXCEPTION 'person % has bookings at an in-house service that fund % cannot pay', NEW.person_id, NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'route_waits_for_transition';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER route_waits_for_transition AFTER INSERT ON fund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.route <> 'council_managed')
    EXECUTE FUNCTION route_waits_for_transition();
