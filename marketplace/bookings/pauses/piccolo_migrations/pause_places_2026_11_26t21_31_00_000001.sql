-- Nothing that is booked is moved into a pause either; what a pause keeps stays kept on another of its days.
CREATE FUNCTION booking_not_moved_into_pause() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM activity_session s WHERE s.id = NEW.activity_session_id AND EXISTS (
            SELECT 1 FROM pause p WHERE p.person_id = NEW.person_id AND p.starts_on <= NEW.service_on
               AND (p.ends_on IS NULL OR p.ends_on > NEW.service_on)
               AND (p.activity_ids = '{}' OR s.activity_id = ANY (p.activity_ids))
               AND NOT EXISTS (SELECT 1 FROM pause_place k
                                WHERE k.pause_id = p.id AND k.booking_id = NEW.id AND k.kept))) THEN
        RAISE EXCEPTION 'the person pauses on this day' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'booking_not_in_pause', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_not_moved_into_pause BEFORE UPDATE OF service_on ON booking
    FOR EACH ROW WHEN (NEW.state IN ('held', 'confirmed') AND NEW.service_on <> OLD.service_on)
    EXECUTE FUNCTION booking_not_moved_into_pause();
