ALTER TABLE council_parameter ADD CONSTRAINT council_parameter_once_a_day UNIQUE (council_id, name, starts_on);
ALTER TABLE council_parameter ADD CONSTRAINT council_parameter_not_negative CHECK (value >= 0);

-- What has begun to count stays; only a figure that is still to come can be taken back.
CREATE FUNCTION council_parameter_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.starts_on <= (now() AT TIME ZONE 'Europe/London')::date THEN
        RAISE EXCEPTION 'a figure that has begun is never removed: set another from a later day'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'council_parameter_stays';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER council_parameter_stays BEFORE DELETE ON council_parameter
    FOR EACH ROW EXECUTE FUNCTION council_parameter_stays();
CREATE TRIGGER council_parameter_append_only BEFORE UPDATE OR TRUNCATE ON council_parameter
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
