"""A fund's books when it ends: what stands in them, read with the fund locked."""

from uuid import UUID

from isf.agreements.exits.rules import Purse
from marketplace.kernel import db
from marketplace.kernel.money import Money

PURSE_COLUMNS = """
    max(a.balance_pence) FILTER (WHERE a.kind = 'available') AS available,
    max(a.balance_pence) FILTER (WHERE a.kind = 'committed') AS committed,
    max(a.balance_pence) FILTER (WHERE a.kind = 'payable') AS payable,
    max(a.balance_pence) FILTER (WHERE a.kind = 'promised') AS promised,
    -max(a.balance_pence) FILTER (WHERE a.kind = 'top_up') AS own,
    -max(a.balance_pence) FILTER (WHERE a.kind = 'contribution') AS contributed,
    (SELECT coalesce(sum(l.amount_pence), 0)::bigint FROM fund_liability l
      WHERE l.fund_id = f.id AND l.state = 'open') AS set_aside
"""
# What the person's part comes to for the days that the fund had; what the council collects itself never came here.
CONTRIBUTION_DUE = """
    (SELECT coalesce(sum(s.contribution_pence), 0)::bigint FROM fund_share s WHERE s.fund_id = f.id)
"""


async def purse_of(fund_id: UUID) -> Purse:
    """What stands in the books of a fund now."""
    row = await db.fetch_one(
        f"SELECT f.route, {PURSE_COLUMNS}, {CONTRIBUTION_DUE} AS contribution_due"
        "  FROM fund f JOIN account a ON a.fund_id = f.id WHERE f.id = $1 GROUP BY f.id",
        fund_id,
    )
    assert row is not None  # noqa: S101 - a fund has its accounts
    return purse(row)


def purse(row: db.Row) -> Purse:
    """A purse from a row with PURSE_COLUMNS and `contribution_due`."""
    return Purse(
        available=Money(row["available"]),
        committed=Money(row["committed"]),
        payable=Money(row["payable"]),
        promised=Money(row["promised"]),
        own=Money(row["own"]),
        contribution_over=Money(max(row["contributed"] - row["contribution_due"], 0)),
        set_aside=Money(row["set_aside"]),
    )


async def too_early(fund_id: UUID) -> Money:
    """What was paid in for days after the end: above what was agreed, with what the books still have to take back."""
    pence: int = await db.fetch_value(
        "SELECT greatest(a.balance_pence + (SELECT coalesce(sum(o.still_to_take_pence), 0) FROM over_commitment o"
        "         WHERE o.fund_id = $1 AND o.state = 'open'), 0)::bigint"
        "  FROM account a WHERE a.fund_id = $1 AND a.kind = 'promised'",
        fund_id,
    )
    return Money(pence)
