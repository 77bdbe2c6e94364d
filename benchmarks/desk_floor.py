"""The floor for a desk: the same information by statements written by hand for one holder's first page."""

# What a desk of one holder needs, for its first page by what is due; the margin of its one council is given as $4.
PAGE = """
    WITH mine AS (SELECT DISTINCT person_id FROM authority WHERE organisation_id = $1 AND 'see' = ANY (scopes)
                     AND starts_on <= $2 AND (ends_on IS NULL OR ends_on > $2)),
    fund_now AS (
        SELECT f.id, f.person_id, f.ends_on, f.amount_pence, f.starts_on,
               sum(a.balance_pence) FILTER (WHERE a.kind = 'available') AS available,
               sum(a.balance_pence) FILTER (WHERE a.kind IN ('committed', 'payable', 'paid', 'fee')) AS spent
          FROM mine JOIN fund f USING (person_id) JOIN account a ON a.fund_id = f.id
         WHERE f.route <> 'council_managed' AND f.state = 'open' AND f.starts_on <= $2 AND f.ends_on > $2
         GROUP BY f.id),
    future AS (
        SELECT j.fund_id, sum(e.amount_pence) AS pence FROM fund_now n
          JOIN journal j ON j.fund_id = n.id AND j.occurred_on > $2
          JOIN entry e ON e.journal_id = j.id AND e.account IN ('committed', 'payable', 'paid', 'fee') GROUP BY 1),
    person_now AS (
        SELECT n.person_id, sum(available) AS available, min(n.ends_on) AS ends_on,
               bool_or((spent - coalesce(x.pence, 0) - amount_pence * ($2 + 1 - starts_on) / (n.ends_on - starts_on))
                   * 100 > $4 * (available + spent)) AS ahead
          FROM fund_now n LEFT JOIN future x ON x.fund_id = n.id GROUP BY 1),
    work AS (
        SELECT p.id, p.name, p.reference, m.available, m.ends_on, m.ahead, b.unanswered, b.unanswered_on, b.month,
               i.first_on, v.state AS plan,
               coalesce(b.unanswered_on, i.first_on,
                        CASE WHEN b.month IS NULL OR b.month = 0 THEN $5::date END) AS due
          FROM mine JOIN person p ON p.id = mine.person_id
          LEFT JOIN person_now m ON m.person_id = p.id
          LEFT JOIN (SELECT b.person_id, count(*) FILTER (WHERE service_on BETWEEN $2 AND $5) AS month,
                            count(*) FILTER (WHERE state = 'held' OR ends_at < $3) AS unanswered,
                            min(service_on) FILTER (WHERE state = 'held' OR ends_at < $3) AS unanswered_on
                       FROM mine JOIN booking b USING (person_id)
                      WHERE state IN ('held', 'confirmed') OR state IN ('delivered', 'missed') AND starts_at >= $6
                      GROUP BY 1) b ON b.person_id = p.id
          LEFT JOIN (SELECT i.person_id, min(s.service_on) AS first_on FROM idea i
                       JOIN activity_session s ON s.id = i.activity_session_id
                      WHERE s.starts_at > $3 AND s.state = 'scheduled' AND NOT EXISTS (
                            SELECT 1 FROM booking b WHERE b.person_id = i.person_id
                               AND b.activity_session_id = s.id AND b.state <> 'cancelled') GROUP BY 1) i
            ON i.person_id = p.id
          LEFT JOIN plan_version v ON v.person_id = p.id AND v.state <> 'agreed'
         )
    SELECT w.*, t.* FROM (SELECT * FROM work ORDER BY due NULLS LAST, name, id LIMIT 25) w,
           (SELECT count(*) AS everybody, count(*) FILTER (WHERE ahead) AS ahead_in_all,
                   count(*) FILTER (WHERE unanswered > 0) AS unanswered_in_all,
                   count(*) FILTER (WHERE first_on IS NOT NULL) AS ideas_in_all,
                   count(*) FILTER (WHERE plan = 'waiting_for_keys') AS keys_in_all,
                   count(*) FILTER (WHERE coalesce(month, 0) = 0) AS nothing_in_all FROM work) t
"""
LINES = """
    SELECT f.id, f.amount_pence, f.starts_on, f.ends_on, o.name, a.kind, a.balance_pence, s.council_share_pence,
           s.contribution_pence, s.starts_on, s.ends_on
      FROM fund f JOIN account a ON a.fund_id = f.id JOIN fund_share s ON s.fund_id = f.id
      JOIN organisation o ON o.id = f.holder_organisation_id WHERE f.person_id = ANY ($1)
"""
DAYS = """
    SELECT j.fund_id, j.occurred_on, sum(e.amount_pence) FROM fund f JOIN journal j ON j.fund_id = f.id
      JOIN entry e ON e.journal_id = j.id AND e.account IN ('committed', 'payable', 'paid', 'fee')
     WHERE f.person_id = ANY ($1) GROUP BY 1, 2
"""
