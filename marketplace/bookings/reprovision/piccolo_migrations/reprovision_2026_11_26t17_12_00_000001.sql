ALTER TABLE reprovision_item ADD CONSTRAINT reprovision_item_known_state
    CHECK (state IN ('open', 'booked_elsewhere', 'not_wanted', 'booked_back'));
ALTER TABLE reprovision_item ADD CONSTRAINT reprovision_item_closed
    CHECK ((state = 'open') = (closed_at IS NULL)
           AND (state IN ('booked_elsewhere', 'booked_back')) = (new_booking_id IS NOT NULL));
-- One booking answers one loss.
CREATE UNIQUE INDEX reprovision_item_one_answer ON reprovision_item (new_booking_id);
CREATE INDEX reprovision_item_by_person ON reprovision_item (person_id, opened_at);
CREATE INDEX reprovision_item_by_suspension ON reprovision_item (suspension_id);
CREATE INDEX reprovision_item_open ON reprovision_item (opened_at) WHERE state = 'open';

-- A booking and a suspension at the same moment: both lock the session, so one waits for the other. When the booking
-- came second it finds the suspension here; when it came first the suspension finds the booking and gives it back.
CREATE FUNCTION booking_not_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('held', 'confirmed') THEN RETURN NEW; END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = NEW.state THEN RETURN NEW; END IF;
    PERFORM 1 FROM activity_session WHERE id = NEW.activity_session_id FOR NO KEY UPDATE;
    -- What had begun when the provider was stopped may still be confirmed.
    IF EXISTS (SELECT 1 FROM suspension WHERE provider_id = NEW.provider_id AND state <> 'released'
                AND (TG_OP = 'INSERT' OR NEW.starts_at > starts_at)) THEN
        RAISE EXCEPTION 'nothing can be booked with provider % at the moment', NEW.provider_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_not_suspended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER booking_not_suspended BEFORE INSERT OR UPDATE OF state ON booking
    FOR EACH ROW EXECUTE FUNCTION booking_not_suspended();

-- What was to begin after the provider was stopped did not happen there.
CREATE FUNCTION attendance_not_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking b JOIN suspension u ON u.provider_id = b.provider_id
                WHERE b.id = NEW.booking_id AND u.state <> 'released' AND b.starts_at >= u.starts_at) THEN
        RAISE EXCEPTION 'booking % began after its provider was suspended', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_not_suspended';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_not_suspended BEFORE INSERT ON attendance
    FOR EACH ROW WHEN (NEW.outcome = 'attended') EXECUTE FUNCTION attendance_not_suspended();
