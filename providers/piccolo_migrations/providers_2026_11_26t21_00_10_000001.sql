-- What was kept without a date counts for every day: nobody had said more.
INSERT INTO vat_registration (id, provider_id, vat_number, starts_on)
SELECT gen_random_uuid(), id, replace(upper(vat_number), ' ', ''), '1973-04-01' FROM provider WHERE btrim(vat_number) <> '';

ALTER TABLE vat_registration ADD CONSTRAINT vat_registration_one_at_a_time
    EXCLUDE USING gist (provider_id WITH =, daterange(starts_on, ends_on) WITH &&);
ALTER TABLE vat_registration ADD CONSTRAINT vat_registration_dates CHECK (ends_on > starts_on);
ALTER TABLE vat_registration ADD CONSTRAINT vat_registration_number CHECK (vat_number ~ '^GB([0-9]{9}|[0-9]{12})$') NOT VALID;

-- What the country's standard rate was, and is until another row says otherwise.
INSERT INTO standard_vat_rate (starts_on, basis_points)
VALUES ('1991-04-01', 1750), ('2008-12-01', 1500), ('2010-01-01', 1750), ('2011-01-04', 2000);
ALTER TABLE standard_vat_rate ADD CONSTRAINT standard_vat_rate_known CHECK (basis_points BETWEEN 1 AND 10000);

-- The VAT number under which a provider supplies on a day; null when it is not registered on that day.
CREATE FUNCTION vat_number_on(p_provider uuid, p_day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT vat_number::text FROM vat_registration
     WHERE provider_id = p_provider AND starts_on <= p_day AND (ends_on IS NULL OR ends_on > p_day)
$$;

-- How VAT falls on a supply of a day (rules.md 21): what the price says, put right by what the supplier is on that day.
-- Not registered charges none. Registered, and neither welfare nor zero, charges the standard rate of the day. A
-- supplier that never said whether it is registered keeps what its price says: an invoice refuses VAT without a number.
CREATE FUNCTION vat_on(p_provider uuid, p_day date, p_category text, p_basis_points integer)
RETURNS TABLE (vat_category text, vat_rate_basis_points integer, vat_number text) LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT CASE WHEN p_category = 'exempt' THEN 'exempt'
                WHEN n.number IS NOT NULL AND p_category = 'outside_scope' THEN 'standard'
                WHEN n.number IS NULL AND n.told THEN 'outside_scope'
                ELSE p_category END,
           CASE WHEN n.number IS NOT NULL AND p_category = 'outside_scope'
                THEN (SELECT r.basis_points FROM standard_vat_rate r WHERE r.starts_on <= p_day ORDER BY r.starts_on DESC LIMIT 1)
                WHEN n.number IS NULL AND n.told THEN 0
                ELSE p_basis_points END,
           n.number
      FROM (SELECT vat_number_on(p_provider, p_day) AS number,
                   EXISTS (SELECT 1 FROM vat_registration WHERE provider_id = p_provider) AS told) n
$$;
