ALTER TABLE waitlist_entry ADD CONSTRAINT waitlist_known_state CHECK (state IN (
    'waiting', 'offered', 'accepted', 'declined', 'lapsed', 'left', 'ended'));
ALTER TABLE waitlist_entry ADD CONSTRAINT waitlist_offer_ends CHECK (
    state <> 'offered' OR offered_at IS NOT NULL AND expires_at > offered_at);
ALTER TABLE waitlist_entry ADD CONSTRAINT waitlist_end_has_a_moment CHECK (
    (state IN ('waiting', 'offered')) = (ended_at IS NULL));
-- Nobody stands in a line twice.
CREATE UNIQUE INDEX waitlist_once ON waitlist_entry (person_id, activity_session_id)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_in_line ON waitlist_entry (activity_session_id, joined_at, id)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_expiring ON waitlist_entry (expires_at) WHERE state = 'offered';
CREATE INDEX waitlist_by_session ON waitlist_entry (activity_session_id);

-- The money is the person's own, and what has ended stays ended: whoever comes back stands at the end of the line.
CREATE FUNCTION waitlist_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM fund WHERE id = NEW.fund_id AND person_id = NEW.person_id) THEN
        RAISE EXCEPTION 'the fund is not the person''s' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'waitlist_own_fund';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL AND NEW.state <> OLD.state
            OR (NEW.person_id, NEW.activity_session_id, NEW.joined_at)
               IS DISTINCT FROM (OLD.person_id, OLD.activity_session_id, OLD.joined_at)) THEN
        RAISE EXCEPTION 'a place in the line does not change' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'waitlist_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER waitlist_guard BEFORE INSERT OR UPDATE ON waitlist_entry
    FOR EACH ROW EXECUTE FUNCTION waitlist_guard();

-- An offer keeps a place, and whatever ends the offer gives it back: the session counts what the list says.
CREATE FUNCTION waitlist_keeps_places() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change integer := (TG_OP <> 'DELETE' AND NEW.state = 'offered')::int
                    - (TG_OP <> 'INSERT' AND OLD.state = 'offered')::int;
BEGIN
    IF change <> 0 THEN
        UPDATE activity_session SET places_offered = places_offered + change
         WHERE id = CASE TG_OP WHEN 'DELETE' THEN OLD.activity_session_id ELSE NEW.activity_session_id END;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER waitlist_keeps_places AFTER INSERT OR DELETE OR UPDATE OF state ON waitlist_entry
    FOR EACH ROW EXECUTE FUNCTION waitlist_keeps_places();

-- Whoever has a place does not wait for it, however they came by it.
CREATE FUNCTION waitlist_booked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE waitlist_entry
       SET state = 'accepted', ended_at = coalesce(ended_at, NEW.booked_at), booking_id = NEW.id
     WHERE activity_session_id = NEW.activity_session_id AND person_id = NEW.person_id
       AND (state IN ('waiting', 'offered') OR state = 'accepted' AND booking_id IS NULL);
    RETURN NULL;
END $$;
CREATE TRIGGER waitlist_booked AFTER INSERT ON booking FOR EACH ROW EXECUTE FUNCTION waitlist_booked();
