ALTER TABLE disagreement ADD CONSTRAINT disagreement_known_state
    CHECK (state IN ('raised', 'answered', 'escalated', 'decided', 'settled', 'withdrawn'));
ALTER TABLE disagreement ADD CONSTRAINT disagreement_of_the_persons_budget
    FOREIGN KEY (budget_id, person_id) REFERENCES personal_budget (id, person_id);
ALTER TABLE disagreement ADD CONSTRAINT disagreement_says_something CHECK (btrim(words) <> '');
ALTER TABLE disagreement ADD CONSTRAINT disagreement_enough CHECK (enough_pence IS NULL OR enough_pence > 0);
-- Whoever answered is not the one who looks at it again.
ALTER TABLE disagreement ADD CONSTRAINT disagreement_two_people
    CHECK (decided_by IS NULL OR answered_by IS NULL OR decided_by <> answered_by);
-- Nobody answers what they raised themselves.
ALTER TABLE disagreement ADD CONSTRAINT disagreement_not_ones_own
    CHECK (raised_by IS DISTINCT FROM answered_by AND raised_by IS DISTINCT FROM decided_by);
CREATE UNIQUE INDEX disagreement_one_open ON disagreement (person_id)
    WHERE state IN ('raised', 'answered', 'escalated', 'decided');
