"""Unused money by fund: one, or all of a council, with as many statements for one as for thousands."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from isf.parameters import Parameter, parameters
from isf.payments.cycles import Schedule
from isf.payments.surplus.rules import (
    LOOK_BACK,
    Course,
    Holding,
    Limit,
    Surplus,
    SurplusState,
    payments_to_come,
    surplus,
)
from isf.rules import Spread, fund_title, last_day
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route


@dataclass(frozen=True, slots=True)
class FundSurplus:
    """A fund with its unused money. Letters need whom to write to; pages show the reference."""

    fund_id: UUID
    person_id: UUID
    person_reference: str
    council_id: UUID
    route: Route
    holder: str
    ends_on: date
    surplus: Surplus

    @property
    def title(self) -> str:
        """`ISF with Harbour`."""
        return fund_title(self.route, self.holder)

    @property
    def last_day(self) -> date:
        """The last day on which it can be used."""
        return last_day(self.ends_on)


_BALANCE = "coalesce(max(a.balance_pence) FILTER (WHERE a.kind = '{0}'), 0)::bigint AS {0}"

# $1 today; what the money is counted by, with the fund's agreement and schedule where it has its own.
_FUNDS = f"""
    SELECT f.id, f.person_id, p.reference, f.council_id, f.route, coalesce(o.name, u.name) AS holder, f.amount_pence,
           f.starts_on, f.ends_on, b.*, g.surplus_times, g.surplus_weeks, s.set_at IS NOT NULL AS own_schedule,
           s.weeks, s.advance_days, g.payment_weeks
      FROM fund f JOIN person p ON p.id = f.person_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
      CROSS JOIN LATERAL (SELECT {
    ", ".join(_BALANCE.format(kind) for kind in ("available", "committed", "payable", "promised", "top_up"))
}
                            FROM account a WHERE a.fund_id = f.id) b
      LEFT JOIN LATERAL (SELECT weeks, advance_days, set_at FROM fund_schedule
                          WHERE fund_id = f.id ORDER BY set_at DESC LIMIT 1) s ON true
      LEFT JOIN LATERAL (SELECT surplus_times, surplus_weeks, payment_weeks FROM agreement a
                          WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL AND a.starts_on <= $1
                            AND (a.ends_on IS NULL OR a.ends_on > $1)
                          ORDER BY a.version DESC LIMIT 1) g ON true
     WHERE f.route IN ('isf', 'direct_payment')
"""  # noqa: S608

_SHARES = """
    SELECT fund_id, council_share_pence, contribution_pence, council_weekly_pence, contribution_weekly_pence,
           starts_on, ends_on FROM fund_share WHERE fund_id = ANY ($1::uuid[])
"""

_SPENT = """
    SELECT j.fund_id, j.occurred_on AS day, sum(e.amount_pence)::bigint AS pence
      FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account IN ('committed', 'payable', 'paid', 'fee')
     WHERE j.fund_id = ANY ($1::uuid[]) AND j.occurred_on > $2 GROUP BY 1, 2 HAVING sum(e.amount_pence) <> 0
"""


async def surplus_of(actor: Actor, fund_id: UUID) -> Surplus | None:
    """How a fund's unused money stands; None where that is not asked (the council's own money, a fund that is over).

    Raises NotFound when its person is not the actor's to see.
    """
    person_id = await db.fetch_value("SELECT person_id FROM fund WHERE id = $1", fund_id)
    if person_id is None:
        raise NotFound
    await require_person(actor, person_id, Scope.SEE)
    today = clock.today()
    rows = await db.fetch_all(
        _FUNDS + " AND f.id = $2 AND f.starts_on <= $1 AND f.ends_on > $1 AND f.state = 'open'",
        today,
        fund_id,
    )
    found = await _with_surplus(rows, today)
    return found[0].surplus if found else None


async def surpluses_of_council(council_id: UUID) -> list[FundSurplus]:
    """Every fund of a council that runs today, those that pass their limit first. For the job and the page."""
    today = clock.today()
    rows = await db.fetch_all(
        _FUNDS + " AND f.council_id = $2 AND f.starts_on <= $1 AND f.ends_on > $1 AND f.state = 'open'",
        today,
        council_id,
    )
    found = await _with_surplus(rows, today)
    return sorted(found, key=lambda each: (each.surplus.passes_on or date.max, each.person_reference))


async def council_surpluses(actor: Actor) -> list[FundSurplus]:
    """The same for the staff who watch a council's money. Needs COUNCIL_WATCH."""
    require(actor, Permission.COUNCIL_WATCH)
    if actor.council_id is None:
        raise NotFound
    return await surpluses_of_council(actor.council_id)


async def _with_surplus(rows: Sequence[db.Row], today: date) -> list[FundSurplus]:
    ids = [row["id"] for row in rows]
    shares: dict[UUID, list[db.Row]] = defaultdict(list)
    for row in await db.fetch_all(_SHARES, ids):
        shares[row["fund_id"]].append(row)
    spent: dict[UUID, dict[date, int]] = defaultdict(dict)
    for row in await db.fetch_all(_SPENT, ids, today - LOOK_BACK):
        spent[row["fund_id"]][row["day"]] = row["pence"]
    councils = {row["council_id"] for row in rows}
    told = {council: await parameters(council, today) for council in councils}
    return [_one(row, shares[row["id"]], spent[row["id"]], told[row["council_id"]], today) for row in rows]


def _one(
    row: db.Row,
    shares: Sequence[db.Row],
    spent: Mapping[date, int],
    figures: Mapping[Parameter, int],
    today: date,
) -> FundSurplus:
    holding = Holding(
        cash=Money(row["available"] + row["committed"] + row["payable"] + row["promised"]),
        booked=Money(row["committed"]),
        payable=Money(row["payable"]),
        top_up=Money(-row["top_up"]),
    )
    spreads = [spread for share in shares for spread in _spreads(share)]
    limit = _limit(row, shares, figures, today)
    if limit is None:
        standing = Surplus(SurplusState.UNSET, holding, Limit(ZERO, 0))
    else:
        course = _course(row, spreads, spent, _schedule(row, figures), today)
        standing = surplus(holding, limit, course, figures.get(Parameter.SURPLUS_WARNING_DAYS, 0))
    return FundSurplus(
        fund_id=row["id"],
        person_id=row["person_id"],
        person_reference=row["reference"],
        council_id=row["council_id"],
        route=Route(row["route"]),
        holder=row["holder"],
        ends_on=row["ends_on"],
        surplus=standing,
    )


def _spreads(share: db.Row) -> list[Spread]:
    def weekly(name: str) -> Money | None:
        return None if share[name] is None else Money(share[name])

    days = (share["starts_on"], share["ends_on"])
    return [
        Spread(Money(share["council_share_pence"]), *days, weekly("council_weekly_pence")),
        Spread(Money(share["contribution_pence"]), *days, weekly("contribution_weekly_pence")),
    ]


def _limit(
    row: db.Row, shares: Sequence[db.Row], figures: Mapping[Parameter, int], today: date
) -> Limit | None:
    """As agreed for the fund, else as the council allows; None when neither says."""
    now = [share for share in shares if share["starts_on"] <= today < share["ends_on"]]
    weekly = total(_weekly(spread) for share in now for spread in _spreads(share))
    if row["surplus_times"] is not None:
        return Limit(weekly, row["surplus_times"], row["surplus_weeks"])
    weeks = figures.get(Parameter.SURPLUS_WEEKS)
    return None if weeks is None else Limit(weekly, weeks)


def _weekly(spread: Spread) -> Money:
    days = (spread.ends_on - spread.starts_on).days
    return spread.weekly or Money((14 * spread.amount.pence // days + 1) // 2)


def _schedule(row: db.Row, figures: Mapping[Parameter, int]) -> Schedule:
    usual = figures.get(Parameter.PAYMENT_CYCLE_WEEKS, 4)
    advance = figures.get(Parameter.PAYMENT_ADVANCE_DAYS, 0)
    if row["own_schedule"]:
        return Schedule(row["weeks"], row["advance_days"])
    return Schedule(row["payment_weeks"] or usual, advance)


def _course(
    row: db.Row, spreads: Sequence[Spread], spent: Mapping[date, int], schedule: Schedule, today: date
) -> Course:
    since = max(row["starts_on"], today - LOOK_BACK + timedelta(days=1))
    paid = Money(row["amount_pence"] + row["promised"])
    return Course(
        today=today,
        ends_on=row["ends_on"],
        payments=payments_to_come(spreads, row["starts_on"], row["ends_on"], schedule, paid, today),
        booked={day: Money(pence) for day, pence in spent.items() if day > today},
        recent=Money(sum(pence for day, pence in spent.items() if since <= day <= today)),
        recent_days=(today - since).days + 1,
    )
