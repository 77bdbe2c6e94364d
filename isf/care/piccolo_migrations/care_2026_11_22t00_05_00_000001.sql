ALTER TABLE stored_file ADD CONSTRAINT stored_file_about_person FOREIGN KEY (person_id) REFERENCES person (id);
ALTER TABLE authority ADD CONSTRAINT authority_evidence_kept FOREIGN KEY (evidence_file) REFERENCES stored_file (id);

ALTER TABLE communication_need ADD CONSTRAINT communication_need_known_kind CHECK (kind IN (
    'format', 'language', 'interpreter', 'equipment', 'support', 'contact', 'other'));
ALTER TABLE communication_need ADD CONSTRAINT communication_need_known_met
    CHECK (met IN ('yes', 'partly', 'no', 'not_known'));
ALTER TABLE communication_need ADD CONSTRAINT communication_need_words CHECK (btrim(words) <> '');
-- Nobody else is told without the person's word, and the day on which they gave it.
ALTER TABLE communication_need ADD CONSTRAINT communication_need_consent CHECK (NOT shared OR consent_on IS NOT NULL);
CREATE INDEX communication_need_of ON communication_need (person_id) WHERE ended_on IS NULL;
CREATE INDEX communication_need_due ON communication_need (review_on) WHERE ended_on IS NULL;
CREATE INDEX communication_review_of ON communication_review (need_id);
CREATE TRIGGER communication_review_append_only BEFORE UPDATE OR DELETE ON communication_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX circle_member_of ON circle_member (person_id);
CREATE INDEX carer_by_council ON carer (council_id, name);
CREATE INDEX carer_link_of_person ON carer_link (person_id);
CREATE INDEX carer_link_of_carer ON carer_link (carer_id);
ALTER TABLE carer_link ADD CONSTRAINT carer_link_dates CHECK (ended_on IS NULL OR ended_on >= starts_on);
ALTER TABLE carer_link ADD CONSTRAINT carer_link_one_at_a_time
    EXCLUDE USING gist (carer_id WITH =, person_id WITH =, daterange(starts_on, ended_on) WITH &&);
CREATE INDEX carer_assessment_of ON carer_assessment (carer_id, assessed_on);
CREATE INDEX carer_assessment_joint ON carer_assessment (assessment_id);

CREATE INDEX assessment_of ON assessment (person_id, assessed_on);
ALTER TABLE assessment ADD CONSTRAINT assessment_of_person UNIQUE (id, person_id);
ALTER TABLE need ADD CONSTRAINT need_known_area CHECK (area IN (
    'nutrition', 'hygiene', 'toilet', 'clothing', 'safe_at_home', 'home', 'relationships', 'work_learning', 'community',
    'caring_for_child', 'other'));
ALTER TABLE need ADD CONSTRAINT need_of_assessment
    FOREIGN KEY (assessment_id, person_id) REFERENCES assessment (id, person_id);
-- Plan items refer to a person's needs and outcomes with the person, so that no plan can point at another's.
ALTER TABLE need ADD CONSTRAINT need_of_person UNIQUE (id, person_id);
ALTER TABLE outcome ADD CONSTRAINT outcome_of_person UNIQUE (id, person_id);
ALTER TABLE outcome ADD CONSTRAINT outcome_answers_own_need
    FOREIGN KEY (need_id, person_id) REFERENCES need (id, person_id);
ALTER TABLE outcome ADD CONSTRAINT outcome_words CHECK (btrim(words) <> '');
CREATE INDEX need_of_person_open ON need (person_id);
CREATE INDEX outcome_of_person_open ON outcome (person_id);
CREATE INDEX need_of_assessment_rows ON need (assessment_id);

CREATE INDEX call_request_waiting ON call_request (council_id, created_at);
ALTER TABLE call_request ADD CONSTRAINT call_request_leaves_nothing
    CHECK (closed_at IS NULL OR (name = '' AND contact = '' AND how = '' AND words = ''));

-- What was known in words before there was a record of it.
INSERT INTO communication_need (id, person_id, kind, words, identified)
SELECT gen_random_uuid(), id, 'other', btrim(communication_needs), 'asked' FROM person WHERE btrim(communication_needs) <> '';
