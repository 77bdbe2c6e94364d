ALTER TABLE over_commitment ADD CONSTRAINT over_commitment_known_kind CHECK (kind IN ('reduction', 'ended'));
ALTER TABLE over_commitment ADD CONSTRAINT over_commitment_known_state CHECK (state IN ('open', 'settled', 'honoured'));
-- Never more is taken than was missing, and what is settled has nothing left to take.
ALTER TABLE over_commitment ADD CONSTRAINT over_commitment_amounts CHECK (
    shortfall_pence >= 0 AND still_to_take_pence >= 0 AND honoured_pence >= 0
    AND still_to_take_pence + honoured_pence <= shortfall_pence AND (state = 'open' OR still_to_take_pence = 0));
-- Asked whenever money becomes free in a fund: it has to cost nothing.
CREATE INDEX over_commitment_open ON over_commitment (fund_id) WHERE state = 'open';

-- A version that is cut short on an early day may leave a share of nothing.
ALTER TABLE fund DROP CONSTRAINT fund_amount;
ALTER TABLE fund ADD CONSTRAINT fund_amount CHECK (amount_pence >= 0);
ALTER TABLE personal_budget DROP CONSTRAINT personal_budget_not_negative;
ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_not_negative
    CHECK (council_share_pence >= 0 AND contribution_pence >= 0);
