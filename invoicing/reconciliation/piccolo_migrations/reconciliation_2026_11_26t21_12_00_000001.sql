-- The same file again is the same statement; the same movement again, in whatever file, is the same line.
ALTER TABLE bank_statement ADD CONSTRAINT bank_statement_once UNIQUE (organisation_id, file_sha256, position);
ALTER TABLE bank_statement ADD CONSTRAINT bank_statement_counts CHECK (new_lines BETWEEN 0 AND told_lines);
CREATE INDEX bank_statement_newest ON bank_statement (organisation_id, given_at DESC);
CREATE TRIGGER bank_statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE bank_line ADD CONSTRAINT bank_line_once UNIQUE (organisation_id, fingerprint);
ALTER TABLE bank_line ADD CONSTRAINT bank_line_known_state CHECK (state IN ('open', 'matched', 'set_aside'));
ALTER TABLE bank_line ADD CONSTRAINT bank_line_decided CHECK (
    (state = 'open') = (decided_at IS NULL) AND (state = 'matched') = (meaning <> '')
    AND (meaning <> '') = (meaning_id IS NOT NULL) AND (state <> 'set_aside' OR because <> ''));
-- Nothing is explained by two movements of the same kind: what was paid left the account once.
CREATE UNIQUE INDEX bank_line_explains_once ON bank_line (meaning, meaning_id) WHERE meaning <> '';
CREATE INDEX bank_line_worklist ON bank_line (organisation_id, booked_on, id) WHERE state = 'open';
CREATE INDEX bank_line_of_statement ON bank_line (statement_id);

CREATE FUNCTION bank_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'state' - 'meaning' - 'meaning_id' - 'because' - 'decided_by' - 'decided_at')
     = (to_jsonb(OLD) - 'state' - 'meaning' - 'meaning_id' - 'because' - 'decided_by' - 'decided_at') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what a bank told is never changed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'bank_line_frozen';
END $$;
CREATE TRIGGER bank_line_frozen BEFORE UPDATE ON bank_line FOR EACH ROW EXECUTE FUNCTION bank_line_frozen();
CREATE TRIGGER bank_line_kept BEFORE DELETE OR TRUNCATE ON bank_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
