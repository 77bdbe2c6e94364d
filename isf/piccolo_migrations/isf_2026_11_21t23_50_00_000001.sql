ALTER TABLE personal_budget ADD CONSTRAINT personal_budget_known_collection
    CHECK (collection IN ('gross', 'net', 'holder'));
ALTER TABLE fund_share ADD CONSTRAINT fund_share_once UNIQUE (budget_id, fund_id);
ALTER TABLE fund_share ADD CONSTRAINT fund_share_dates CHECK (ends_on > starts_on);
ALTER TABLE fund_share ADD CONSTRAINT fund_share_not_negative
    CHECK (council_share_pence >= 0 AND contribution_pence >= 0
           AND coalesce(council_weekly_pence, 0) >= 0 AND coalesce(contribution_weekly_pence, 0) >= 0);
CREATE INDEX fund_share_by_fund ON fund_share (fund_id, starts_on);
-- A fund has one share on any day, also where a budget was followed by another.
ALTER TABLE fund_share ADD CONSTRAINT fund_share_one_at_a_time
    EXCLUDE USING gist (fund_id WITH =, daterange(starts_on, ends_on) WITH &&);

-- The shares of a budget are the budget, and a fund is its shares: to the penny, checked when the transaction ends.
DROP TRIGGER funds_within_budget ON fund;
DROP FUNCTION funds_within_budget();

CREATE FUNCTION check_budget_shares(p_budget uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE over bigint;
BEGIN
    SELECT coalesce(abs(b.council_share_pence - sum(s.council_share_pence)), b.council_share_pence)
           + coalesce(abs(b.contribution_pence - sum(s.contribution_pence)), b.contribution_pence)
      INTO over FROM personal_budget b LEFT JOIN fund_share s ON s.budget_id = b.id
     WHERE b.id = p_budget GROUP BY b.id;
    IF over <> 0 THEN
        RAISE EXCEPTION 'the shares of budget % differ from it by % pence', p_budget, over
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_shares_are_the_budget';
    END IF;
END $$;

CREATE FUNCTION check_fund_shares(p_fund uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM fund f LEFT JOIN fund_share s ON s.fund_id = f.id WHERE f.id = p_fund GROUP BY f.id
                HAVING f.amount_pence <> coalesce(sum(s.council_share_pence + s.contribution_pence), 0)) THEN
        RAISE EXCEPTION 'the amount of fund % is not the sum of its shares', p_fund
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_is_its_shares';
    END IF;
END $$;

CREATE FUNCTION fund_share_ties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM check_budget_shares(OLD.budget_id), check_fund_shares(OLD.fund_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM check_budget_shares(NEW.budget_id), check_fund_shares(NEW.fund_id);
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION budget_ties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM check_budget_shares(NEW.id); RETURN NULL; END $$;
CREATE FUNCTION fund_ties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM check_fund_shares(NEW.id); RETURN NULL; END $$;
