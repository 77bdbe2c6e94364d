ALTER TABLE attendance_check ADD CONSTRAINT attendance_check_known_state
    CHECK (state IN ('confirmed', 'disputed', 'answered', 'settled'));
ALTER TABLE attendance_check ADD CONSTRAINT attendance_check_says_what_is_wrong
    CHECK (state = 'confirmed' OR (btrim(words) <> '' AND disputed_at IS NOT NULL AND disputed_by IS NOT NULL));
ALTER TABLE attendance_check ADD CONSTRAINT attendance_check_answer
    CHECK (state <> 'answered' OR (btrim(answer) <> '' AND answered_at IS NOT NULL));
ALTER TABLE attendance_check ADD CONSTRAINT attendance_check_settled
    CHECK ((state = 'settled') = (settled_at IS NOT NULL AND settled_by IS NOT NULL));
CREATE INDEX attendance_check_open ON attendance_check (state) WHERE state IN ('disputed', 'answered');
CREATE INDEX attendance_disputed ON attendance (booking_id) WHERE disputed;

-- What was confirmed is what was recorded then: a corrected register is looked at again.
CREATE FUNCTION attendance_check_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM attendance_check WHERE booking_id = OLD.booking_id AND state = 'confirmed';
    RETURN NULL;
END $$;
CREATE TRIGGER attendance_check_again AFTER DELETE ON attendance
    FOR EACH ROW EXECUTE FUNCTION attendance_check_again();
