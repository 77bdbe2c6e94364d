ALTER TABLE notice_preference ADD CONSTRAINT notice_preference_of_one
    CHECK (num_nonnulls(person_id, user_id, organisation_id) = 1);
ALTER TABLE notice_preference ADD CONSTRAINT notice_preference_once UNIQUE NULLS NOT DISTINCT
    (person_id, user_id, organisation_id);
ALTER TABLE notice_preference ADD CONSTRAINT notice_preference_known_way CHECK (way IN ('mail', 'letter', 'none'));
ALTER TABLE notice_preference ADD CONSTRAINT notice_preference_letter_has_address
    CHECK (way <> 'letter' OR (person_id IS NOT NULL AND btrim(address) <> ''));
CREATE INDEX notice_preference_by_user ON notice_preference (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX notice_preference_by_organisation ON notice_preference (organisation_id) WHERE organisation_id IS NOT NULL;

ALTER TABLE sent_notice ADD CONSTRAINT sent_notice_known_way CHECK (way IN ('mail', 'letter', 'none'));
ALTER TABLE sent_notice ADD CONSTRAINT sent_notice_posted
    CHECK (posted_at IS NULL OR (way = 'letter' AND posted_by IS NOT NULL));
CREATE INDEX sent_notice_by_person ON sent_notice (person_id, made_at DESC);
CREATE INDEX sent_notice_by_organisation ON sent_notice (organisation_id, made_at DESC) WHERE organisation_id IS NOT NULL;
CREATE INDEX sent_notice_to_post ON sent_notice (made_at) WHERE way = 'letter' AND posted_at IS NULL;

-- What was told stays as it was told; only that a letter was posted is noted, once.
CREATE FUNCTION sent_notice_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.posted_at IS NOT NULL
       OR to_jsonb(NEW) - 'posted_at' - 'posted_by' <> to_jsonb(OLD) - 'posted_at' - 'posted_by' THEN
        RAISE EXCEPTION 'what was told stays as it was told'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'sent_notice_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER sent_notice_stays BEFORE UPDATE OR DELETE ON sent_notice
    FOR EACH ROW EXECUTE FUNCTION sent_notice_stays();
