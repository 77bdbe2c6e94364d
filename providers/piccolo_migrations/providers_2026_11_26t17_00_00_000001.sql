-- A rate is of one ratio. What was there is the price of the activity's own.
ALTER TABLE rate DROP CONSTRAINT rate_one_a_day;
UPDATE rate r SET ratio = a.support_ratio FROM activity a WHERE a.id = r.activity_id AND r.ratio <> a.support_ratio;
ALTER TABLE rate ADD CONSTRAINT rate_one_a_day UNIQUE (activity_id, ratio, starts_on);
ALTER TABLE rate ADD CONSTRAINT rate_known_ratio CHECK (ratio IN ('1:1', '1:2', '1:3', 'group'));
ALTER TABLE rate ADD CONSTRAINT rate_known_unit CHECK (unit IN ('session', 'hour'));
ALTER TABLE rate ADD CONSTRAINT rate_minimum_of_an_hour
    CHECK (minimum_pence IS NULL OR (unit = 'hour' AND minimum_pence > 0));
ALTER TABLE rate ADD CONSTRAINT rate_known_split CHECK (split = 'each' OR (split = 'shared' AND ratio IN ('1:2', '1:3')));

ALTER TABLE transport_rate ADD CONSTRAINT transport_rate_one_a_day UNIQUE (activity_id, starts_on);
ALTER TABLE transport_rate ADD CONSTRAINT transport_rate_not_negative CHECK (price_pence >= 0);
ALTER TABLE transport_rate ADD CONSTRAINT transport_rate_known_vat CHECK (
    (vat_category = 'standard' AND vat_rate_basis_points BETWEEN 1 AND 10000)
    OR (vat_category IN ('exempt', 'zero', 'outside_scope') AND vat_rate_basis_points = 0));

-- All of these are plain enough that the planner puts them in line.
CREATE FUNCTION session_minutes(p_starts timestamptz, p_ends timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(epoch FROM p_ends - p_starts) / 60)::integer
$$;

-- What a session of that length costs: `price_of` in providers/rules.py. An hour's price goes by the length, the half
-- penny rounded up, and never below the minimum.
CREATE FUNCTION rate_price(p_price bigint, p_unit text, p_minimum bigint, p_minutes integer)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_price IS NULL THEN NULL
                ELSE greatest(CASE p_unit WHEN 'hour' THEN (p_price * p_minutes * 2 + 60) / 120 ELSE p_price END, p_minimum)
           END
$$;

-- The most that one person pays of it: `price_each` in providers/rules.py, the largest share where it is shared.
CREATE FUNCTION rate_price_each(p_price bigint, p_unit text, p_minimum bigint, p_split text, p_ratio text, p_minutes integer)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_split = 'shared' AND p_ratio = '1:2' THEN (rate_price(p_price, p_unit, p_minimum, p_minutes) + 1) / 2
                WHEN p_split = 'shared' AND p_ratio = '1:3' THEN (rate_price(p_price, p_unit, p_minimum, p_minutes) + 2) / 3
                ELSE rate_price(p_price, p_unit, p_minimum, p_minutes) END
$$;

-- The rate of a day: the one of that ratio that started last; no row when none has.
CREATE FUNCTION rate_on(p_activity uuid, p_ratio text, p_day date) RETURNS SETOF rate LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM rate WHERE activity_id = p_activity AND ratio = p_ratio AND starts_on <= p_day
     ORDER BY starts_on DESC LIMIT 1
$$;

-- The price of transport on a day; no row when it is not offered.
CREATE FUNCTION transport_rate_on(p_activity uuid, p_day date) RETURNS SETOF transport_rate LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM (SELECT * FROM transport_rate WHERE activity_id = p_activity AND starts_on <= p_day
                    ORDER BY starts_on DESC LIMIT 1) t
     WHERE price_pence IS NOT NULL
$$;

-- What one person pays on a day for a session of that length at the activity's own ratio; null without a rate.
CREATE FUNCTION activity_price_on(p_activity uuid, p_day date, p_minutes integer) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT rate_price_each(r.price_pence, r.unit, r.minimum_pence, r.split, r.ratio, p_minutes)
      FROM activity a CROSS JOIN LATERAL rate_on(a.id, a.support_ratio, p_day) r WHERE a.id = p_activity
$$;
