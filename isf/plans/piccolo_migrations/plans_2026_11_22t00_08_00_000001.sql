-- From now on a fund opens locked: nothing is booked, used, paid or taken before the plan has its four keys (row SP3).
-- Funds that were opened before stay as they are.
CREATE OR REPLACE FUNCTION open_ledger(p_fund uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_head (fund_id, sequence, hash) VALUES (p_fund, 0, ''::bytea);
    INSERT INTO account (id, fund_id, kind, balance_pence, locked)
        SELECT gen_random_uuid(), p_fund, kind, 0, true FROM unnest(ARRAY[
            'funding', 'contribution', 'top_up', 'promised', 'available', 'committed', 'payable', 'paid', 'fee',
            'returned']) AS kind;
$$;
ALTER TABLE account ALTER COLUMN locked SET DEFAULT true;

-- No other way in: an account begins locked, unless its fund is released already.
CREATE FUNCTION account_opens_locked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM fund_release WHERE fund_id = NEW.fund_id) THEN
        RAISE EXCEPTION 'the money of fund % is locked until its plan is agreed', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_lock_holds';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_opens_locked BEFORE INSERT ON account
    FOR EACH ROW WHEN (NOT NEW.locked) EXECUTE FUNCTION account_opens_locked();
-- Nor by giving an unlocked account to another fund.
CREATE TRIGGER account_stays_with_its_fund BEFORE UPDATE OF fund_id ON account
    FOR EACH ROW WHEN (OLD.fund_id IS DISTINCT FROM NEW.fund_id) EXECUTE FUNCTION account_opens_locked();
