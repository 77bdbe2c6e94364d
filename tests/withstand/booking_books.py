"""What must be true of all bookings and all money at every moment, read in few statements."""

from marketplace.kernel import clock, db
from tests.withstand.booking_scene import WORKER

_LIVE = "('held', 'confirmed', 'delivered', 'missed')"
_UNRECORDED = "('held', 'confirmed')"

# Each part names rows that must not be. $1: now, $2: the council's price for a worker in pence.
_WRONG = f"""
    SELECT 'places' AS what, s.id::text AS which FROM activity_session s
     WHERE s.places_taken <> (SELECT count(*) FROM booking b WHERE b.activity_session_id = s.id AND b.state IN {_LIVE})
        OR s.places_offered <> (SELECT count(*) FROM waitlist_entry w WHERE w.activity_session_id = s.id
                                   AND w.state = 'offered')
        OR s.places_taken + s.places_offered > s.capacity
    UNION ALL SELECT 'two places at once', a.id::text FROM booking a JOIN booking b ON b.person_id = a.person_id
       AND b.id > a.id AND b.state IN {_LIVE} AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
     WHERE a.state IN {_LIVE}
    UNION ALL SELECT 'not on its date', b.id::text FROM booking b
      JOIN activity_session s ON s.id = b.activity_session_id
     WHERE b.state IN {_UNRECORDED} AND (s.state <> 'scheduled'
        OR (s.starts_at, s.ends_at, s.service_on) <> (b.starts_at, b.ends_at, b.service_on))
    UNION ALL SELECT 'with a stopped provider', b.id::text FROM booking b
     WHERE b.state IN {_UNRECORDED} AND b.starts_at > $1 AND provider_suspended(b.provider_id)
    UNION ALL SELECT 'after the end', b.id::text FROM booking b
     WHERE b.state IN {_UNRECORDED} AND person_ended(b.person_id, b.service_on) AND b.starts_at > $1
    UNION ALL SELECT 'inside a pause', b.id::text FROM booking b
      JOIN activity_session s ON s.id = b.activity_session_id
     WHERE b.state IN {_UNRECORDED} AND b.starts_at > $1 AND kept_percent(b.id) IS NULL
       AND person_paused(b.person_id, s.activity_id, b.service_on)
    UNION ALL SELECT 'shares of a full group', g.id::text FROM support_group g
      JOIN booking b ON b.support_group_id = g.id AND b.state IN {_LIVE}
     GROUP BY g.id, g.seats HAVING count(*) > g.seats
        OR count(*) = g.seats AND sum(b.price_pence - b.transport_pence) <> $2
    UNION ALL SELECT 'billed while disputed', t.booking_id::text FROM attendance t
      JOIN claim c ON c.booking_id = t.booking_id AND c.kind = 'invoice' WHERE t.disputed
    UNION ALL SELECT 'billed otherwise than recorded', l.booking_id::text FROM invoice_line l
      LEFT JOIN attendance t ON t.booking_id = l.booking_id
     GROUP BY l.booking_id, t.charge_pence
    HAVING t.charge_pence IS DISTINCT FROM sum(l.gross_pence) OR count(DISTINCT l.invoice_id) > 1
    UNION ALL SELECT 'live and recorded', b.id::text FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE (b.state IN ('delivered', 'missed') AND t.id IS NULL) OR (b.state IN {_UNRECORDED} AND t.id IS NOT NULL)
        OR t.charge_pence > b.price_pence
    UNION ALL SELECT 'money', f.id::text FROM fund f
      CROSS JOIN LATERAL (SELECT sum(balance_pence) AS all_of_it,
             min(balance_pence) FILTER (WHERE kind IN ('available', 'committed', 'payable', 'paid')) AS least,
             sum(balance_pence) FILTER (WHERE kind = 'committed') AS committed,
             sum(balance_pence) FILTER (WHERE kind IN ('payable', 'paid')) AS owed_or_paid
        FROM account a WHERE a.fund_id = f.id) a
      CROSS JOIN LATERAL (SELECT coalesce(sum(amount_pence) FILTER (WHERE state = 'open'), 0) AS aside,
             coalesce(sum(amount_pence) FILTER (WHERE state = 'paid'), 0) AS paid
        FROM fund_liability l WHERE l.fund_id = f.id) l
     WHERE a.all_of_it <> 0 OR a.least < 0
        OR a.committed <> l.aside + (SELECT coalesce(sum(b.price_pence), 0) FROM booking b
              WHERE b.fund_id = f.id AND b.state IN {_UNRECORDED} AND (b.payment <> 'card' OR b.state = 'held'))
        OR a.owed_or_paid <> l.paid + (SELECT coalesce(sum(t.charge_pence), 0) FROM attendance t
              JOIN booking b ON b.id = t.booking_id WHERE b.fund_id = f.id AND b.payment = 'invoice')
              + (SELECT coalesce(sum(p.amount_pence - p.refunded_pence), 0) FROM card_payment p
                   JOIN booking b ON b.id = p.booking_id JOIN claim c ON c.booking_id = b.id AND c.kind = 'card'
                  WHERE b.fund_id = f.id)
    UNION ALL SELECT 'paid by card without its claim', p.booking_id::text FROM card_payment p
      JOIN booking b ON b.id = p.booking_id LEFT JOIN claim c ON c.booking_id = b.id AND c.kind = 'card'
     WHERE p.state = 'paid' AND (c.booking_id IS NULL OR b.state IN ('held', 'lapsed') OR p.refunded_pence <> 0)
        OR b.payment = 'card' AND b.state NOT IN ('held', 'lapsed', 'cancelled') AND c.booking_id IS NULL
    UNION ALL SELECT 'more went back than is not owed', p.booking_id::text FROM card_payment p
      JOIN claim c ON c.booking_id = p.booking_id AND c.kind = 'card'
      LEFT JOIN attendance t ON t.booking_id = p.booking_id
     WHERE p.refunded_pence > p.amount_pence - coalesce(t.charge_pence, 0)
    UNION ALL SELECT 'claimed twice', booking_id::text FROM claim GROUP BY booking_id HAVING count(*) > 1
    UNION ALL SELECT 'on an invoice and paid by card', l.booking_id::text FROM invoice_line l
      JOIN booking b ON b.id = l.booking_id WHERE b.payment <> 'invoice'
    UNION ALL SELECT 'a council pays itself', b.id::text FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE b.route IN ('isf', 'direct_payment') AND owner_on(b.provider_id, b.service_on) = b.council_id
       AND b.payment <> 'netted' AND (b.state IN {_LIVE} OR t.charge_pence > 0)
    UNION ALL SELECT 'netted though nobody allowed it', b.id::text FROM booking b
      LEFT JOIN in_house_exception e ON e.id = b.exception_id AND e.state = 'approved' AND e.person_id = b.person_id
       AND e.fund_id = b.fund_id AND e.activity_session_id = b.activity_session_id
     WHERE (b.payment = 'netted') <> (e.id IS NOT NULL)
        OR b.payment = 'netted' AND EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id)
    UNION ALL SELECT 'more one-off sessions than are allowed', b.person_id::text FROM booking b
      LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE b.payment = 'netted' AND (b.state <> 'cancelled' OR t.id IS NOT NULL)
     GROUP BY b.person_id HAVING count(*) > 1
    UNION ALL SELECT 'taken off another amount than was charged', f.id::text FROM fund f
     WHERE (SELECT coalesce(sum(e.amount_pence), 0) FROM journal j
              JOIN entry e ON e.journal_id = j.id AND e.account = 'promised'
              LEFT JOIN journal r ON r.id = j.reverses_id
             WHERE j.fund_id = f.id AND coalesce(r.kind, j.kind) = 'netting')
        <> (SELECT coalesce(sum(t.charge_pence), 0) FROM attendance t JOIN booking b ON b.id = t.booking_id
             WHERE b.fund_id = f.id AND b.payment = 'netted')
    UNION ALL SELECT 'moved without being asked', w.id::text FROM in_house_transition w
     WHERE w.state IN ('consulted', 'agreed', 'moved')
       AND NOT EXISTS (SELECT 1 FROM consultation c WHERE c.transition_id = w.id)
    UNION ALL SELECT 'given back for no move', b.id::text FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE b.cancelled_because = 'moved_off_in_house' AND (t.id IS NOT NULL OR b.route <> 'council_managed'
        OR NOT EXISTS (SELECT 1 FROM in_house_transition w WHERE w.person_id = b.person_id
                          AND w.provider_id = b.provider_id AND w.state = 'moved' AND w.move_from <= b.service_on))
    UNION ALL SELECT 'dearer than anybody agreed to', r.id::text FROM rate r
     WHERE r.price_pence > (SELECT price_pence FROM rate f WHERE f.activity_id = r.activity_id AND f.ratio = r.ratio
                             ORDER BY f.starts_on LIMIT 1)
       AND NOT EXISTS (SELECT 1 FROM price_uplift u JOIN price_uplift_decision d ON d.uplift_id = u.id
                        WHERE u.activity_id = r.activity_id AND u.ratio = r.ratio AND u.state = 'approved'
                          AND d.verdict = 'approved' AND u.price_pence >= r.price_pence
                          AND u.rate_starts_on <= r.starts_on)
    UNION ALL SELECT 'two dates at one time', a.id::text FROM activity_session a JOIN activity_session b
        ON b.activity_id = a.activity_id AND b.starts_at = a.starts_at AND b.id > a.id AND b.state = 'scheduled'
     WHERE a.state = 'scheduled'
    UNION ALL SELECT 'told twice of one change', n.recipient || ' ' || (e ->> 'key')
      FROM sent_notice n CROSS JOIN LATERAL jsonb_array_elements(CASE jsonb_typeof(n.event) WHEN 'array' THEN n.event
           WHEN 'object' THEN jsonb_build_array(n.event) ELSE '[]' END) e
     WHERE e ->> 'key' LIKE 'booking-%'
     GROUP BY n.recipient, e ->> 'key', e ->> 'sequence' HAVING count(*) > 1
    UNION ALL SELECT 'one loss, two answers', new_booking_id::text FROM reprovision_item
     WHERE new_booking_id IS NOT NULL GROUP BY new_booking_id HAVING count(*) > 1
"""
# What must not be of bookings ($1) that were made a moment ago: later, prices and decisions may be others.
_WRONG_AT_FIRST = """
    SELECT 'not at the price of its day' AS what, b.id::text AS which FROM booking b
      JOIN activity_session s ON s.id = b.activity_session_id
     WHERE b.id = ANY ($1) AND b.support_group_id IS NULL AND b.price_pence - b.transport_pence
           IS DISTINCT FROM activity_price_on(s.activity_id, s.service_on, session_minutes(s.starts_at, s.ends_at))
    UNION ALL SELECT 'with a relative', b.id::text FROM booking b
     WHERE b.id = ANY ($1) AND b.route = 'direct_payment' AND b.price_pence > 0
       AND relative_bars(b.person_id, b.provider_id, b.service_on)
"""
# All that a refusal must leave as it was.
_STATE = """
    SELECT json_build_object(
        'bookings', (SELECT json_object_agg(b.id, ARRAY[b.state, t.outcome, t.charge_pence::text, t.disputed::text])
                       FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id),
        'prices', (SELECT json_object_agg(id, ARRAY[price_pence, transport_pence, notice_hours, charge_percent])
                     FROM booking),
        'dates', (SELECT json_object_agg(id, ARRAY[state, starts_at::text, capacity::text, places_taken::text,
                     places_offered::text]) FROM activity_session),
        'lines', (SELECT json_object_agg(id, state) FROM waitlist_entry),
        'checks', (SELECT json_object_agg(booking_id, state) FROM attendance_check),
        'cards', (SELECT json_object_agg(id, ARRAY[state, (checkout_url IS NOT NULL)::text, refunded_pence::text])
                    FROM card_payment),
        'pauses', (SELECT json_object_agg(id, coalesce(ends_on::text, 'on')) FROM pause),
        'stops', (SELECT json_object_agg(id, state) FROM suspension),
        'losses', (SELECT json_object_agg(id, state) FROM reprovision_item),
        'ways_off', (SELECT json_object_agg(id, state) FROM in_house_transition),
        'one_offs', (SELECT json_object_agg(id, state) FROM in_house_exception),
        'relatives', (SELECT json_object_agg(id, ARRAY[CASE WHEN ended_on IS NULL THEN 'standing' ELSE 'ended' END,
                         (SELECT count(*) FROM relative_decision d WHERE d.relative_id = r.id)::text])
                        FROM close_relative r),
        'uplifts', (SELECT json_object_agg(id, state) FROM price_uplift),
        'rates', (SELECT json_object_agg(id, ARRAY[starts_on::text, price_pence::text]) FROM rate),
        'invoices', (SELECT json_object_agg(id, state) FROM invoice),
        'bills', (SELECT json_object_agg(id, state) FROM fund_liability),
        'rules', (SELECT json_object_agg(id, ARRAY[rule, starts_on::text, ends_on::text, start_time::text,
                     minutes::text, capacity::text, made_until::text]) FROM timetable),
        'untold', (SELECT count(*) FROM booking_news WHERE told_at IS NULL),
        'told', (SELECT count(*) FROM sent_notice), 'claims', (SELECT count(*) FROM claim),
        'entries', (SELECT count(*) FROM entry), 'series', (SELECT count(*) FROM series),
        'ends', (SELECT count(*) FROM person_end), 'owners', (SELECT count(*) FROM ownership))::jsonb::text
"""


async def what_is_wrong() -> list[tuple[str, str]]:
    """Everything that must not be, by name with the row; nothing when all is well."""
    rows = await db.fetch_all(_WRONG, clock.now(), WORKER.pence)
    return [(row["what"], row["which"]) for row in rows]


async def what_is_wrong_at_first(bookings: list[str]) -> list[tuple[str, str]]:
    """The same of bookings that were made in the last step."""
    rows = await db.fetch_all(_WRONG_AT_FIRST, bookings)
    return [(row["what"], row["which"]) for row in rows]


async def as_it_is() -> str:
    """Bookings, places, lines and money as they are."""
    return str(await db.fetch_value(_STATE))
