"""Everybody on a desk in one statement, however many they are: who, what is to do for each, how many of each kind.

The database decides which kinds of work there are and sorts and pages by them, so that a desk of two thousand people
costs one answer of one page. `rules.py` only puts words to it.
"""

from isf.ledger.rules import SPENT
from isf.parameters import Parameter
from marketplace.bookings.desk.rules import Order, Sort

_SPENT = ", ".join(f"'{account}'" for account in SPENT)

# $1 user, $2 organisation, $3 today, $4 the council whose every person is on the desk (or null), $5 Monday and $6 the
# Monday after as moments, $7 the last day of the month, $8 now, $9 the day from which a fund ends soon, $10 the
# organisation and $11 the user whose unpaid invoices count (or null).
_FACTS = f"""
    mine AS MATERIALIZED (
        SELECT a.person_id AS id FROM authority a
         WHERE (a.user_id = $1 OR a.organisation_id = $2) AND 'see' = ANY (a.scopes)
           AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)
        UNION SELECT id FROM person WHERE council_id = $4),
    running AS MATERIALIZED (
        SELECT f.id, f.person_id, f.council_id, f.amount_pence, f.starts_on, f.ends_on,
               sum(a.balance_pence) FILTER (WHERE a.kind = 'available') AS available,
               sum(a.balance_pence) FILTER (WHERE a.kind IN ({_SPENT})) AS spent, bool_or(a.locked) AS locked
          FROM mine JOIN fund f ON f.person_id = mine.id JOIN account a ON a.fund_id = f.id
         WHERE f.state = 'open' AND f.starts_on <= $3 AND f.ends_on > $3
           AND ($4::uuid IS NOT NULL OR f.route <> 'council_managed')
         GROUP BY f.id),
    margin AS (
        SELECT DISTINCT ON (council_id) council_id, value AS percent FROM council_parameter
         WHERE name = '{Parameter.BURN_MARGIN_PERCENT}' AND starts_on <= $3 ORDER BY council_id, starts_on DESC),
    planned AS (
        SELECT s.fund_id, sum(
            planned_by(s.council_share_pence, s.council_weekly_pence, s.starts_on, s.ends_on, $3::date + 1)
            + planned_by(s.contribution_pence, s.contribution_weekly_pence, s.starts_on, s.ends_on, $3::date + 1)
            ) AS pence
          FROM running r JOIN fund_share s ON s.fund_id = r.id GROUP BY s.fund_id),
    judged AS (
        SELECT r.*, g.percent, r.spent - coalesce(l.pence, 0) - p.pence - planned_by(
                   (r.available + r.spent)::bigint - r.amount_pence, NULL, r.starts_on, r.ends_on, $3::date + 1)
                   AS ahead
          FROM running r JOIN planned p ON p.fund_id = r.id LEFT JOIN margin g ON g.council_id = r.council_id
          -- For each fund by its own days, or the whole ledger would be read for the few days to come.
          CROSS JOIN LATERAL (
              SELECT sum(e.amount_pence) AS pence FROM journal j JOIN entry e ON e.journal_id = j.id
               WHERE j.fund_id = r.id AND j.occurred_on > $3 AND e.account IN ({_SPENT})) l),
    money AS (
        SELECT person_id, count(*) AS funds, sum(amount_pence)::bigint AS amount, sum(available)::bigint AS available,
               min(ends_on) AS ends_on, bool_and(locked) AS locked,
               coalesce(max(ahead) FILTER (WHERE NOT locked AND ahead * 100 > percent * (available + spent)), 0)::bigint
                   AS ahead
          FROM judged GROUP BY person_id),
    short AS (
        SELECT f.person_id, sum(o.still_to_take_pence)::bigint AS pence, min(o.starts_on) AS starts_on
          FROM over_commitment o JOIN fund f ON f.id = o.fund_id JOIN mine ON mine.id = f.person_id
         WHERE o.state = 'open' GROUP BY f.person_id),
    plan AS (
        SELECT DISTINCT ON (v.person_id) v.person_id, v.state,
               CASE WHEN v.state = 'waiting_for_keys' THEN
                   (SELECT count(*) FROM approval_key k WHERE k.version_id = v.id AND k.fell_at IS NULL) END AS keys
          FROM mine JOIN plan_version v ON v.person_id = mine.id
         WHERE v.state IN ('draft', 'waiting_for_keys', 'agreed') ORDER BY v.person_id, v.state = 'agreed'),
    unsigned AS (
        SELECT DISTINCT a.person_id
          FROM agreement a JOIN fund f ON f.id = a.fund_id JOIN mine ON mine.id = a.person_id
         WHERE a.state = 'offered' AND (f.holder_organisation_id = $2 OR a.council_id = $4)
           AND NOT EXISTS (SELECT 1 FROM agreement_signature s WHERE s.agreement_id = a.id AND s.edit = a.edit
                              AND s.party = CASE WHEN a.council_id = $4 THEN 'council' ELSE 'holder' END)),
    unpaid AS (
        SELECT f.person_id, count(DISTINCT i.id) AS invoices, min(i.due_on) AS due_on
          FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id JOIN fund f ON f.id = l.fund_id
         WHERE i.state = 'issued' AND (i.payer_organisation_id = $10 OR i.payer_user_id = $11) GROUP BY f.person_id),
    owing AS (
        SELECT t.person_id, sum(t.pence)::bigint AS pence, min(t.due_on) AS due_on
          FROM mine JOIN (
              SELECT person_id, amount_pence AS pence, due_on FROM contribution_charge
               WHERE collection = 'holder' AND due_on <= $3
              UNION ALL SELECT person_id, -amount_pence, NULL FROM contribution_payment WHERE collection = 'holder') t
            ON t.person_id = mine.id GROUP BY t.person_id HAVING sum(t.pence) > 0),
    booked AS (
        SELECT b.person_id,
               count(*) FILTER (WHERE b.starts_at >= $5 AND b.starts_at < $6) AS week,
               count(*) FILTER (WHERE b.service_on BETWEEN $3 AND $7) AS month,
               count(*) FILTER (WHERE b.state = 'held' OR b.state = 'confirmed' AND b.ends_at < $8) AS unanswered,
               min(b.service_on) FILTER (WHERE b.state = 'held' OR b.state = 'confirmed' AND b.ends_at < $8)
                   AS unanswered_on
          FROM mine JOIN booking b ON b.person_id = mine.id
         WHERE b.state IN ('held', 'confirmed') OR b.state IN ('delivered', 'missed') AND b.starts_at >= $5
         GROUP BY b.person_id),
    wished AS (
        SELECT i.person_id, count(*) AS ideas, min(s.service_on) AS first_on
          FROM idea i JOIN activity_session s ON s.id = i.activity_session_id
         WHERE i.person_id = ANY (ARRAY(SELECT id FROM mine)) AND s.starts_at > $8 AND s.state = 'scheduled'
           AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.person_id = i.person_id AND b.activity_session_id = s.id
                              AND b.state IN ('held', 'confirmed', 'delivered', 'missed'))
         GROUP BY i.person_id),
    asked AS (
        SELECT w.person_id, count(*) AS offers, min(w.expires_at) AS until
          FROM mine JOIN waitlist_entry w ON w.person_id = mine.id JOIN fund f ON f.id = w.fund_id
         WHERE w.state = 'offered' AND w.expires_at > $8
           AND ($4::uuid IS NOT NULL) = (f.route = 'council_managed') GROUP BY w.person_id),
    facts AS (
        SELECT p.id, p.reference, p.name, coalesce(m.funds, 0) AS funds, coalesce(m.amount, 0) AS amount_pence,
               coalesce(m.available, 0) AS left_pence, m.ends_on, coalesce(m.locked, false) AS locked,
               coalesce(m.ahead, 0) AS ahead_pence, coalesce(o.pence, 0) AS over_pence, o.starts_on AS over_on,
               v.state AS plan_state, coalesce(v.keys, 0) AS keys, u.person_id IS NOT NULL AS sign,
               coalesce(k.offers, 0) AS offers, k.until AS offer_until,
               coalesce(i.invoices, 0) AS unpaid_invoices, i.due_on AS unpaid_due_on,
               coalesce(w.pence, 0) AS owed_pence, w.due_on AS owed_due_on,
               coalesce(b.unanswered, 0) AS unanswered, b.unanswered_on, coalesce(b.week, 0) AS booked_week,
               coalesce(b.month, 0) AS booked_month, coalesce(d.ideas, 0) AS ideas, d.first_on AS first_idea_on
          FROM mine JOIN person p ON p.id = mine.id
          LEFT JOIN money m ON m.person_id = p.id LEFT JOIN short o ON o.person_id = p.id
          LEFT JOIN plan v ON v.person_id = p.id LEFT JOIN unsigned u ON u.person_id = p.id
          LEFT JOIN unpaid i ON i.person_id = p.id LEFT JOIN owing w ON w.person_id = p.id
          LEFT JOIN booked b ON b.person_id = p.id LEFT JOIN wished d ON d.person_id = p.id
          LEFT JOIN asked k ON k.person_id = p.id)
"""

# In the order of `rules.Kind`: the most pressing first.
_WORK = """
    desk AS MATERIALIZED (
        SELECT f.*, t.kinds, t.dues FROM facts f LEFT JOIN LATERAL (
            SELECT array_agg(kind ORDER BY rank) AS kinds, array_agg(due ORDER BY rank) AS dues FROM (VALUES
                (1, 'no_money', funds = 0, NULL::date),
                (2, 'over', over_pence > 0, over_on),
                (3, 'offer', offers > 0, (offer_until AT TIME ZONE 'Europe/London')::date),
                (4, 'plan', funds > 0 AND (plan_state = 'draft' OR locked AND plan_state IS NULL), NULL),
                (5, 'sign', sign, NULL),
                (6, 'unpaid', unpaid_invoices > 0, unpaid_due_on),
                (7, 'owed', owed_pence > 0, owed_due_on),
                (8, 'no_answer', unanswered > 0, unanswered_on),
                (9, 'ideas', ideas > 0, first_idea_on),
                (10, 'keys', plan_state = 'waiting_for_keys', NULL),
                (11, 'ends_soon', ends_on <= $9 AND left_pence > 0 AND NOT locked, ends_on - 1),
                (12, 'ahead', ahead_pence > 0, NULL),
                (13, 'nothing_booked', funds > 0 AND NOT locked AND booked_month = 0, $7)
            ) AS w (rank, kind, applies, due) WHERE applies) t ON true)
"""

_ORDERS = {
    Sort.DUE: "(kinds IS NULL), due {way} NULLS LAST, name, id",
    Sort.NAME: "name {way}, id",
    Sort.MONEY: "left_pence {way}, name, id",
    Sort.TIME: "ends_on {way} NULLS LAST, name, id",
}
_WAYS = {Order.UP: "ASC", Order.DOWN: "DESC"}


def desk_sql(sort: Sort, order: Order) -> str:
    """One page of a desk, with the number of each kind of work on the whole of it.

    $12 the kind that is shown (or null), $13 part of a name or reference (or null), $14 how many rows, $15 from which.
    """
    by = _ORDERS[sort].format(way=_WAYS[order])
    return f"""
    WITH {_FACTS}, {_WORK},
    counted AS (SELECT kind, count(*) AS many FROM desk, unnest(kinds) AS kind GROUP BY kind),
    shown AS (
        SELECT d.*, count(*) OVER () AS total, row_number() OVER (ORDER BY {by}) AS place
          FROM (SELECT *, dues[coalesce(array_position(kinds, $12), 1)] AS due FROM desk) d
         WHERE ($12::text IS NULL OR $12 = ANY (kinds)) AND ($13::text IS NULL OR name ILIKE $13 OR reference ILIKE $13)
         ORDER BY {by} LIMIT $14 OFFSET $15)
    SELECT s.*, (SELECT count(*) FROM desk) AS everybody,
           (SELECT json_object_agg(kind, many)::text FROM counted) AS counts
      FROM (SELECT 1) AS one LEFT JOIN shown s ON true ORDER BY s.place
    """
