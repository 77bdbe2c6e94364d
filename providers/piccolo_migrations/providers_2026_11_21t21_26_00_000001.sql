-- New dates and a change of ownership at the same moment: one waits for the other, or a date could keep an owner who
-- is none. FOR SHARE against FOR NO KEY UPDATE, because the foreign keys' own locks (KEY SHARE) must wait for neither.
CREATE OR REPLACE FUNCTION activity_session_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM provider WHERE id = NEW.provider_id FOR SHARE;
    NEW.service_on := (NEW.starts_at AT TIME ZONE 'Europe/London')::date;
    NEW.owner_council_id := owner_on(NEW.provider_id, NEW.service_on);
    RETURN NEW;
END $$;

CREATE FUNCTION ownership_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM provider WHERE id IN (NEW.provider_id, OLD.provider_id) ORDER BY id FOR NO KEY UPDATE;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER ownership_alone BEFORE INSERT OR UPDATE OR DELETE ON ownership
    FOR EACH ROW EXECUTE FUNCTION ownership_alone();
