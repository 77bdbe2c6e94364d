ALTER TABLE council ADD CONSTRAINT council_is_an_organisation FOREIGN KEY (id) REFERENCES organisation (id);
CREATE UNIQUE INDEX app_user_one_email ON app_user (lower(email));

ALTER TABLE role_grant ADD CONSTRAINT role_grant_known_role CHECK (role IN (
    'direct_payment_holder', 'representative', 'broker', 'provider_manager', 'provider_staff', 'care_manager',
    'finance_officer', 'commissioner', 'monitoring_officer', 'administrator'));
ALTER TABLE role_grant ADD CONSTRAINT role_grant_dates CHECK (ends_on IS NULL OR ends_on >= starts_on);
CREATE INDEX role_grant_of_user ON role_grant (user_id);

ALTER TABLE authority ADD CONSTRAINT authority_known_kind CHECK (kind IN (
    'self', 'representative', 'broker', 'isf_holder', 'care_manager'));
ALTER TABLE authority ADD CONSTRAINT authority_known_scopes
    CHECK (scopes <@ ARRAY['see', 'plan', 'book', 'pay']::varchar[] AND 'see' = ANY (scopes));
ALTER TABLE authority ADD CONSTRAINT authority_of_somebody CHECK (num_nonnulls(user_id, organisation_id) = 1);
ALTER TABLE authority ADD CONSTRAINT authority_dates CHECK (ends_on IS NULL OR ends_on >= starts_on);
CREATE INDEX authority_of_user ON authority (user_id, person_id);
CREATE INDEX authority_of_organisation ON authority (organisation_id, person_id);
CREATE INDEX login_session_of_user ON login_session (user_id);
CREATE INDEX login_session_expiry ON login_session (expires_at);
