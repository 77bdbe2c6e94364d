"""Reads about budgets by version, for everybody who may see the person."""

from datetime import date
from uuid import UUID

import msgspec

from isf.budgets.rules import Standing
from isf.budgets.standing import standing_now, standing_on
from isf.rules import Collection, fund_title, last_day, runs_on
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


class PartLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a version gives to one fund; in pence, for the days and (where it was set so) for a week."""

    fund_id: UUID
    route: Route
    holder: str
    council_share_pence: int
    contribution_pence: int
    council_weekly_pence: int | None
    contribution_weekly_pence: int | None
    starts_on: date
    ends_on: date

    @property
    def title(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def whole_pence(self) -> int:
        """Both together."""
        return self.council_share_pence + self.contribution_pence

    @property
    def weekly_pence(self) -> int | None:
        """Both together for a week; None where it was set for the whole period."""
        if self.council_weekly_pence is None or self.contribution_weekly_pence is None:
            return None
        return self.council_weekly_pence + self.contribution_weekly_pence

    @property
    def last_day(self) -> date:
        """The last day of it."""
        return last_day(self.ends_on)


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a person's budget; `ends_on` is the first day without it."""

    id: UUID
    version: int
    council_share_pence: int
    contribution_pence: int
    collection: Collection
    because: str
    starts_on: date
    ends_on: date
    parts: list[PartLine]

    @property
    def whole_pence(self) -> int:
        """The council's share and the contribution."""
        return self.council_share_pence + self.contribution_pence

    @property
    def weekly_pence(self) -> int | None:
        """For a week, where every part was set by the week."""
        weekly = [part.weekly_pence for part in self.parts]
        return None if None in weekly else sum(pence for pence in weekly if pence is not None)

    @property
    def last_day(self) -> date:
        """The last day of it."""
        return last_day(self.ends_on)

    @property
    def current(self) -> bool:
        """Whether it runs today."""
        return runs_on(self.starts_on, self.ends_on, clock.today())


async def versions_of(actor: Actor, person_id: UUID) -> list[VersionLine]:
    """The versions of a person's budget with their parts, the newest first; the view is audited. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    await record_view(actor, "budget", person_id)
    rows = await db.fetch_all(
        "SELECT b.id, b.version, b.council_share_pence, b.contribution_pence, b.collection, b.because, b.starts_on,"
        "       b.ends_on, coalesce(json_agg(json_build_object('fund_id', s.fund_id, 'route', f.route,"
        "           'holder', coalesce(o.name, u.name), 'council_share_pence', s.council_share_pence,"
        "           'contribution_pence', s.contribution_pence, 'council_weekly_pence', s.council_weekly_pence,"
        "           'contribution_weekly_pence', s.contribution_weekly_pence, 'starts_on', s.starts_on,"
        "           'ends_on', s.ends_on) ORDER BY array_position(ARRAY['isf', 'direct_payment'], f.route::text), f.id)"
        "           FILTER (WHERE s.id IS NOT NULL), '[]') AS parts"
        "  FROM personal_budget b LEFT JOIN fund_share s ON s.budget_id = b.id LEFT JOIN fund f ON f.id = s.fund_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE b.person_id = $1 GROUP BY b.id ORDER BY b.starts_on DESC",
        person_id,
    )
    return [
        msgspec.convert({**row, "parts": msgspec.json.decode(row["parts"], type=list[PartLine])}, VersionLine)
        for row in rows
    ]


async def standing_for(actor: Actor, person_id: UUID, day: date | None = None) -> Standing | None:
    """The version that a change from a day starts from; without a day the one that runs today. Raises NotFound."""
    require(actor, Permission.PERSON_MANAGE)
    await require_person(actor, person_id, Scope.SEE)
    if day is None:
        return await standing_now(person_id, clock.today())
    return await standing_on(person_id, day)


async def titles_of(person_id: UUID) -> dict[UUID, str]:
    """What each of a person's funds is called; part of a page that was allowed already."""
    rows = await db.fetch_all(
        "SELECT f.id, f.route, coalesce(o.name, u.name) AS holder FROM fund f"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE f.person_id = $1",
        person_id,
    )
    return {row["id"]: fund_title(Route(row["route"]), row["holder"]) for row in rows}


async def booked_from(fund_id: UUID, day: date) -> tuple[int, Money]:
    """How many bookings of a fund are not delivered yet from a day on, and what they hold."""
    row = await db.fetch_one(
        "SELECT count(*) AS bookings, coalesce(sum(price_pence), 0)::bigint AS pence FROM booking"
        " WHERE fund_id = $1 AND service_on >= $2 AND state IN ('held', 'confirmed')",
        fund_id,
        day,
    )
    return (0, Money(0)) if row is None else (row["bookings"], Money(row["pence"]))
