ALTER TABLE retainer_term ADD CONSTRAINT retainer_term_limits CHECK (percent BETWEEN 1 AND 100 AND weeks BETWEEN 1 AND 52);
ALTER TABLE pause_place ADD CONSTRAINT pause_place_once UNIQUE (pause_id, booking_id);
ALTER TABLE pause_place ADD CONSTRAINT pause_place_kept CHECK (kept = (retainer_percent IS NOT NULL) AND charge_pence >= 0);
CREATE INDEX pause_place_by_booking ON pause_place (booking_id) WHERE kept;
CREATE TRIGGER pause_place_append_only BEFORE UPDATE OR DELETE ON pause_place
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The share of the price that keeps a booking's place while its person pauses; null when nothing does.
CREATE FUNCTION kept_percent(p_booking uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT k.retainer_percent FROM pause_place k JOIN pause p ON p.id = k.pause_id JOIN booking b ON b.id = k.booking_id
     WHERE k.booking_id = p_booking AND k.kept AND b.service_on >= p.starts_on
       AND (p.ends_on IS NULL OR b.service_on < p.ends_on)
     ORDER BY p.made_at DESC LIMIT 1
$$;

-- Nothing new is booked inside a pause. A pause holds the books of all funds of its person, and a booking those of one.
CREATE FUNCTION booking_not_in_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM activity_session s WHERE s.id = NEW.activity_session_id
                  AND person_paused(NEW.person_id, s.activity_id, NEW.service_on)) THEN
        RAISE EXCEPTION 'the person pauses on this day' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'booking_not_in_pause', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_not_in_pause BEFORE INSERT ON booking
    FOR EACH ROW WHEN (NEW.state IN ('held', 'confirmed')) EXECUTE FUNCTION booking_not_in_pause();
