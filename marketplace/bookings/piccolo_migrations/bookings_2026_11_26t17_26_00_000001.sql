-- A lapse stops new bookings on the day on which they are made; what is booked is kept.
CREATE FUNCTION booking_accredited() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF accreditation_lapsed(NEW.provider_id, NEW.council_id, (NEW.booked_at AT TIME ZONE 'Europe/London')::date) THEN
        RAISE EXCEPTION 'a required proof of the provider is missing' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'booking_accredited', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_accredited BEFORE INSERT ON booking
    FOR EACH ROW EXECUTE FUNCTION booking_accredited();
