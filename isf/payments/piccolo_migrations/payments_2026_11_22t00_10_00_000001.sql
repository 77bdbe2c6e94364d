-- What the council owes a fund for the days before p_day: its own share, and the contribution where it pays gross.
CREATE FUNCTION council_owes(p_fund uuid, p_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(
               planned_by(s.council_share_pence, s.council_weekly_pence, s.starts_on, s.ends_on, p_day)
               + CASE b.collection WHEN 'gross'
                   THEN planned_by(s.contribution_pence, s.contribution_weekly_pence, s.starts_on, s.ends_on, p_day)
                   ELSE 0 END), 0)::bigint
      FROM fund_share s JOIN personal_budget b ON b.id = s.budget_id WHERE s.fund_id = p_fund
$$;

-- What a week of it comes to on a day, the half penny up; zero outside every share.
CREATE FUNCTION council_weekly(p_fund uuid, p_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(
               coalesce(s.council_weekly_pence, (14 * s.council_share_pence / (s.ends_on - s.starts_on) + 1) / 2)
               + CASE b.collection WHEN 'gross'
                   THEN coalesce(s.contribution_weekly_pence,
                                 (14 * s.contribution_pence / (s.ends_on - s.starts_on) + 1) / 2)
                   ELSE 0 END), 0)::bigint
      FROM fund_share s JOIN personal_budget b ON b.id = s.budget_id
     WHERE s.fund_id = p_fund AND s.starts_on <= p_day AND p_day < s.ends_on
$$;

-- What came from the council towards what it promised, less what was paid in too early and went back.
CREATE FUNCTION council_paid(p_fund uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(e.amount_pence), 0)::bigint
      FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = 'promised'
      LEFT JOIN journal r ON r.id = j.reverses_id
     WHERE j.fund_id = p_fund AND coalesce(r.kind, j.kind) IN ('funding', 'transfer_in', 'return')
$$;

-- Cycles are counted from the fund's first day: p_weeks at a time, or by the month where p_weeks is null.
CREATE FUNCTION cycle_start(p_starts date, p_weeks int, p_number int) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_weeks IS NULL THEN (p_starts + make_interval(months => p_number))::date
                ELSE p_starts + 7 * p_weeks * p_number END
$$;
CREATE FUNCTION cycle_number(p_starts date, p_weeks int, p_day date) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_weeks IS NOT NULL THEN floor((p_day - p_starts)::numeric / (7 * p_weeks))::int
                ELSE m.n - CASE WHEN (p_starts + make_interval(months => m.n))::date > p_day THEN 1 ELSE 0 END END
      FROM (SELECT ((extract(year FROM p_day) - extract(year FROM p_starts)) * 12
                    + extract(month FROM p_day) - extract(month FROM p_starts))::int AS n) m
$$;

ALTER TABLE fund_schedule ADD CONSTRAINT fund_schedule_sensible
    CHECK ((weeks IS NULL OR weeks BETWEEN 1 AND 13) AND advance_days BETWEEN 0 AND 60);
CREATE INDEX fund_schedule_newest ON fund_schedule (fund_id, set_at DESC);
CREATE TRIGGER fund_schedule_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_schedule
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE payment_in ADD CONSTRAINT payment_in_known_state
    CHECK (state IN ('proposed', 'checked', 'approved', 'paid', 'refused'));
-- Nothing is paid that two people have not looked at; who proposed or checked it does not approve it.
ALTER TABLE payment_in ADD CONSTRAINT payment_in_two_people CHECK (
    (state NOT IN ('checked', 'approved', 'paid') OR checked_by IS NOT NULL)
    AND (state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL)
    AND (approved_by IS NULL OR (checked_by IS NOT NULL AND approved_by <> checked_by
                                 AND approved_by IS DISTINCT FROM proposed_by)));
ALTER TABLE payment_in ADD CONSTRAINT payment_in_refused_because
    CHECK (state <> 'refused' OR (refused_by IS NOT NULL AND because <> ''));
-- One proposal for a council and day; a refused one makes room for another.
CREATE UNIQUE INDEX payment_in_once_a_day ON payment_in (council_id, run_day) WHERE state <> 'refused';
CREATE INDEX payment_in_by_state ON payment_in (council_id, state, run_day DESC);

ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_known_state
    CHECK (state IN ('proposed', 'held', 'nothing', 'paid', 'refused', 'released'));
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_known_transfer CHECK (transfer IN ('bank', 'stays'));
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_days
    CHECK (covers_until > covers_from AND cycle_start < covers_until AND part >= 0);
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_amount
    CHECK (amount_pence >= 0 AND (amount_pence > 0 OR state IN ('nothing', 'refused'))
           AND amount_pence = greatest(owed_pence - paid_before_pence, 0));
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_paid
    CHECK ((state = 'paid') = (journal_id IS NOT NULL) AND (state = 'paid') = (paid_on IS NOT NULL));
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_held_because
    CHECK (state NOT IN ('held', 'released') OR because <> '');
ALTER TABLE payment_in_line ADD CONSTRAINT payment_in_line_one_journal UNIQUE (journal_id);
-- No cycle runs twice: what was refused or let go makes room for the next proposal.
CREATE UNIQUE INDEX payment_in_line_once ON payment_in_line (fund_id, cycle_start, part)
    WHERE state NOT IN ('refused', 'released');
CREATE INDEX payment_in_line_by_payment ON payment_in_line (payment_in_id, state);

-- What was proposed stays as it was proposed; who checked and approved is written once.
CREATE FUNCTION payment_in_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.council_id, NEW.run_day, NEW.proposed_by, NEW.proposed_at)
           IS DISTINCT FROM (OLD.council_id, OLD.run_day, OLD.proposed_by, OLD.proposed_at)
       OR (OLD.checked_by IS NOT NULL AND NEW.checked_by IS DISTINCT FROM OLD.checked_by)
       OR (OLD.approved_by IS NOT NULL AND NEW.approved_by IS DISTINCT FROM OLD.approved_by)
       OR (OLD.state IN ('paid', 'refused') AND NEW.state <> OLD.state)
       OR (OLD.state = 'approved' AND NEW.state NOT IN ('approved', 'paid')) THEN
        RAISE EXCEPTION 'payment % is not changed afterwards', OLD.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_in_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_in_frozen BEFORE UPDATE ON payment_in FOR EACH ROW EXECUTE FUNCTION payment_in_frozen();

-- A line is paid only when its proposal is approved, and by a journal of its fund for exactly its amount.
CREATE FUNCTION payment_in_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.payment_in_id, NEW.fund_id, NEW.cycle_start, NEW.part, NEW.covers_from, NEW.covers_until, NEW.amount_pence,
        NEW.transfer) IS DISTINCT FROM
       (OLD.payment_in_id, OLD.fund_id, OLD.cycle_start, OLD.part, OLD.covers_from, OLD.covers_until, OLD.amount_pence,
        OLD.transfer)
       OR (OLD.state IN ('paid', 'refused', 'released') AND NEW.state <> OLD.state) THEN
        RAISE EXCEPTION 'a line of a payment is not changed afterwards'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_in_line_frozen';
    END IF;
    IF NEW.state = 'paid' AND OLD.state <> 'paid' AND NOT EXISTS (
        SELECT 1 FROM payment_in p, journal j JOIN entry e ON e.journal_id = j.id AND e.account = 'funding'
         WHERE p.id = NEW.payment_in_id AND p.state = 'approved' AND j.id = NEW.journal_id
           AND j.fund_id = NEW.fund_id AND e.amount_pence = -NEW.amount_pence) THEN
        RAISE EXCEPTION 'a line is paid once its payment is approved, by a journal for its amount'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_in_line_approved';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_in_line_frozen BEFORE UPDATE ON payment_in_line
    FOR EACH ROW EXECUTE FUNCTION payment_in_line_frozen();
CREATE TRIGGER payment_in_kept BEFORE DELETE OR TRUNCATE ON payment_in
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER payment_in_line_kept BEFORE DELETE OR TRUNCATE ON payment_in_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE client_account_declaration ADD CONSTRAINT client_account_not_negative CHECK (declared_pence >= 0);
ALTER TABLE client_account_part ADD CONSTRAINT client_account_part_once UNIQUE (declaration_id, fund_id);
ALTER TABLE client_account_part ADD CONSTRAINT client_account_part_not_negative CHECK (declared_pence >= 0);
ALTER TABLE ring_fence_check_fund ADD CONSTRAINT ring_fence_check_fund_once UNIQUE (check_id, fund_id);
CREATE INDEX client_account_newest ON client_account_declaration (organisation_id, day DESC, declared_at DESC);
CREATE INDEX ring_fence_newest ON ring_fence_check (declaration_id, checked_at DESC);
CREATE TRIGGER client_account_declaration_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON client_account_declaration
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER client_account_part_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON client_account_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ring_fence_check_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ring_fence_check
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ring_fence_check_fund_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ring_fence_check_fund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What lay (or should have lain) at the bank for a fund at the end of a day, by the day on which money moved.
CREATE FUNCTION cash_of_fund(p_fund uuid, p_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(-sum(e.amount_pence), 0)::bigint FROM journal j JOIN entry e ON e.journal_id = j.id
     WHERE j.fund_id = p_fund AND j.occurred_on <= p_day
       AND e.account IN ('funding', 'contribution', 'top_up', 'paid', 'fee', 'returned')
$$;

-- One open warning for each fund.
CREATE UNIQUE INDEX surplus_warning_one_open ON surplus_warning (fund_id) WHERE ended_at IS NULL;
