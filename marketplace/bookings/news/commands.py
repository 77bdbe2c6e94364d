"""Telling person and provider what happened to bookings, and the provider's mark that they saw it."""

from uuid import UUID

import msgspec

from isf.notices import ToPerson, ToProvider, tell_people, tell_providers
from marketplace.bookings.news.rules import Happened, to_person, to_provider
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from providers.access import own_provider

# The newest that happened to each booking; what happened between two runs is told once, as it stands now.
_WAITING = """
    WITH taken AS (
        SELECT id, booking_id, kind, was_at, happened_at FROM booking_news WHERE told_at IS NULL
         ORDER BY happened_at LIMIT $1 FOR UPDATE SKIP LOCKED),
    told AS (UPDATE booking_news n SET told_at = $2 FROM taken t WHERE n.id = t.id)
    SELECT DISTINCT ON (t.booking_id) t.id, t.kind, t.was_at, b.id AS booking_id, b.reference, b.person_id,
           b.provider_id, a.title, pr.name AS provider_name, concat_ws(', ', v.name, nullif(v.town, '')) AS place,
           b.starts_at, b.ends_at, b.cancelled_because, b.cancelled_words, b.ratio, b.transport_pence,
           coalesce(x.charge_pence, 0) AS charge_pence,
           (SELECT count(*) FROM booking_news e WHERE e.booking_id = b.id AND e.told_at IS NOT NULL) AS sequence,
           CASE WHEN t.kind = 'booked' THEN (SELECT g.organisation_id FROM role_grant g
                 WHERE g.user_id = b.booked_by AND g.organisation_id IS NOT NULL LIMIT 1) END AS booked_for,
           coalesce(communication_line(b.person_id), '') AS communication
      FROM taken t JOIN booking b ON b.id = t.booking_id JOIN provider pr ON pr.id = b.provider_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id) LEFT JOIN attendance x ON x.booking_id = b.id
     ORDER BY t.booking_id, t.happened_at DESC
"""


async def tell_what_happened(most: int = 500) -> int:
    """For the job: tell of what happened to bookings; answers of how many. Any number takes the same few statements,
    and two processes never tell of the same. An organisation that booked knows it already."""
    async with db.unit_of_work():
        rows = await db.fetch_all(_WAITING, most, clock.now())
        news = [msgspec.convert(row, Happened) for row in rows]
        await tell_people([ToPerson(each.person_id, to_person(each), None, each.booked_for) for each in news])
        await tell_providers(
            [
                ToProvider(each.provider_id, to_provider(each), each.person_id, each.communication)
                for each in news
                if not each.by_provider
            ]
        )
    return len(news)


async def mark_seen(actor: Actor, news_ids: list[UUID] | None = None) -> int:
    """The provider has seen these, or with None all that happened so far; answers how many were new."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    rows = await db.fetch_all(
        "UPDATE booking_news SET seen_at = $2 WHERE provider_id = $1 AND seen_at IS NULL"
        "   AND ($3::uuid[] IS NULL OR id = ANY ($3)) RETURNING id",
        provider_id,
        clock.now(),
        news_ids,
    )
    return len(rows)
