ALTER TABLE stored_file ADD CONSTRAINT stored_file_known_kind
    CHECK (kind IN ('application/pdf', 'image/jpeg', 'image/png'));
ALTER TABLE stored_file ADD CONSTRAINT stored_file_size CHECK (size_bytes BETWEEN 1 AND 10485760);
ALTER TABLE stored_file ADD CONSTRAINT stored_file_told CHECK (sha256 ~ '^[0-9a-f]{64}$');
-- What was kept stays what it was; it can only be taken away whole.
CREATE TRIGGER stored_file_unchanged BEFORE UPDATE ON stored_file
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
