"""Reads about the end of funds: one fund's, what would happen, and all that are on their way."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.agreements.exits.books import CONTRIBUTION_DUE, PURSE_COLUMNS, purse, purse_of
from isf.agreements.exits.rules import Destination, Division, ExitReason, ExitState, divide, in_the_way
from isf.agreements.queries import signed_agreement
from isf.rules import fund_title, last_day
from marketplace.identity.access import SCOPES_SQL, Actor, record_view, require, require_person
from marketplace.identity.rules import COUNCIL_SCOPES, Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.routes_of_money import Route


class BookingAfter(msgspec.Struct, frozen=True, kw_only=True):
    """A booking that the end of a fund finds: on or after the day, or not settled yet."""

    id: UUID
    reference: str
    title: str
    provider: str
    service_on: date
    price_pence: int


class ExitView(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a fund, announced or done, in pence."""

    id: UUID
    state: ExitState
    reason: ExitReason
    because: str
    announced_on: date
    ends_on: date
    notice_days: int
    shorter_because: str
    to_fund_id: UUID | None
    taken_back_pence: int
    top_up_back_pence: int
    contribution_back_pence: int
    early_pence: int
    left_pence: int
    completed_at: datetime | None
    announced_by: UUID | None
    announced_name: str
    finished_name: str
    final_statement_id: UUID | None
    """The statement of everything in its books, once it is completed."""

    @property
    def last_day(self) -> date:
        """The fund's last day."""
        return last_day(self.ends_on)


class EndingFund(msgspec.Struct, frozen=True, kw_only=True):
    """A fund as the page of its end shows it. `others` are funds of the person that can take over: id and title."""

    id: UUID
    person_id: UUID
    person_name: str
    called: str
    route: Route
    holder: str
    council_id: UUID
    council_name: str
    starts_on: date
    ends_on: date
    open: bool
    notice_days: int
    others: dict[UUID, str]
    exit: ExitView | None
    in_the_way: list[str]
    division: Division | None
    bookings: list[BookingAfter]

    @property
    def title(self) -> str:
        """What people call it."""
        return fund_title(self.route, self.holder)

    @property
    def last_day(self) -> date:
        """The last day on which it can be used."""
        return last_day(self.ends_on)

    @property
    def destination(self) -> str:
        """Who gets what is left by the announced end."""
        if self.exit is not None and self.exit.to_fund_id is not None:
            return self.others.get(self.exit.to_fund_id, "the next holder")
        return self.council_name


async def ending_fund(actor: Actor, fund_id: UUID) -> EndingFund:
    """A fund with its end as it stands; the view is audited. Raises NotFound."""
    row = await db.fetch_one(
        "SELECT f.id, f.person_id, p.name AS person_name, coalesce(nullif(p.preferred_name, ''), p.name) AS called,"
        "       f.route, coalesce(o.name, u.name) AS holder, f.council_id, c.name AS council_name, f.starts_on,"
        "       f.ends_on, f.state = 'open' AS open"
        "  FROM fund f JOIN person p ON p.id = f.person_id JOIN organisation c ON c.id = f.council_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE f.id = $1",
        fund_id,
    )
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "fund", fund_id)
    agreement = await signed_agreement(fund_id, clock.today())
    exit_view = await _exit(fund_id)
    now = await purse_of(fund_id)
    told = in_the_way(now)
    to_next = exit_view is not None and exit_view.to_fund_id is not None
    return EndingFund(
        **{**row, "route": Route(row["route"])},
        notice_days=agreement.notice_days if agreement is not None else 0,
        others=await _others(row["person_id"], fund_id),
        exit=exit_view,
        in_the_way=told,
        division=None if told else divide(now, Destination.NEXT_FUND if to_next else Destination.COUNCIL),
        bookings=await bookings_in_the_way(fund_id, exit_view.ends_on if exit_view else row["ends_on"]),
    )


async def _exit(fund_id: UUID) -> ExitView | None:
    row = await db.fetch_one(
        "SELECT x.id, x.state, x.reason, x.because, x.announced_on, x.ends_on, x.notice_days, x.shorter_because,"
        "       x.to_fund_id, x.taken_back_pence, x.top_up_back_pence, x.contribution_back_pence, x.early_pence,"
        "       x.left_pence, x.completed_at, x.announced_by, coalesce(a.name, '') AS announced_name,"
        "       coalesce(b.name, '') AS finished_name, (SELECT s.id FROM statement s WHERE s.fund_id = x.fund_id"
        "           AND s.kind = 'final' ORDER BY s.number DESC LIMIT 1) AS final_statement_id"
        "  FROM fund_exit x LEFT JOIN app_user a ON a.id = x.announced_by"
        "  LEFT JOIN app_user b ON b.id = x.finished_by WHERE x.fund_id = $1",
        fund_id,
    )
    return None if row is None else msgspec.convert(row, ExitView)


async def _others(person_id: UUID, fund_id: UUID) -> dict[UUID, str]:
    rows = await db.fetch_all(
        "SELECT f.id, f.route, coalesce(o.name, u.name) AS holder FROM fund f"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE f.person_id = $1 AND f.id <> $2 AND f.state = 'open'"
        "   AND NOT EXISTS (SELECT 1 FROM fund_exit x WHERE x.fund_id = f.id) ORDER BY f.starts_on DESC, f.id",
        person_id,
        fund_id,
    )
    return {row["id"]: fund_title(Route(row["route"]), row["holder"]) for row in rows}


async def bookings_in_the_way(fund_id: UUID, ends_on: date) -> list[BookingAfter]:
    """What is booked from a day on; before it, what was never told to have happened."""
    rows = await db.fetch_all(
        "SELECT b.id, b.reference, t.title, v.name AS provider, b.service_on, b.price_pence"
        "  FROM booking b JOIN provider v ON v.id = b.provider_id"
        "  JOIN activity_session s ON s.id = b.activity_session_id JOIN activity t ON t.id = s.activity_id"
        " WHERE b.fund_id = $1 AND b.state IN ('held', 'confirmed') AND (b.service_on >= $2 OR b.service_on < $3)"
        " ORDER BY b.starts_at LIMIT 200",
        fund_id,
        ends_on,
        clock.today(),
    )
    return [msgspec.convert(row, BookingAfter) for row in rows]


class OpenExit(msgspec.Struct, frozen=True, kw_only=True):
    """An end on its way, with what is in the way of it."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    person_name: str
    route: Route
    holder: str
    state: ExitState
    ends_on: date
    in_the_way: list[str]

    @property
    def title(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def last_day(self) -> date:
        """The fund's last day."""
        return last_day(self.ends_on)

    @property
    def ready(self) -> bool:
        """Whether its money can go on now."""
        return not self.in_the_way and self.ends_on <= clock.today()


async def open_exits(actor: Actor) -> list[OpenExit]:
    """The ends on their way of the people whom the actor may see, the earliest first. One statement."""
    require(actor, Permission.PERSON_SEE)
    council = actor.council_id if any(role in COUNCIL_SCOPES for role in actor.roles) else None
    rows = await db.fetch_all(
        "SELECT x.id, x.fund_id, x.person_id, p.name AS person_name, f.route, coalesce(o.name, u.name) AS holder,"
        f"      x.state, x.ends_on, {CONTRIBUTION_DUE} AS contribution_due, books.*"
        "  FROM fund_exit x JOIN fund f ON f.id = x.fund_id JOIN person p ON p.id = x.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        f" CROSS JOIN LATERAL (SELECT {PURSE_COLUMNS} FROM account a WHERE a.fund_id = f.id) books"
        f" WHERE x.state <> 'completed' AND (x.council_id = $4 OR 'see' IN ({SCOPES_SQL}))"
        " ORDER BY x.ends_on, x.id LIMIT 500",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        council,
    )
    names = ("id", "fund_id", "person_id", "person_name", "route", "holder", "state", "ends_on")
    return [
        msgspec.convert(
            {**{name: row[name] for name in names}, "in_the_way": in_the_way(purse(row))}, OpenExit
        )
        for row in rows
    ]
