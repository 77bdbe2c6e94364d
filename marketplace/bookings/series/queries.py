"""What a series can ask for, and what became of one, in a number of statements that its dates do not change."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.rules import fund_title
from marketplace.bookings.queries import BARRED_SQL, cancel_charge
from marketplace.bookings.rules import LIVE, BookingState
from marketplace.bookings.series.rules import Busy, Date, SeriesState
from marketplace.bookings.week.rules import Span
from marketplace.identity.access import SCOPES_SQL, Actor, check_scope, scopes_from
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route

_MOST_ASKED = 200


class ActivityLine(msgspec.Struct, frozen=True, kw_only=True):
    """The activity of a series."""

    id: UUID
    title: str
    easy_read: str
    category: str
    provider_name: str
    support_ratio: str
    venue: str | None
    town: str | None


async def activity_of(session_id: UUID) -> ActivityLine:
    """The activity that a session is a date of. Raises NotFound."""
    row = await db.fetch_one(
        "SELECT a.id, a.title, a.easy_read, a.category, a.support_ratio, pr.name AS provider_name, v.name AS venue,"
        "       v.town"
        "  FROM activity_session s JOIN activity a ON a.id = s.activity_id JOIN provider pr ON pr.id = a.provider_id"
        "  LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id) WHERE s.id = $1 AND a.state <> 'draft'",
        session_id,
    )
    if row is None:
        raise NotFound
    return msgspec.convert(row, ActivityLine)


async def dates_to_come(activity_id: UUID) -> list[Date]:
    """The dates of an activity that are not over, earliest first; cancelled ones only where nothing replaced them."""
    rows = await db.fetch_all(
        "SELECT s.id, s.starts_at, s.ends_at, s.service_on FROM activity_session s"
        " WHERE s.activity_id = $1 AND s.ends_at > $2 AND (s.state = 'scheduled' OR NOT EXISTS ("
        "       SELECT 1 FROM activity_session o WHERE o.activity_id = $1 AND o.service_on = s.service_on"
        "          AND o.state = 'scheduled'))"
        " ORDER BY s.starts_at, s.id LIMIT $3",
        activity_id,
        clock.now(),
        _MOST_ASKED,
    )
    return [Date(**row) for row in rows]


async def busy_between(person_id: UUID, first: datetime, last: datetime) -> list[Busy]:
    """When the person has something booked."""
    rows = await db.fetch_all(
        "SELECT b.id, b.activity_session_id, a.title, b.starts_at, b.ends_at FROM booking b"
        "  JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " WHERE b.person_id = $1 AND b.state = ANY ($2) AND b.starts_at < $4 AND b.ends_at > $3",
        person_id,
        sorted(str(state) for state in LIVE),
        first,
        last,
    )
    return [
        Busy(row["id"], row["activity_session_id"], row["title"], Span(row["starts_at"], row["ends_at"]))
        for row in rows
    ]


class DateLine(msgspec.Struct, frozen=True, kw_only=True):
    """One date of a series; `charge_now` is what giving it up now would cost."""

    booking_id: UUID
    activity_session_id: UUID
    reference: str
    state: BookingState
    starts_at: datetime
    ends_at: datetime
    service_on: date
    price_pence: int
    charge_pence: int | None
    charge_now_pence: int

    @property
    def can_go(self) -> bool:
        """Whether it can still be given up."""
        return self.state is BookingState.CONFIRMED and self.starts_at > clock.now()


class LeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """A date that could not be booked with the series, and why."""

    activity_session_id: UUID
    starts_at: datetime
    ends_at: datetime
    code: str
    words: str


class SeriesRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A series with its dates; `scopes` is what the actor may do for the person."""

    id: UUID
    person_id: UUID
    called: str
    fund_id: UUID
    fund: str
    activity_id: UUID
    title: str
    easy_read: str
    category: str
    venue: str | None
    town: str | None
    every_weeks: int | None
    state: SeriesState
    made_at: datetime
    dates: Sequence[DateLine]
    left_out: Sequence[LeftOut]
    scopes: frozenset[Scope]

    def may_cancel(self, actor: Actor) -> bool:
        """Whether the actor may give its dates up."""
        return Scope.BOOK in self.scopes and Permission.BOOK in actor.permissions

    def from_day(self, day: date) -> list[DateLine]:
        """The dates from a day on that can still be given up."""
        return [line for line in self.dates if line.can_go and line.service_on >= day]


_SERIES = f"""
    SELECT e.*, coalesce(nullif(p.preferred_name, ''), p.name) AS called, f.route,
           coalesce(ho.name, hu.name) AS holder, a.title, a.easy_read, a.category, v.name AS venue, v.town,
           p.council_id, ARRAY({SCOPES_SQL})::text[] AS scopes
      FROM series e JOIN person p ON p.id = e.person_id JOIN fund f ON f.id = e.fund_id
      LEFT JOIN organisation ho ON ho.id = f.holder_organisation_id LEFT JOIN app_user hu ON hu.id = f.holder_user_id
      JOIN activity a ON a.id = e.activity_id LEFT JOIN venue v ON v.id = a.venue_id
     WHERE e.id = $4
"""  # noqa: S608 - names, no values
_DATES = f"""
    SELECT b.id AS booking_id, b.activity_session_id, b.reference, b.state, b.starts_at, b.ends_at, b.service_on,
           b.price_pence, b.transport_pence, t.charge_pence, b.notice_hours, b.charge_percent, b.refill_waives_charge,
           {BARRED_SQL}
      FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE b.series_id = $1 ORDER BY b.starts_at, b.id
"""  # noqa: S608 - names, no values
_LEFT_OUT = """
    SELECT o.activity_session_id, s.starts_at, s.ends_at, o.code, o.words
      FROM series_left_out o JOIN activity_session s ON s.id = o.activity_session_id
     WHERE o.series_id = $1 ORDER BY s.starts_at, s.id
"""


async def series(actor: Actor, series_id: UUID) -> SeriesRecord:
    """One series, for those who may see the person. Raises NotFound."""
    row = await db.fetch_one(_SERIES, actor.user_id, actor.organisation_id, clock.today(), series_id)
    scopes = scopes_from(actor, row)
    check_scope(scopes, Scope.SEE)
    assert row is not None  # noqa: S101 - check_scope refuses None
    dates = [_line(each) for each in await db.fetch_all(_DATES, series_id)]
    left_out = [msgspec.convert(each, LeftOut) for each in await db.fetch_all(_LEFT_OUT, series_id)]
    told = row | {
        "fund": fund_title(Route(row["route"]), row["holder"]),
        "dates": dates,
        "left_out": left_out,
        "scopes": scopes,
    }
    return SeriesRecord(
        **{name: told[name] for name in SeriesRecord.__struct_fields__ if name != "state"},
        state=SeriesState(row["state"]),
    )


def _line(row: db.Row) -> DateLine:
    charge = cancel_charge(row) if row["state"] == BookingState.CONFIRMED else ZERO
    told = {**row, "charge_now_pence": charge.pence, "state": BookingState(row["state"])}
    return DateLine(**{name: told[name] for name in DateLine.__struct_fields__})
