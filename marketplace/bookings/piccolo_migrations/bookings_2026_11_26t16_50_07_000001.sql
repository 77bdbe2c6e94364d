-- A direct payment pays no close relative unless the council agreed (rules.md 3): not by a booking, …
CREATE FUNCTION booking_not_to_relative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF relative_bars(NEW.person_id, NEW.provider_id, NEW.service_on) THEN
        RAISE EXCEPTION 'a direct payment would pay a close relative' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'booking_not_to_relative', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_not_to_relative BEFORE INSERT ON booking
    FOR EACH ROW WHEN (NEW.route = 'direct_payment' AND NEW.price_pence > 0)
    EXECUTE FUNCTION booking_not_to_relative();
-- … nor by a card payment for a place that was held before it was declared, …
CREATE TRIGGER booking_not_confirmed_to_relative BEFORE UPDATE OF state ON booking
    FOR EACH ROW WHEN (NEW.route = 'direct_payment' AND NEW.price_pence > 0
                       AND OLD.state = 'held' AND NEW.state = 'confirmed')
    EXECUTE FUNCTION booking_not_to_relative();

-- … nor by a charge for what was booked before it was declared.
CREATE FUNCTION attendance_not_to_relative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking b WHERE b.id = NEW.booking_id AND b.route = 'direct_payment'
                  AND relative_bars(b.person_id, b.provider_id, b.service_on)) THEN
        RAISE EXCEPTION 'a direct payment would pay a close relative' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'attendance_not_to_relative', TABLE = 'attendance';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_not_to_relative BEFORE INSERT ON attendance
    FOR EACH ROW WHEN (NEW.charge_pence > 0) EXECUTE FUNCTION attendance_not_to_relative();
