-- Whether money for a direct payment or an ISF waits: no agreement that everybody signed is in force on the day (before
-- the fund's first day: on that one; after its last: on that one), and the council pays only into what is agreed. Where
-- the council has not said, it waits.
CREATE FUNCTION waits_for_agreement(p_fund uuid, p_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT f.route IN ('isf', 'direct_payment')
       AND NOT EXISTS (
           SELECT 1 FROM agreement a
            WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL
              AND daterange(a.starts_on, a.ends_on) @> least(greatest(p_day, f.starts_on), f.ends_on - 1))
       AND coalesce((SELECT value FROM council_parameter
                      WHERE council_id = f.council_id AND name = 'agreement_before_payment' AND starts_on <= p_day
                      ORDER BY starts_on DESC LIMIT 1), 1) = 1
      FROM fund f WHERE f.id = p_fund
$$;
