ALTER TABLE statement ADD CONSTRAINT statement_known_kind CHECK (kind IN ('monthly', 'final'));
ALTER TABLE statement ADD CONSTRAINT statement_first_of_month CHECK (month = date_trunc('month', month)::date);
ALTER TABLE statement ADD CONSTRAINT statement_once UNIQUE (fund_id, month, kind);
ALTER TABLE statement ADD CONSTRAINT statement_one_number UNIQUE (fund_id, number);
ALTER TABLE statement ADD CONSTRAINT statement_fingerprint CHECK (sha256 ~ '^[0-9a-f]{64}$');
CREATE INDEX statement_by_month ON statement (month);
CREATE TRIGGER statement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Letters ask who acts for a person.
CREATE INDEX IF NOT EXISTS authority_of_person ON authority (person_id);
