ALTER TABLE closed_period ADD CONSTRAINT closed_period_once UNIQUE (organisation_id, month);
ALTER TABLE closed_period ADD CONSTRAINT closed_period_first_of_month CHECK (month = date_trunc('month', month)::date);
CREATE TRIGGER closed_period_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON closed_period
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Month after month, without a gap.
CREATE FUNCTION closed_period_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last date;
BEGIN
    SELECT max(month) INTO last FROM closed_period WHERE organisation_id = NEW.organisation_id;
    IF NEW.month <> (last + interval '1 month')::date AND NEW.month > last THEN
        RAISE EXCEPTION 'the month after % is open', last
            USING ERRCODE = 'check_violation', CONSTRAINT = 'closed_period_in_turn', TABLE = 'closed_period';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_period_in_turn BEFORE INSERT ON closed_period
    FOR EACH ROW EXECUTE FUNCTION closed_period_in_turn();

-- The last day of the last month that the holder of a fund has closed: nothing counts in it any more.
CREATE OR REPLACE FUNCTION books_closed_until(fund uuid) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (max(c.month) + interval '1 month' - interval '1 day')::date
      FROM fund f JOIN closed_period c ON c.organisation_id = f.holder_organisation_id WHERE f.id = fund
$$;

-- Nothing counts in a closed month, whoever writes it: the last wall behind `ledger_post`.
CREATE FUNCTION journal_in_open_period() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.occurred_on <= books_closed_until(NEW.fund_id) THEN
        RAISE EXCEPTION 'the month of % is closed', NEW.occurred_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_in_open_period', TABLE = 'journal';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER journal_in_open_period BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION journal_in_open_period();
