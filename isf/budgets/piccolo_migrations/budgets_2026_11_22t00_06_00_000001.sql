ALTER TABLE change_answers ADD CONSTRAINT change_answers_known_kind CHECK (kind IN ('amounts', 'holder'));
CREATE INDEX change_answers_by_person ON change_answers (person_id, started_at);

ALTER TABLE reported_change ADD CONSTRAINT reported_change_known_state CHECK (state IN (
    'reported', 'opened', 'no_change', 'budget_changed', 'review'));
ALTER TABLE reported_change ADD CONSTRAINT reported_change_answered CHECK (
    (answered_at IS NULL) = (state IN ('reported', 'opened')));
ALTER TABLE reported_change ADD CONSTRAINT reported_change_says_which_budget CHECK (
    (budget_id IS NOT NULL) = (state = 'budget_changed'));
CREATE INDEX reported_change_by_person ON reported_change (person_id, reported_at);
CREATE INDEX reported_change_waiting ON reported_change (reported_at) WHERE state IN ('reported', 'opened');
