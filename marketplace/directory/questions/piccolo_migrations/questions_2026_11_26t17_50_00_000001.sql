ALTER TABLE activity_question ADD CONSTRAINT activity_question_says_something CHECK (btrim(words) <> '');
ALTER TABLE activity_question ADD CONSTRAINT activity_question_answered CHECK (
    (answered_at IS NOT NULL) = (btrim(answer) <> '') AND (answered_at IS NULL) = (email <> ''));
CREATE INDEX activity_question_by_provider ON activity_question (provider_id, asked_at);
