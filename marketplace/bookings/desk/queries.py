"""A desk: its people a page at a time, their funds, and the line of each; a fixed few statements for any number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from isf import queries as isf_queries
from isf.burn import Burn
from isf.queries import FundMoney
from marketplace.bookings.desk.rules import ENDS_SOON, Facts, Kind, Line, Order, Sort, month_end
from marketplace.bookings.desk.statement import desk_sql
from marketplace.bookings.week.queries import bounds
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db
from marketplace.kernel.clock import week_of
from marketplace.kernel.routes_of_money import Route

PAGE_SIZE = 25
MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to see of their desk: the address, as values. `show` None: everybody."""

    show: Kind | None = None
    search: str = ""
    sort: Sort = Sort.DUE
    order: Order = Order.UP
    page: int = 1
    page_size: int = PAGE_SIZE

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of the address that differ from how a desk is first shown; the page is left to the caller."""
        return {
            "show": self.show,
            "search": self.search,
            "sort": self.sort if self.sort is not Sort.DUE else None,
            "order": self.order if self.order is not Order.UP else None,
        }


@dataclass(frozen=True, slots=True)
class Desk:
    """One page of a desk. `counts` and `everybody` are of the whole desk, `total` of what was asked for."""

    lines: Sequence[Line]
    counts: Mapping[Kind, int]
    everybody: int
    total: int


@dataclass(frozen=True, slots=True)
class Money:
    """The running funds of the people on a page, and how the money of each goes with time."""

    funds: Mapping[UUID, Sequence[FundMoney]]
    burns: Mapping[UUID, Burn]


async def desk(actor: Actor, asked: Asked) -> Desk:
    """The people for whom the actor, or the actor's organisation, has an authority today; for council staff, who see
    every person of their council, all of those. One statement."""
    require(actor, Permission.PERSON_SEE)
    async with db.unit_of_work():
        # PostgreSQL would keep one plan for every desk after the fifth; planned for the days and the holder at hand,
        # this statement takes a third of the time.
        await db.execute("SET LOCAL plan_cache_mode = force_custom_plan")
        rows = await db.fetch_all(
            desk_sql(asked.sort, asked.order),
            *_parameters(actor),
            asked.show,
            _pattern(asked.search),
            asked.page_size,
            (asked.page - 1) * asked.page_size,
        )
    counts = msgspec.json.decode(rows[0]["counts"] or "{}")
    lines = [_line(row) for row in rows if row["id"] is not None]
    return Desk(
        lines=lines,
        counts={kind: counts.get(kind, 0) for kind in Kind},
        everybody=rows[0]["everybody"],
        total=rows[0]["total"] or 0,
    )


async def whole_desk(actor: Actor, asked: Asked) -> Desk:
    """Everybody who is asked for, on one page; to be exported."""
    return await desk(actor, Asked(asked.show, asked.search, asked.sort, asked.order, 1, MOST_ROWS))


async def money_of(actor: Actor, person_ids: Sequence[UUID]) -> Money:
    """The funds of the people on a page and their burn-downs; three statements. Money that only the council spends is
    left out for everybody else."""
    funds = await isf_queries.running_funds(actor, person_ids)
    if actor.council_id is None:
        funds = {
            person_id: [fund for fund in each if fund.route is not Route.COUNCIL_MANAGED]
            for person_id, each in funds.items()
        }
    return Money(funds, await isf_queries.burn_downs([fund for each in funds.values() for fund in each]))


def _parameters(actor: Actor) -> list[object]:
    today = clock.today()
    pays = Permission.INVOICE_SEE in actor.permissions
    sees_all = Scope.SEE in council_scopes_of(actor.roles)
    return [
        actor.user_id,
        actor.organisation_id,
        today,
        actor.council_id if sees_all else None,
        *bounds(week_of(today)),
        month_end(today),
        clock.now(),
        today + ENDS_SOON,
        actor.organisation_id if pays else None,
        actor.user_id if pays else None,
    ]


def _pattern(search: str) -> str | None:
    wanted = search.strip()
    if not wanted:
        return None
    return "%" + wanted.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"


def _line(row: db.Row) -> Line:
    pairs = zip(row["kinds"] or (), row["dues"] or (), strict=True)
    return Line(
        id=row["id"],
        reference=row["reference"],
        name=row["name"],
        facts=Facts(**{name: row[name] for name in Facts.__dataclass_fields__}),
        due=[(Kind(kind), due) for kind, due in pairs],
    )
