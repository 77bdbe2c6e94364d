"""Everybody on the actor's desk in one statement, however many they are."""

import msgspec

from marketplace.bookings.desk.rules import Line, month_end
from marketplace.bookings.week.queries import bounds
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.clock import week_of

# $1 user, $2 organisation, $3 today, $4 and $5 the bounds of this week, $6 the last day of the month.
_DESK = """
    WITH mine AS (
        SELECT DISTINCT a.person_id FROM authority a
         WHERE (a.user_id = $1 OR a.organisation_id = $2) AND 'see' = ANY (a.scopes)
           AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3))
    SELECT p.id, p.name, p.communication_needs, coalesce(m.funds, 0) AS funds,
           coalesce(m.amount, 0)::bigint AS amount_pence, coalesce(m.available, 0)::bigint AS left_pence,
           m.starts_on, m.ends_on, coalesce(b.week, 0) AS booked_week, coalesce(b.month, 0) AS booked_month,
           coalesce(i.ideas, 0) AS ideas, i.first_on AS first_idea_on
      FROM mine JOIN person p ON p.id = mine.person_id
      LEFT JOIN LATERAL (
          SELECT count(*) AS funds, sum(f.amount_pence) AS amount, sum(a.balance_pence) AS available,
                 min(f.starts_on) AS starts_on, min(f.ends_on) AS ends_on
            FROM fund f JOIN account a ON a.fund_id = f.id AND a.kind = 'available'
           WHERE f.person_id = p.id AND f.state = 'open' AND f.route <> 'council_managed'
             AND f.starts_on <= $3 AND f.ends_on > $3) m ON true
      LEFT JOIN LATERAL (
          SELECT count(*) FILTER (WHERE b.starts_at >= $4 AND b.starts_at < $5) AS week,
                 count(*) FILTER (WHERE b.service_on BETWEEN $3 AND $6) AS month
            FROM booking b WHERE b.person_id = p.id AND b.state IN ('held', 'confirmed', 'delivered', 'missed')
             AND b.starts_at >= $4) b ON true
      LEFT JOIN LATERAL (
          SELECT count(*) AS ideas, min(s.service_on) AS first_on
            FROM idea i JOIN activity_session s ON s.id = i.activity_session_id
           WHERE i.person_id = p.id AND s.starts_at > $7 AND s.state = 'scheduled' AND NOT EXISTS (
                 SELECT 1 FROM booking b WHERE b.person_id = p.id AND b.activity_session_id = s.id
                    AND b.state IN ('held', 'confirmed', 'delivered', 'missed'))) i ON true
"""


async def lines(actor: Actor) -> list[Line]:
    """The people for whom the actor, or the actor's organisation, has an authority today."""
    require(actor, Permission.PERSON_SEE)
    today = clock.today()
    rows = await db.fetch_all(
        _DESK,
        actor.user_id,
        actor.organisation_id,
        today,
        *bounds(week_of(today)),
        month_end(today),
        clock.now(),
    )
    return [msgspec.convert(row, Line) for row in rows]
