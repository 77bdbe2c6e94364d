ALTER TABLE invitation ADD CONSTRAINT invitation_for_provider CHECK (role IN ('provider_manager', 'provider_staff'));
ALTER TABLE invitation ADD CONSTRAINT invitation_ends CHECK (expires_at > created_at);
ALTER TABLE invitation ADD CONSTRAINT invitation_used_or_taken_back CHECK (num_nonnulls(accepted_at, withdrawn_at) < 2);
-- Of one organisation one link to a mailbox is open at a time.
CREATE UNIQUE INDEX invitation_one_open ON invitation (organisation_id, lower(email))
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
