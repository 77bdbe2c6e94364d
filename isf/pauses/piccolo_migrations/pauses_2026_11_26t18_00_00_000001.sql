ALTER TABLE pause ADD CONSTRAINT pause_known_kind CHECK (kind IN ('hospital', 'holiday', 'other'));
ALTER TABLE pause ADD CONSTRAINT pause_dates CHECK (ends_on IS NULL OR ends_on >= starts_on);
ALTER TABLE pause ADD CONSTRAINT pause_agreed CHECK (
    (agreed_percent IS NULL) = (agreed_weeks IS NULL) AND agreed_percent BETWEEN 1 AND 100 IS NOT FALSE
    AND agreed_weeks BETWEEN 1 AND 52 IS NOT FALSE);
ALTER TABLE pause ADD CONSTRAINT pause_contribution CHECK (contribution_stops_on >= starts_on IS NOT FALSE);
ALTER TABLE pause ADD CONSTRAINT pause_one_at_a_time EXCLUDE USING gist
    (person_id WITH =, daterange(starts_on, ends_on) WITH &&) WHERE (activity_ids = '{}');
CREATE INDEX pause_by_person ON pause (person_id, starts_on);

-- Whether a person's support of an activity rests on a day.
CREATE FUNCTION person_paused(p_person uuid, p_activity uuid, p_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM pause WHERE person_id = p_person AND starts_on <= p_day
                      AND (ends_on IS NULL OR ends_on > p_day)
                      AND (activity_ids = '{}' OR p_activity = ANY (activity_ids)))
$$;

-- Councils that were there before have the usual figures from the beginning, as new ones get them.
INSERT INTO council_parameter (id, council_id, name, starts_on, value, note)
    SELECT gen_random_uuid(), c.council_id, n.name, c.since, n.value, 'The usual value'
      FROM (SELECT council_id, min(starts_on) AS since FROM council_parameter GROUP BY council_id) c
     CROSS JOIN (VALUES ('hospital_waives_charge', 0), ('pause_stops_contribution', 0),
                        ('pause_contribution_days', 28)) AS n(name, value);
