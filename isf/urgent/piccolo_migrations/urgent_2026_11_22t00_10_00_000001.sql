-- One agreed budget at a time; urgent support runs beside it, one at a time as well.
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_known_kind CHECK (kind IN ('agreed', 'urgent'));
ALTER TABLE personal_budget DROP CONSTRAINT personal_budget_one_at_a_time;
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_one_at_a_time
    EXCLUDE USING gist (person_id WITH =, kind WITH =, daterange(starts_on, ends_on) WITH &&);

ALTER TABLE urgent_support ADD CONSTRAINT urgent_support_known_state CHECK (state IN ('running', 'ended'));
ALTER TABLE urgent_support ADD CONSTRAINT urgent_support_dates CHECK (ends_on > starts_on);
ALTER TABLE urgent_support ADD CONSTRAINT urgent_support_says_why CHECK (btrim(because) <> '');
ALTER TABLE urgent_support ADD CONSTRAINT urgent_support_ended CHECK ((state = 'ended') = (ended_on IS NOT NULL));
ALTER TABLE urgent_support ADD CONSTRAINT urgent_support_of_the_persons_budget
    FOREIGN KEY (budget_id, person_id) REFERENCES personal_budget (id, person_id);

-- A release without keys is only for the fund of running urgent support.
CREATE OR REPLACE FUNCTION urgent_support_stands(p_urgent uuid, p_fund uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM urgent_support u JOIN personal_budget b ON b.id = u.budget_id
                    WHERE u.id = p_urgent AND u.fund_id = p_fund AND u.state = 'running' AND b.kind = 'urgent')
$$;
