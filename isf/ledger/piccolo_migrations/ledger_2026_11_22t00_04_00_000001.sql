-- What belongs to the days before `p_day` of an amount over a half-open period: the penny-exact arithmetic of
-- `isf.rules.Spread.by`, for lists that cannot ask it of each row. Written so that PostgreSQL takes it into the query.
-- Dividing rounds down, also below zero.
CREATE FUNCTION planned_by(p_amount bigint, p_weekly bigint, p_starts_on date, p_ends_on date, p_day date)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_weekly IS NULL OR p_day >= p_ends_on
            THEN (p_amount * greatest(least(p_day, p_ends_on) - p_starts_on, 0)
                  - CASE WHEN p_amount < 0 THEN p_ends_on - p_starts_on - 1 ELSE 0 END) / (p_ends_on - p_starts_on)
        ELSE (2 * p_weekly * greatest(p_day - p_starts_on, 0) + 7) / 14 END
$$;

-- What is used and booked by a day is what stands in the accounts less what belongs to later days.
CREATE INDEX journal_by_fund_and_day ON journal (fund_id, occurred_on);
