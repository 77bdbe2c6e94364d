ALTER TABLE bank_details ADD CONSTRAINT bank_details_known_purpose CHECK (purpose IN ('into', 'from'));
ALTER TABLE bank_details ADD CONSTRAINT bank_details_known_state CHECK (state IN ('proposed', 'confirmed', 'stopped'));
ALTER TABLE bank_details ADD CONSTRAINT bank_details_account CHECK (
    account_name <> '' AND sort_code ~ '^[0-9]{6}$' AND account_number ~ '^[0-9]{8}$');

-- Whoever proposed an account never confirms it, and somebody outside the organisation says whom they called.
ALTER TABLE bank_details ADD CONSTRAINT bank_details_two_people CHECK (
    (state <> 'confirmed' OR confirmed_by IS NOT NULL)
    AND confirmed_by IS DISTINCT FROM proposed_by
    AND (confirmed_by IS NOT NULL) = (confirmed_at IS NOT NULL)
    AND (confirmed_by IS NOT NULL) = (usable_from IS NOT NULL)
    AND (confirmed_by IS NOT NULL) = (confirmed_for IS NOT NULL)
    AND CASE confirmed_how WHEN '' THEN confirmed_by IS NULL
             WHEN 'second_person' THEN confirmed_for = organisation_id AND called_number = ''
             WHEN 'call_back' THEN confirmed_for <> organisation_id AND called_number <> ''
                                   AND number_known_from <> '' AND spoke_to <> ''
             ELSE false END);
-- A cooling-off is never skipped, and what is in force is not stopped: another version replaces it.
ALTER TABLE bank_details ADD CONSTRAINT bank_details_cooling CHECK (
    (usable_from IS NULL OR (usable_from >= confirmed_at AND confirmed_at >= proposed_at))
    AND (usable_from IS NULL OR purpose = 'from' OR usable_from >= confirmed_at + interval '1 day'));
ALTER TABLE bank_details ADD CONSTRAINT bank_details_stopped CHECK (
    (state = 'stopped') = (stopped_at IS NOT NULL) AND (stopped_at IS NULL) = (stopped_by IS NULL)
    AND (stopped_at IS NULL OR (stopped_because <> '' AND (usable_from IS NULL OR stopped_at < usable_from))));
-- One change at a time.
CREATE UNIQUE INDEX bank_details_one_waits ON bank_details (organisation_id, purpose) WHERE state = 'proposed';
CREATE INDEX bank_details_newest ON bank_details (organisation_id, purpose, usable_from DESC);

CREATE FUNCTION bank_details_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organisation_id, NEW.purpose, NEW.account_name, NEW.sort_code, NEW.account_number, NEW.roll_number,
        NEW.contacts, NEW.because, NEW.proposed_by, NEW.proposed_at)
           IS DISTINCT FROM
       (OLD.organisation_id, OLD.purpose, OLD.account_name, OLD.sort_code, OLD.account_number, OLD.roll_number,
        OLD.contacts, OLD.because, OLD.proposed_by, OLD.proposed_at)
       OR (OLD.confirmed_by IS NOT NULL AND
           (NEW.confirmed_by, NEW.confirmed_for, NEW.confirmed_at, NEW.confirmed_how, NEW.called_number,
            NEW.number_known_from, NEW.spoke_to, NEW.usable_from)
               IS DISTINCT FROM
           (OLD.confirmed_by, OLD.confirmed_for, OLD.confirmed_at, OLD.confirmed_how, OLD.called_number,
            OLD.number_known_from, OLD.spoke_to, OLD.usable_from))
       OR OLD.state = 'stopped'
       OR (OLD.state = 'confirmed' AND NEW.state NOT IN ('confirmed', 'stopped')) THEN
        RAISE EXCEPTION 'bank details are not changed: another version is proposed'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_details_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_details_frozen BEFORE UPDATE ON bank_details
    FOR EACH ROW EXECUTE FUNCTION bank_details_frozen();
CREATE TRIGGER bank_details_kept BEFORE DELETE OR TRUNCATE ON bank_details
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nothing begins its life confirmed.
CREATE FUNCTION bank_details_begin_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'bank details are proposed first'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bank_details_begin_proposed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_details_begin_proposed BEFORE INSERT ON bank_details
    FOR EACH ROW EXECUTE FUNCTION bank_details_begin_proposed();

-- The version that counts at a moment; null while there is none.
CREATE FUNCTION bank_details_in_force(p_organisation uuid, p_purpose text, p_at timestamptz) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT id FROM bank_details
     WHERE organisation_id = p_organisation AND purpose = p_purpose AND state = 'confirmed' AND usable_from <= p_at
     ORDER BY usable_from DESC, confirmed_at DESC LIMIT 1
$$;
