"""The burn-down of funds, as the ledger and the shares of the budget have it now (row B9)."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from isf.burn import Burn, Course, burn_down
from isf.ledger.queries import require_fund
from isf.ledger.rules import SPENT
from isf.queries.funds import FundMoney
from isf.rules import Spread
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money


async def burn_down_of(actor: Actor, fund: FundMoney) -> Burn:
    """A fund over its whole time. Raises NotFound when its person is not the actor's to see."""
    await require_fund(actor, fund.id)
    return (await burn_downs([fund]))[fund.id]


async def burn_downs(funds: Sequence[FundMoney]) -> dict[UUID, Burn]:
    """Several funds over their whole time, in two statements; whoever read the funds was allowed to see them."""
    ids = [fund.id for fund in funds]
    spent = await _spent_by_day(ids)
    plans = await _plans(ids)
    today = clock.today()
    return {
        fund.id: burn_down(course_of(fund, plans.get(fund.id, []), spent.get(fund.id, {})), today)
        for fund in funds
    }


def course_of(fund: FundMoney, plan: Sequence[Spread], spent: Mapping[date, int]) -> Course:
    """What a fund's burn-down is drawn from."""
    return Course(
        plan=plan,
        spent=spent,
        whole=Money(fund.whole_pence),
        starts_on=fund.starts_on,
        ends_on=fund.ends_on,
        margin_percent=fund.margin_percent,
        locked=fund.locked,
    )


async def _spent_by_day(fund_ids: Sequence[UUID]) -> dict[UUID, dict[date, int]]:
    rows = await db.fetch_all(
        "SELECT j.fund_id, j.occurred_on, sum(e.amount_pence)::bigint AS pence"
        "  FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = ANY ($2::text[])"
        " WHERE j.fund_id = ANY ($1) GROUP BY 1, 2 HAVING sum(e.amount_pence) <> 0 ORDER BY 1, 2",
        list(fund_ids),
        [str(account) for account in SPENT],
    )
    found: dict[UUID, dict[date, int]] = {}
    for row in rows:
        found.setdefault(row["fund_id"], {})[row["occurred_on"]] = row["pence"]
    return found


async def _plans(fund_ids: Sequence[UUID]) -> dict[UUID, list[Spread]]:
    """The council's and the person's part of each share: each has its own weekly amount, or none."""
    rows = await db.fetch_all(
        "SELECT fund_id, starts_on, ends_on, council_share_pence, council_weekly_pence, contribution_pence,"
        "       contribution_weekly_pence FROM fund_share WHERE fund_id = ANY ($1) ORDER BY fund_id, starts_on",
        list(fund_ids),
    )
    found: dict[UUID, list[Spread]] = {}
    for row in rows:
        for part in ("council_share", "contribution"):
            weekly = row[f"{part.removesuffix('_share')}_weekly_pence"]
            found.setdefault(row["fund_id"], []).append(
                Spread(
                    Money(row[f"{part}_pence"]),
                    row["starts_on"],
                    row["ends_on"],
                    None if weekly is None else Money(weekly),
                )
            )
    return found
