CREATE EXTENSION IF NOT EXISTS btree_gist;

-- One refusal for every append-only table.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: correct by an opposite', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;

CREATE TRIGGER audit_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE job_run ADD CONSTRAINT job_run_one_slot UNIQUE (job, slot);
ALTER TABLE idempotency_record ADD CONSTRAINT idempotency_record_one_key UNIQUE (owner, key);
ALTER TABLE spent_attempt ADD CONSTRAINT spent_attempt_one_window UNIQUE (key, window_starts);
CREATE INDEX outbox_message_waiting ON outbox_message (not_before) WHERE delivered_at IS NULL;

-- Claims a key for a request in the transaction of its change; NULL when it is new, the stored answer otherwise.
-- Waits for another transaction that is answering the same key.
CREATE FUNCTION idempotency_claim(p_owner uuid, p_key text, p_fingerprint text, p_status integer, p_body text)
RETURNS idempotency_record LANGUAGE plpgsql AS $$
DECLARE known idempotency_record;
BEGIN
    INSERT INTO idempotency_record (owner, key, fingerprint, status, body)
        VALUES (p_owner, p_key, p_fingerprint, p_status, p_body) ON CONFLICT (owner, key) DO NOTHING;
    IF FOUND THEN RETURN NULL; END IF;
    SELECT * INTO known FROM idempotency_record WHERE owner = p_owner AND key = p_key;
    RETURN known;
END $$;

-- The next number of a gapless sequence: the row stays locked until the transaction ends, so a rollback gives it back.
CREATE FUNCTION next_number(p_scope text) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO counter AS c (scope, last) VALUES (p_scope, 1)
        ON CONFLICT (scope) DO UPDATE SET last = c.last + 1 RETURNING last
$$;
