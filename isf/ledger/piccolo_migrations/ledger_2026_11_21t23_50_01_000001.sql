-- `promised` is below zero by what was agreed and has not been paid in yet; above zero, too much was paid in.
-- `top_up` is below zero by the person's own money that was added.
ALTER TABLE account DROP CONSTRAINT account_known_kind;
ALTER TABLE account ADD CONSTRAINT account_known_kind CHECK (kind IN (
    'funding', 'contribution', 'top_up', 'promised', 'available', 'committed', 'payable', 'paid', 'fee', 'returned'));
-- Nothing is booked, used, paid or taken before the support plan has its four keys (row SP3).
ALTER TABLE account ADD CONSTRAINT account_locked_until_keys
    CHECK (NOT locked OR kind NOT IN ('committed', 'payable', 'paid', 'fee') OR balance_pence = 0);

INSERT INTO account (id, fund_id, kind, balance_pence, locked)
    SELECT gen_random_uuid(), f.id, kind, 0, false FROM fund f, unnest(ARRAY['promised', 'top_up']) AS kind;

CREATE OR REPLACE FUNCTION open_ledger(p_fund uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_head (fund_id, sequence, hash) VALUES (p_fund, 0, ''::bytea);
    INSERT INTO account (id, fund_id, kind, balance_pence, locked)
        SELECT gen_random_uuid(), p_fund, kind, 0, false FROM unnest(ARRAY[
            'funding', 'contribution', 'top_up', 'promised', 'available', 'committed', 'payable', 'paid', 'fee',
            'returned']) AS kind;
$$;

-- Funds from before shares were kept: each is the one share of its budget.
INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT gen_random_uuid(), f.budget_id, f.id, f.amount_pence + c.balance_pence, -c.balance_pence, f.starts_on, f.ends_on
      FROM fund f JOIN account c ON c.fund_id = f.id AND c.kind = 'contribution';

CREATE CONSTRAINT TRIGGER fund_share_ties AFTER INSERT OR UPDATE OR DELETE ON fund_share
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_share_ties();
CREATE CONSTRAINT TRIGGER budget_ties AFTER INSERT OR UPDATE ON personal_budget
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION budget_ties();
CREATE CONSTRAINT TRIGGER fund_ties AFTER INSERT OR UPDATE ON fund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_ties();
