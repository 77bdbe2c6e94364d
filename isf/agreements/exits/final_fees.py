"""The last fee of a fund: exact to its last day, on what stayed in it, and never out of the person's own money."""

from datetime import date
from uuid import UUID

from isf.agreements.fees.commands import let_go, paid_in, take_fees_of, take_one
from isf.agreements.fees.rules import fee_amount, fixed_by, part_of
from isf.agreements.records import fee_of
from isf.agreements.rules import Fee, FeeKind
from isf.ledger import commands as ledger
from isf.rules import last_day
from marketplace.kernel import audit, db, formats
from marketplace.kernel.money import ZERO, Money


async def settle_fees(who: audit.Who, fund_id: UUID, ends_on: date, early: Money) -> None:
    """Take what is due up to the end, give back what was taken for days after it or for money that goes back.

    `early` is what was paid in for days after the end. A fee for which too little is left is let go, in words. Joins
    the open unit of work, in which the fund is locked.
    """
    await take_fees_of(who, fund_id)
    agreements = await db.fetch_all(
        "SELECT id, fund_id, starts_on, ends_on, fee_kind, fee_basis_points, fee_pence, fee_vat_basis_points"
        "  FROM agreement WHERE fund_id = $1 AND signed_at IS NOT NULL AND fee_kind <> 'none' ORDER BY version DESC",
        fund_id,
    )
    for agreement in agreements:
        await _cut(who, agreement, ends_on)
        if early and agreement is agreements[0] and fee_of(agreement).kind is FeeKind.PERCENT:
            await _lower_for(who, agreement, ends_on, early)
    await _last_try(who, fund_id, ends_on)


async def _rows(agreement: db.Row) -> list[db.Row]:
    return await db.fetch_all(
        "SELECT id, agreement_id, fund_id, starts_on, ends_on, net_pence, vat_pence, gross_pence, state FROM holder_fee"
        " WHERE agreement_id = $1 AND state <> 'let_go' ORDER BY starts_on DESC",
        agreement["id"],
    )


async def _cut(who: audit.Who, agreement: db.Row, ends_on: date) -> None:
    """Give back what was reckoned for days after the end (somebody died, and it was told later)."""
    fee = fee_of(agreement)
    for row in await _rows(agreement):
        if row["starts_on"] >= ends_on:
            await _give_back(who, row)
            await let_go(
                who, row["id"], f"Not taken: the fund ended on {formats.full_date(last_day(ends_on))}."
            )
        elif row["ends_on"] > ends_on:
            net = await _net_until(agreement, fee, row, ends_on)
            await db.execute("UPDATE holder_fee SET ends_on = $2 WHERE id = $1", row["id"], ends_on)
            await _lower(who, {**row, "ends_on": ends_on}, fee, net)


async def _net_until(agreement: db.Row, fee: Fee, row: db.Row, ends_on: date) -> Money:
    if fee.kind is not FeeKind.PERCENT:
        begun = agreement["starts_on"]
        return fixed_by(fee, begun, ends_on) - fixed_by(fee, begun, row["starts_on"])
    before = part_of(fee, await paid_in(row["fund_id"], agreement["starts_on"], row["starts_on"]))
    return max(part_of(fee, await paid_in(row["fund_id"], agreement["starts_on"], ends_on)) - before, ZERO)


async def _lower_for(who: audit.Who, agreement: db.Row, ends_on: date, early: Money) -> None:
    """No part is taken of money that goes back unused because its days never came."""
    fee = fee_of(agreement)
    rows = await _rows(agreement)
    base = await paid_in(agreement["fund_id"], agreement["starts_on"], ends_on)
    over = Money(sum(row["net_pence"] for row in rows)) - part_of(fee, base - early)
    for row in rows:
        if over.pence <= 0:
            return
        less = min(over, Money(row["net_pence"]))
        over -= less
        if less:
            await _lower(who, row, fee, Money(row["net_pence"]) - less)


async def _lower(who: audit.Who, row: db.Row, fee: Fee, net: Money) -> None:
    await _give_back(who, row)
    amount = fee_amount(net, fee.vat_basis_points)
    await db.execute(
        "UPDATE holder_fee SET net_pence = $2, vat_pence = $3, gross_pence = $4, state = 'due', settled_at = NULL"
        " WHERE id = $1",
        row["id"],
        amount.net.pence,
        amount.vat.pence,
        amount.gross.pence,
    )


async def _give_back(who: audit.Who, row: db.Row) -> None:
    """Reverse the journal of a fee that was taken."""
    if row["state"] != "taken" or not row["gross_pence"]:
        return
    journal_id = await db.fetch_value(
        "SELECT j.id FROM journal j WHERE j.fund_id = $1 AND j.kind = 'fee' AND j.reference LIKE $2"
        " AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)",
        row["fund_id"],
        f"fee:{row['agreement_id']}:{row['starts_on']}:%",
    )
    if journal_id is not None:
        await ledger.reverse(who, journal_id, "The fund ended")


async def _last_try(who: audit.Who, fund_id: UUID, ends_on: date) -> None:
    """What is still due is taken out of what is left beside the person's own money, or let go."""
    for row in await db.fetch_all(
        "SELECT id, agreement_id, fund_id, starts_on, ends_on, net_pence, vat_pence, gross_pence FROM holder_fee"
        " WHERE fund_id = $1 AND state = 'due' ORDER BY starts_on",
        fund_id,
    ):
        left = await db.fetch_value(
            "SELECT sum(balance_pence) FROM account WHERE fund_id = $1 AND kind IN ('available', 'top_up')",
            fund_id,
        )
        if row["gross_pence"] <= left:
            await take_one(who, row)
        else:
            ended = formats.full_date(last_day(ends_on))
            words = f"Not taken: the fund ended on {ended} with less left than the fee."
            await let_go(who, row["id"], words)
