-- A booking is where its date is: whoever changes the date moves the bookings with it, by whichever statement.
CREATE FUNCTION booking_follows_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE booking SET starts_at = NEW.starts_at, ends_at = NEW.ends_at, service_on = NEW.service_on
     WHERE activity_session_id = NEW.id AND state IN ('held', 'confirmed')
       AND (starts_at, ends_at, service_on) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.service_on);
    RETURN NULL;
END $$;
CREATE TRIGGER booking_follows_session AFTER UPDATE OF starts_at, ends_at ON activity_session
    FOR EACH ROW WHEN ((OLD.starts_at, OLD.ends_at) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at))
    EXECUTE FUNCTION booking_follows_session();

-- As before, but when several dates of one person move in one change, it is judged when all have moved.
ALTER TABLE booking DROP CONSTRAINT booking_person_busy;
ALTER TABLE booking ADD CONSTRAINT booking_person_busy EXCLUDE USING gist
    (person_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (state IN ('held', 'confirmed', 'delivered', 'missed')) DEFERRABLE INITIALLY IMMEDIATE;
