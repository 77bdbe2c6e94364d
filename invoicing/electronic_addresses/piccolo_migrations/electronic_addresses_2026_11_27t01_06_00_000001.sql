ALTER TABLE electronic_address ADD CONSTRAINT electronic_address_one_version UNIQUE (organisation_id, version);
-- Scheme and value stand together, or both are empty: no address any more.
ALTER TABLE electronic_address ADD CONSTRAINT electronic_address_whole CHECK (
    version > 0 AND ((scheme = '' AND value = '') OR (scheme ~ '^[0-9]{4}$' AND value ~ '^[0-9A-Z]{1,50}$')));
CREATE TRIGGER electronic_address_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON electronic_address
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Where e-invoices reach an organisation now, as 0088:5060012349998; null where nothing is recorded.
CREATE FUNCTION electronic_address_of(p_organisation uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN scheme <> '' THEN scheme || ':' || value END
      FROM electronic_address WHERE organisation_id = p_organisation ORDER BY version DESC LIMIT 1
$$;
