-- The one opening in the in-house rule (rules.md 2): a booking that is netted from the next payment into the fund and
-- never paid. It exists only by an approved exception for this person, this fund, this session and this price.
ALTER TABLE booking DROP CONSTRAINT booking_known_payment;
ALTER TABLE booking ADD CONSTRAINT booking_known_payment CHECK (payment IN ('invoice', 'card', 'netted'));
ALTER TABLE booking DROP CONSTRAINT booking_not_in_house;
ALTER TABLE booking ADD CONSTRAINT booking_not_in_house CHECK (
    state IN ('cancelled', 'lapsed') OR route = 'council_managed' OR owner_council_id <> council_id
    OR payment = 'netted');
ALTER TABLE booking ADD CONSTRAINT booking_netted_by_exception CHECK (
    (payment = 'netted') = (exception_id IS NOT NULL) AND (payment <> 'netted' OR state <> 'held'));
-- What would be somebody else's service is paid, not netted: such a change of ownership is refused.
ALTER TABLE booking ADD CONSTRAINT booking_netted_in_house CHECK (
    payment <> 'netted' OR state IN ('cancelled', 'lapsed')
    OR owner_council_id = council_id AND route <> 'council_managed');
ALTER TABLE booking ADD CONSTRAINT booking_of_exception
    FOREIGN KEY (exception_id, person_id, fund_id, activity_session_id)
    REFERENCES in_house_exception (id, person_id, fund_id, activity_session_id);
ALTER TABLE booking ADD CONSTRAINT booking_one_for_each_exception UNIQUE (exception_id);

CREATE FUNCTION booking_by_exception() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'how booking % is paid never changes', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_by_exception', TABLE = 'booking';
    END IF;
    -- `place_booking` knows the person, the fund and the session: that is one approved exception, or none.
    IF NEW.exception_id IS NULL THEN
        SELECT id INTO NEW.exception_id FROM in_house_exception
         WHERE person_id = NEW.person_id AND fund_id = NEW.fund_id AND state = 'approved'
           AND activity_session_id = NEW.activity_session_id;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM in_house_exception
                    WHERE id = NEW.exception_id AND state = 'approved' AND price_pence = NEW.price_pence) THEN
        RAISE EXCEPTION 'no approved exception covers this booking'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_by_exception', TABLE = 'booking';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_by_exception BEFORE INSERT ON booking
    FOR EACH ROW WHEN (NEW.payment = 'netted' OR NEW.exception_id IS NOT NULL)
    EXECUTE FUNCTION booking_by_exception();
CREATE TRIGGER booking_by_exception_for_ever BEFORE UPDATE OF payment, exception_id, price_pence ON booking
    FOR EACH ROW WHEN ((OLD.payment = 'netted' OR NEW.payment = 'netted') AND
        (OLD.payment, OLD.exception_id, OLD.price_pence) IS DISTINCT FROM (NEW.payment, NEW.exception_id, NEW.price_pence))
    EXECUTE FUNCTION booking_by_exception();

-- No more than the council allows a person in so many weeks. What was given back at no cost does not count. Two
-- approvals for one person wait for each other.
CREATE FUNCTION in_house_exception_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE allowed record;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('in_house_exception:' || NEW.person_id, 0));
    SELECT * INTO allowed FROM in_house_exceptions_allowed(NEW.council_id, NEW.service_on);
    IF (SELECT count(*) FROM in_house_exception e
         WHERE e.person_id = NEW.person_id AND e.id <> NEW.id AND e.state = 'approved'
           AND abs(e.service_on - NEW.service_on) < 7 * allowed.weeks
           AND NOT EXISTS (SELECT 1 FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
                            WHERE b.exception_id = e.id AND b.state = 'cancelled' AND t.id IS NULL)) >= allowed.most THEN
        RAISE EXCEPTION 'the council allows no more one-off exceptions for this person now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'in_house_exception_limit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_house_exception_limit BEFORE UPDATE OF state ON in_house_exception
    FOR EACH ROW WHEN (NEW.state = 'approved' AND OLD.state <> 'approved')
    EXECUTE FUNCTION in_house_exception_limit();

-- In the books as well: what is netted is never owed to a provider or paid by card, and nothing else is netted.
CREATE FUNCTION journal_netted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kind = 'netting') IS DISTINCT FROM
       coalesce((SELECT payment = 'netted' FROM booking WHERE id = NEW.subject_id), false) THEN
        RAISE EXCEPTION 'only a booking by a one-off exception is netted, and it is never paid'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_netted';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_netted BEFORE INSERT ON journal
    FOR EACH ROW WHEN (NEW.kind IN ('netting', 'deliver', 'card')) EXECUTE FUNCTION journal_netted();
