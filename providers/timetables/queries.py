"""Reads about dates."""

from datetime import datetime
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from providers.offers.queries import activity, own_activity


async def sessions_of(
    actor: Actor | None, activity_id: UUID, *, after: datetime | None = None, most: int = 8, skip: int = 0
) -> list[db.Row]:
    """The next dates of an activity that are on, with places left and the price on each day.

    Raises NotFound when the actor may not see the activity.
    """
    await activity(actor, activity_id)
    return await db.fetch_all(
        "SELECT s.id, s.starts_at, s.ends_at, s.service_on, s.capacity,"
        " s.capacity - s.places_taken - s.places_offered AS places_left, s.places_taken, s.owner_council_id,"
        " activity_price_on(s.activity_id, s.service_on, session_minutes(s.starts_at, s.ends_at)) AS price_pence"
        " FROM activity_session s"
        " WHERE s.activity_id = $1 AND s.state = 'scheduled' AND s.starts_at > $2 ORDER BY s.starts_at, s.id"
        " LIMIT $3 OFFSET $4",
        activity_id,
        after or clock.now(),
        most,
        skip,
    )


async def timetables_of(actor: Actor, activity_id: UUID) -> list[db.Row]:
    """The timetables of the actor's own activity, the latest first, with dates to come and places booked.

    Raises Forbidden or NotFound.
    """
    await own_activity(actor, activity_id)
    return await db.fetch_all(
        "SELECT t.*, coalesce(c.dates, 0) AS dates, coalesce(c.booked, 0) AS booked FROM timetable t"
        " LEFT JOIN LATERAL (SELECT count(*) AS dates, sum(places_taken) AS booked FROM activity_session"
        "   WHERE timetable_id = t.id AND state = 'scheduled' AND starts_at > $2) c ON true"
        " WHERE t.activity_id = $1 ORDER BY t.starts_on DESC, t.created_at DESC",
        activity_id,
        clock.now(),
    )


async def count_sessions(activity_id: UUID) -> int:
    """How many dates to come an activity has; whether it may be seen is asked before."""
    counted: int = await db.fetch_value(
        "SELECT count(*) FROM activity_session WHERE activity_id = $1 AND state = 'scheduled' AND starts_at > $2",
        activity_id,
        clock.now(),
    )
    return counted
