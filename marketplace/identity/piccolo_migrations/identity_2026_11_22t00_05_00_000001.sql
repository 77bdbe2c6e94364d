ALTER TABLE authority DROP CONSTRAINT authority_known_kind;
ALTER TABLE authority ADD CONSTRAINT authority_known_kind CHECK (kind IN (
    'self', 'nominated_person', 'authorised_person', 'representative', 'broker', 'trust', 'isf_holder', 'care_manager',
    'council'));
-- An authorised person acts for somebody who cannot decide: who found that, and when, is part of the authority.
ALTER TABLE authority ADD CONSTRAINT authority_capacity_decided
    CHECK (kind <> 'authorised_person' OR (capacity_decided_by <> '' AND capacity_decided_on IS NOT NULL));
-- A person acts as themselves or in a family's place; a trust, an ISF holder and a council are organisations.
ALTER TABLE authority ADD CONSTRAINT authority_holder_fits_kind CHECK (CASE
    WHEN kind IN ('self', 'nominated_person', 'authorised_person') THEN organisation_id IS NULL
    WHEN kind IN ('trust', 'isf_holder', 'council') THEN user_id IS NULL
    ELSE true END);
CREATE INDEX authority_change_of ON authority_change (authority_id, changed_at);

-- Every change of what an authority covers is kept with its moment, whoever makes it and however.
CREATE FUNCTION authority_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.person_id <> OLD.person_id OR NEW.scopes <> OLD.scopes OR NEW.starts_on <> OLD.starts_on
       OR NEW.user_id IS DISTINCT FROM OLD.user_id OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id THEN
        RAISE EXCEPTION 'an authority is ended and given anew, never rewritten'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'authority_not_rewritten';
    END IF;
    IF NEW.ends_on IS DISTINCT FROM OLD.ends_on THEN
        INSERT INTO authority_change (id, authority_id, ends_on_before, ends_on_after, changed_by, because, changed_at)
        VALUES (gen_random_uuid(), NEW.id, OLD.ends_on, NEW.ends_on,
                CASE WHEN NEW.changed_at IS DISTINCT FROM OLD.changed_at THEN NEW.changed_by END,
                CASE WHEN NEW.changed_at IS DISTINCT FROM OLD.changed_at THEN NEW.changed_because ELSE '' END,
                CASE WHEN NEW.changed_at IS DISTINCT FROM OLD.changed_at THEN NEW.changed_at ELSE now() END);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER authority_history AFTER UPDATE ON authority FOR EACH ROW EXECUTE FUNCTION authority_history();
CREATE TRIGGER authority_not_removed BEFORE DELETE ON authority FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER authority_change_append_only BEFORE UPDATE OR DELETE ON authority_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
