-- How many one-off sessions at its own service a council allows a person in how many weeks, by the figures in force on
-- the day of the service; zero, as long as it has set none (rules.md 2).
CREATE FUNCTION in_house_exceptions_allowed(p_council uuid, p_day date, OUT most bigint, OUT weeks bigint)
LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT value FROM council_parameter WHERE council_id = p_council AND starts_on <= p_day
                        AND name = 'in_house_exceptions_most' ORDER BY starts_on DESC LIMIT 1), 0),
           coalesce((SELECT value FROM council_parameter WHERE council_id = p_council AND starts_on <= p_day
                        AND name = 'in_house_exceptions_weeks' ORDER BY starts_on DESC LIMIT 1), 52)
$$;

ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_known_state
    CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn'));
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_price CHECK (price_pence > 0);
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_personal CHECK (route IN ('direct_payment', 'isf'));
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_says_why CHECK (why <> '');
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_decided CHECK (
    (state IN ('approved', 'refused')) = (decided_by IS NOT NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    AND (decided_by IS NULL OR because <> ''));
-- Who asks never decides.
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_two_people CHECK (decided_by <> asked_by);
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_fund_facts
    FOREIGN KEY (fund_id, person_id, council_id, route) REFERENCES fund (id, person_id, council_id, route);
-- A booking refers to these together: to nobody else's, no other money, no other session.
ALTER TABLE in_house_exception ADD CONSTRAINT in_house_exception_facts
    UNIQUE (id, person_id, fund_id, activity_session_id);
CREATE UNIQUE INDEX in_house_exception_one_open ON in_house_exception (person_id, activity_session_id)
    WHERE state IN ('asked', 'approved');
CREATE INDEX in_house_exception_by_council ON in_house_exception (council_id, state, asked_at);

-- It begins as a question, is answered once, and nothing else about it changes. While it is a question and when it is
-- approved the council must allow such exceptions on the day of the service, and the service must be its own.
CREATE FUNCTION in_house_exception_guarded() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner uuid;
BEGIN
    IF TG_OP = 'INSERT' AND NEW.state <> 'asked' OR TG_OP = 'UPDATE' AND (OLD.state <> 'asked'
       OR (NEW.person_id, NEW.fund_id, NEW.council_id, NEW.route, NEW.activity_session_id, NEW.price_pence, NEW.why,
           NEW.asked_by, NEW.asked_at) IS DISTINCT FROM
          (OLD.person_id, OLD.fund_id, OLD.council_id, OLD.route, OLD.activity_session_id, OLD.price_pence, OLD.why,
           OLD.asked_by, OLD.asked_at)) THEN
        RAISE EXCEPTION 'a one-off exception is asked, answered once, and never changed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'in_house_exception_frozen';
    END IF;
    IF NEW.state IN ('asked', 'approved') THEN
        SELECT s.owner_council_id, s.service_on INTO owner, NEW.service_on
          FROM activity_session s WHERE s.id = NEW.activity_session_id;
        IF owner IS DISTINCT FROM NEW.council_id THEN
            RAISE EXCEPTION 'this service is not the council''s own on that day'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'in_house_exception_own_service';
        END IF;
        IF (SELECT most FROM in_house_exceptions_allowed(NEW.council_id, NEW.service_on)) = 0 THEN
            RAISE EXCEPTION 'the council allows no one-off exceptions'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'in_house_exception_off';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER in_house_exception_guarded BEFORE INSERT OR UPDATE ON in_house_exception
    FOR EACH ROW EXECUTE FUNCTION in_house_exception_guarded();
CREATE TRIGGER in_house_exception_kept BEFORE DELETE OR TRUNCATE ON in_house_exception
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
