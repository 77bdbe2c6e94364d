"""What must be true of all bookings and all money at every moment, read in two statements."""

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
      JOIN claim c ON c.booking_id = t.booking_id WHERE t.disputed
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
              WHERE b.fund_id = f.id AND b.state IN {_UNRECORDED})
        OR a.owed_or_paid <> l.paid + (SELECT coalesce(sum(t.charge_pence), 0) FROM attendance t
              JOIN booking b ON b.id = t.booking_id WHERE b.fund_id = f.id AND b.payment = 'invoice')
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
        'entries', (SELECT count(*) FROM entry),
        'others', ARRAY[(SELECT count(*) FROM pause), (SELECT count(*) FROM person_end), (SELECT count(*) FROM series),
                        (SELECT count(*) FROM suspension WHERE state = 'open'), (SELECT count(*) FROM invoice),
                        (SELECT count(*) FROM invoice WHERE state = 'paid')])::jsonb::text
"""


async def what_is_wrong() -> list[tuple[str, str]]:
    """Everything that must not be, by name with the row; nothing when all is well."""
    rows = await db.fetch_all(_WRONG, clock.now(), WORKER.pence)
    return [(row["what"], row["which"]) for row in rows]


async def as_it_is() -> str:
    """Bookings, places, lines and money as they are."""
    return str(await db.fetch_value(_STATE))


async def look() -> tuple[list[tuple[str, str]], str]:
    """Both: what is wrong, and all as it is."""
    return await what_is_wrong(), await as_it_is()
