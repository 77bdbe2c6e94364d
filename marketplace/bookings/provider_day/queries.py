"""What waits at a provider, what happened to its bookings, and its week: a statement each, however many rows."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from marketplace.bookings.news.rules import NewsKind
from marketplace.bookings.register.queries import SessionLine, sessions_between, week_ahead
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from providers.access import own_provider

PAGE_SIZE = 50
APPROVAL_ENDS_WITHIN = timedelta(days=60)

# $1 provider, $2 today, $3 the day to which an approval that ends is told, $4 the last day of the week ahead.
_COUNTS = """
    SELECT (SELECT count(DISTINCT b.activity_session_id) FROM booking b
             WHERE b.provider_id = $1 AND b.state = 'confirmed' AND b.service_on < $2) AS registers,
           (SELECT count(*) FROM attendance t JOIN attendance_check c ON c.booking_id = t.booking_id
              JOIN booking b ON b.id = t.booking_id
             WHERE b.provider_id = $1 AND c.state = 'disputed') AS disputes,
           (SELECT count(*) FROM booking_news WHERE provider_id = $1 AND seen_at IS NULL) AS news,
           (SELECT count(*) FROM activity_question WHERE provider_id = $1 AND answered_at IS NULL) AS questions,
           (SELECT count(DISTINCT w.activity_session_id) FROM waitlist_entry w
              JOIN activity_session s ON s.id = w.activity_session_id
             WHERE s.provider_id = $1 AND w.state IN ('waiting', 'offered') AND s.service_on >= $2) AS waiting,
           (SELECT count(*) FROM support_group g JOIN activity_session s ON s.id = g.activity_session_id
             WHERE s.provider_id = $1 AND s.state = 'scheduled' AND s.service_on BETWEEN $2 AND $4
               AND (SELECT count(*) FROM booking b WHERE b.support_group_id = g.id
                     AND b.state IN ('held', 'confirmed', 'delivered', 'missed')) BETWEEN 1 AND g.seats - 1) AS groups,
           (SELECT count(*) FROM accreditation WHERE provider_id = $1 AND state = 'accepted' AND expires_on > $2
               AND expires_on <= $3) AS accreditations,
           (SELECT count(*) FROM price_uplift u JOIN activity a ON a.id = u.activity_id
             WHERE a.provider_id = $1 AND u.state = 'proposed') AS uplifts,
           (SELECT count(*) FROM commission WHERE provider_id = $1 AND state IN ('draft', 'returned')) AS applications,
           (SELECT count(*) FROM commission WHERE provider_id = $1 AND state = 'approved' AND starts_on <= $2
               AND ends_on > $2 AND ends_on <= $3) AS approvals
"""


async def counts(actor: Actor) -> Mapping[str, int]:
    """What waits at the actor's provider, by the name of the number. Raises Forbidden, NotFound."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    today = clock.today()
    found = await db.fetch_one(
        _COUNTS, provider_id, today, today + APPROVAL_ENDS_WITHIN, week_ahead(today)[1]
    )
    return dict(found or {})


class NewsLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a booking of the provider."""

    id: UUID
    kind: NewsKind
    booking_id: UUID
    session_id: UUID
    reference: str
    name: str
    title: str
    starts_at: datetime
    ends_at: datetime
    was_at: datetime | None
    happened_at: datetime
    seen_at: datetime | None


class Inbox(msgspec.Struct, frozen=True, kw_only=True):
    """A page of it, the newest first; `fresh` counts what was not seen, whatever is shown."""

    total: int
    fresh: int
    page: int
    items: list[NewsLine]


async def inbox(actor: Actor, kind: NewsKind | None = None, page: int = 1, *, only_new: bool = True) -> Inbox:
    """What was booked, moved and cancelled at the actor's provider; that names were shown is audited."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    rows = await db.fetch_all(
        "SELECT n.id, n.kind, b.id AS booking_id, b.activity_session_id AS session_id, b.reference, p.name, a.title,"
        "       b.starts_at, b.ends_at, n.was_at, n.happened_at, n.seen_at, count(*) OVER () AS total"
        "  FROM booking_news n JOIN booking b ON b.id = n.booking_id JOIN person p ON p.id = b.person_id"
        "  JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " WHERE n.provider_id = $1 AND ($2::text IS NULL OR n.kind = $2) AND (NOT $3 OR n.seen_at IS NULL)"
        " ORDER BY n.happened_at DESC, n.id LIMIT $4 OFFSET $5",
        provider_id,
        str(kind) if kind else None,
        only_new,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    fresh = await db.fetch_value(
        "SELECT count(*) FROM booking_news WHERE provider_id = $1 AND seen_at IS NULL", provider_id
    )
    if rows:
        await audit.record(
            actor,
            "inbox.viewed",
            "provider",
            provider_id,
            after={"bookings": sorted({r["reference"] for r in rows})},
        )
    return Inbox(
        total=rows[0]["total"] if rows else 0,
        fresh=fresh,
        page=page,
        items=[msgspec.convert(row, NewsLine) for row in rows],
    )


class WaitingLine(msgspec.Struct, frozen=True, kw_only=True):
    """A session with a line of people: how many wait, and to how many a free place is offered now."""

    session_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    waiting: int
    offered: int


async def waiting(actor: Actor) -> list[WaitingLine]:
    """The sessions to come for which people wait, earliest first; never who they are. Raises Forbidden, NotFound."""
    rows = await db.fetch_all(
        "SELECT s.id AS session_id, a.title, s.starts_at, s.ends_at, s.capacity,"
        "       count(*) FILTER (WHERE w.state = 'waiting') AS waiting,"
        "       count(*) FILTER (WHERE w.state = 'offered') AS offered"
        "  FROM waitlist_entry w JOIN activity_session s ON s.id = w.activity_session_id"
        "  JOIN activity a ON a.id = s.activity_id"
        " WHERE s.provider_id = $1 AND w.state IN ('waiting', 'offered') AND s.service_on >= $2"
        " GROUP BY s.id, a.title ORDER BY s.starts_at, a.title",
        await own_provider(actor, Permission.ATTENDANCE_RECORD),
        clock.today(),
    )
    return [msgspec.convert(row, WaitingLine) for row in rows]


async def week(actor: Actor, monday: date) -> list[SessionLine]:
    """The sessions of a week at the actor's provider, earliest first. Raises Forbidden, NotFound."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    return await sessions_between(provider_id, monday, monday + timedelta(days=6))
