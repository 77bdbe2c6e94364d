ALTER TABLE billing_run ADD CONSTRAINT billing_run_known_state CHECK (state IN ('running', 'done'));
ALTER TABLE billing_run ADD CONSTRAINT billing_run_finished CHECK ((state = 'done') = (finished_at IS NOT NULL));
ALTER TABLE billing_run ADD CONSTRAINT billing_run_days CHECK (ends_on >= starts_on);
ALTER TABLE billing_run ADD CONSTRAINT billing_run_counts CHECK (
    lines_expected >= 0 AND invoices_made >= 0 AND lines_made >= invoices_made AND gross_pence >= 0);
CREATE INDEX billing_run_by_provider ON billing_run (provider_id, started_at);
CREATE INDEX billing_run_open ON billing_run (moved_at) WHERE state = 'running';
