ALTER TABLE outside_plan ADD CONSTRAINT outside_plan_once UNIQUE (person_id, activity_session_id);
ALTER TABLE outside_plan ADD CONSTRAINT outside_plan_says_why CHECK (btrim(because) <> '');
CREATE INDEX outside_plan_unseen ON outside_plan (said_at) WHERE seen_at IS NULL;
