-- Nothing is booked for somebody whose support has ended (rules.md 18).
CREATE FUNCTION booking_not_after_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF person_ended(NEW.person_id, NEW.service_on) THEN
        RAISE EXCEPTION 'support has ended' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'booking_not_after_end', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_not_after_end BEFORE INSERT ON booking
    FOR EACH ROW WHEN (NEW.state IN ('held', 'confirmed')) EXECUTE FUNCTION booking_not_after_end();
