ALTER TABLE accreditation ADD CONSTRAINT accreditation_known_kind CHECK (kind IN ('public_liability',
    'employers_liability', 'safeguarding_policy', 'dbs_policy', 'registration', 'own_dbs', 'own_insurance'));
ALTER TABLE accreditation ADD CONSTRAINT accreditation_known_state
    CHECK (state IN ('sent', 'accepted', 'refused', 'replaced', 'withdrawn'));
ALTER TABLE accreditation ADD CONSTRAINT accreditation_dates CHECK (expires_on IS NULL OR expires_on > valid_from);
ALTER TABLE accreditation ADD CONSTRAINT accreditation_decided
    CHECK (state NOT IN ('accepted', 'refused', 'replaced') OR decided_by_council IS NOT NULL);
ALTER TABLE accreditation ADD CONSTRAINT accreditation_refused_why CHECK (state <> 'refused' OR btrim(reason) <> '');
CREATE UNIQUE INDEX accreditation_one_sent ON accreditation (provider_id, kind) WHERE state = 'sent';
CREATE UNIQUE INDEX accreditation_one_accepted ON accreditation (provider_id, kind) WHERE state = 'accepted';
CREATE INDEX accreditation_by_provider ON accreditation (provider_id, kind);
CREATE INDEX accreditation_by_file ON accreditation (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX accreditation_ends ON accreditation (expires_on) WHERE state = 'accepted';

ALTER TABLE accreditation_requirement ADD CONSTRAINT accreditation_requirement_dates
    CHECK (ends_on IS NULL OR ends_on >= starts_on);
ALTER TABLE accreditation_requirement ADD CONSTRAINT accreditation_requirement_once
    EXCLUDE USING gist (council_id WITH =, kind WITH =, daterange(starts_on, ends_on) WITH &&);
ALTER TABLE accreditation_reminder ADD CONSTRAINT accreditation_reminder_once UNIQUE (accreditation_id, days_before);

-- What is asked fits the type of seller: the twin of `suiting` in rules.py.
CREATE FUNCTION accreditation_suits(p_kind varchar, p_seller_type varchar, p_employs boolean) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_seller_type = 'individual' THEN p_kind IN ('own_insurance', 'own_dbs')
        WHEN p_kind IN ('own_insurance', 'own_dbs') THEN false
        WHEN p_kind = 'employers_liability' THEN p_employs
        WHEN p_kind = 'registration' THEN p_seller_type NOT IN ('user_led', 'community_group')
        ELSE true END
$$;

-- What a council requires of a provider on a day and nobody has proved for it. It requires of those whom it has
-- approved: whom it has nothing to do with, it cannot ask. A council's own service needs no proof.
CREATE FUNCTION accreditation_missing(p_provider uuid, p_council uuid, p_day date) RETURNS SETOF varchar
LANGUAGE sql STABLE AS $$
    SELECT r.kind FROM accreditation_requirement r JOIN provider p ON p.id = p_provider
     WHERE r.council_id = p_council AND r.starts_on <= p_day AND (r.ends_on IS NULL OR r.ends_on > p_day)
       AND accreditation_suits(r.kind, p.seller_type, p.employs)
       AND NOT EXISTS (SELECT 1 FROM accreditation a
                        WHERE a.provider_id = p_provider AND a.kind = r.kind AND a.state IN ('accepted', 'replaced')
                          AND a.valid_from <= p_day AND (a.expires_on IS NULL OR a.expires_on > p_day))
       AND EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = p_provider AND c.council_id = p_council
                      AND c.state = 'approved' AND c.starts_on <= p_day AND (c.ends_on IS NULL OR c.ends_on > p_day))
       AND owner_on(p_provider, p_day) <> p_council
$$;
CREATE FUNCTION accreditation_lapsed(p_provider uuid, p_council uuid, p_day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM accreditation_requirement WHERE council_id = p_council)
       AND EXISTS (SELECT 1 FROM accreditation_missing(p_provider, p_council, p_day))
$$;

-- A council that has, had or considers a provider sees what the provider proves.
CREATE FUNCTION considers_provider(p_council uuid, p_provider uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM commission WHERE provider_id = p_provider AND council_id = p_council
                      AND state IN ('applied', 'returned', 'approved') AND sent_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM ownership WHERE provider_id = p_provider AND council_id = p_council)
$$;
