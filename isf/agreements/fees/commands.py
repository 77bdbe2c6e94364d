"""Taking the fees that are due: once for each agreement and month, missed months caught up, never beyond what is left.

Every fund is a unit of work of its own; its row is locked first, so that two runs, or a run and an exit, take turns.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from isf.agreements.fees.rules import (
    FeeAmount,
    FeeState,
    fee_of_period,
    periods,
    short_words,
    taken_words,
)
from isf.agreements.records import fee_of
from isf.ledger import commands as ledger
from isf.rules import last_day
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class FeesTaken(NamedTuple):
    """What a run did: fees taken, fees that found too little money, funds that wait for their plan's keys."""

    taken: int = 0
    short: int = 0
    locked: int = 0

    @property
    def words(self) -> str:
        """One line about it."""
        told = f"{self.taken} fees taken"
        if self.short:
            told += f", {self.short} wait because too little money is left"
        if self.locked:
            told += f", {self.locked} funds wait for the keys of their plan"
        return told


# Funds with a month that is over and not reckoned, or a fee that found too little money.
_DUE = """
    SELECT DISTINCT f.id FROM agreement a JOIN fund f ON f.id = a.fund_id
      LEFT JOIN LATERAL (SELECT max(h.ends_on) AS until, bool_or(h.state = 'due') AS due
                           FROM holder_fee h WHERE h.agreement_id = a.id) h ON true
     WHERE a.signed_at IS NOT NULL AND a.fee_kind <> 'none' AND f.state = 'open'
       AND (h.due OR (coalesce(h.until, a.starts_on) < least(a.ends_on, f.ends_on)
                      AND least((date_trunc('month', coalesce(h.until, a.starts_on)) + interval '1 month')::date,
                                a.ends_on, f.ends_on) <= $1))
     ORDER BY f.id
"""


async def take_fees(who: audit.Who) -> FeesTaken:
    """Take what is due today in every fund. Running it again changes nothing."""
    run = FeesTaken()
    for row in await db.fetch_all(_DUE, clock.today()):
        one = await take_fees_of(who, row["id"])
        run = FeesTaken(*(before + now for before, now in zip(run, one, strict=True)))
    return run


async def take_fees_of(who: audit.Who, fund_id: UUID) -> FeesTaken:
    """Take what is due today in one fund; nothing while its money is locked (row SP3)."""
    async with db.unit_of_work():
        fund = await db.fetch_one(
            "SELECT id, ends_on, state FROM fund WHERE id = $1 FOR NO KEY UPDATE", fund_id
        )
        if fund is None or fund["state"] != "open":
            return FeesTaken()
        if await db.fetch_value("SELECT bool_or(locked) FROM account WHERE fund_id = $1", fund_id):
            return FeesTaken(locked=1)
        for agreement in await _agreements(fund_id):
            await _reckon(agreement, min(agreement["ends_on"] or fund["ends_on"], fund["ends_on"]))
        return await _take_due(who, fund_id)


async def _agreements(fund_id: UUID) -> Sequence[db.Row]:
    return await db.fetch_all(
        "SELECT a.id, a.fund_id, a.starts_on, a.ends_on, a.fee_kind, a.fee_basis_points, a.fee_pence,"
        "       a.fee_vat_basis_points, h.until, coalesce(h.net, 0)::bigint AS net"
        "  FROM agreement a LEFT JOIN LATERAL (SELECT max(ends_on) AS until,"
        "         sum(net_pence) FILTER (WHERE state <> 'let_go') AS net FROM holder_fee"
        "         WHERE agreement_id = a.id) h ON true"
        " WHERE a.fund_id = $1 AND a.signed_at IS NOT NULL AND a.fee_kind <> 'none' ORDER BY a.version",
        fund_id,
    )


async def paid_in(fund_id: UUID, starts_on: date, ends_on: date) -> Money:
    """What was paid in on some days (half-open), less what was corrected; money taken over from a holder before not."""
    return Money(
        await db.fetch_value(
            "SELECT coalesce(-sum(e.amount_pence), 0)::bigint FROM journal j JOIN entry e ON e.journal_id = j.id"
            "  LEFT JOIN journal r ON r.id = j.reverses_id"
            " WHERE j.fund_id = $1 AND j.occurred_on >= $2 AND j.occurred_on < $3"
            "   AND coalesce(r.kind, j.kind) IN ('funding', 'contribution')"
            "   AND e.account IN ('funding', 'contribution')",
            fund_id,
            starts_on,
            ends_on,
        )
    )


async def _reckon(agreement: db.Row, until: date) -> None:
    """Write the fee of every month that is over and not reckoned yet."""
    fee, net_before = fee_of(agreement), Money(agreement["net"])
    begin = agreement["until"] or agreement["starts_on"]
    for starts_on, ends_on in periods(begin, until, clock.today()):
        base = await paid_in(agreement["fund_id"], agreement["starts_on"], ends_on)
        amount = fee_of_period(fee, agreement["starts_on"], starts_on, ends_on, base, net_before)
        net_before += amount.net
        await db.execute(
            "INSERT INTO holder_fee (id, agreement_id, fund_id, starts_on, ends_on, base_pence, net_pence, vat_pence,"
            " gross_pence, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            new_id(),
            agreement["id"],
            agreement["fund_id"],
            starts_on,
            ends_on,
            base.pence,
            amount.net.pence,
            amount.vat.pence,
            amount.gross.pence,
            clock.now(),
        )


async def _take_due(who: audit.Who, fund_id: UUID) -> FeesTaken:
    """The oldest first; when one finds too little money, nothing of it is taken and the later ones wait behind it."""
    due = await db.fetch_all(
        "SELECT id, agreement_id, fund_id, starts_on, ends_on, net_pence, vat_pence, gross_pence FROM holder_fee"
        " WHERE fund_id = $1 AND state = 'due' ORDER BY starts_on",
        fund_id,
    )
    if not due:
        return FeesTaken()
    # The head first: a booking at the same moment waits, so that what is left stays true.
    await db.execute("SELECT 1 FROM ledger_head WHERE fund_id = $1 FOR UPDATE", fund_id)
    left = await left_in(fund_id)
    taken = 0
    for number, row in enumerate(due):
        if Money(row["gross_pence"]) > left:
            for waiting in due[number:]:
                words = short_words(left, Money(waiting["gross_pence"]))
                await db.execute("UPDATE holder_fee SET words = $2 WHERE id = $1", waiting["id"], words)
            return FeesTaken(taken, len(due) - number)
        await take_one(who, row)
        left -= Money(row["gross_pence"])
        taken += row["gross_pence"] > 0
    return FeesTaken(taken)


async def left_in(fund_id: UUID) -> Money:
    """What is left in a fund now."""
    pence: int = await db.fetch_value(
        "SELECT balance_pence FROM account WHERE fund_id = $1 AND kind = 'available'", fund_id
    )
    return Money(pence)


async def take_one(who: audit.Who, row: db.Row) -> None:
    """Post one fee and say that it is taken. Joins the open unit of work, in which the fund is locked."""
    amount = FeeAmount(Money(row["net_pence"]), Money(row["vat_pence"]), Money(row["gross_pence"]))
    words = taken_words(row["starts_on"], row["ends_on"], amount) if amount.gross else "There was no fee."
    await ledger.take_fee(
        who,
        row["fund_id"],
        amount.gross,
        last_day(row["ends_on"]),
        reference=fee_reference(row),
        subject_id=row["agreement_id"],
        because=words,
    )
    await db.execute(
        "UPDATE holder_fee SET state = $2, words = $3, settled_at = $4 WHERE id = $1",
        row["id"],
        str(FeeState.TAKEN),
        words,
        clock.now(),
    )
    await audit.record(
        who,
        "holder_fee.taken",
        "holder_fee",
        row["id"],
        after={"fund": row["fund_id"], "agreement": row["agreement_id"], "gross": amount.gross},
    )


def fee_reference(row: db.Row) -> str:
    """The reference of a fee's journal: a run that is repeated finds it, one that was lowered has its own."""
    return f"fee:{row['agreement_id']}:{row['starts_on']}:{row['gross_pence']}"


async def let_go(who: audit.Who, fee_id: UUID, words: str) -> None:
    """A fee will not be taken, or was given back. Joins the open unit of work."""
    await db.execute(
        "UPDATE holder_fee SET state = $2, words = $3, settled_at = $4 WHERE id = $1",
        fee_id,
        str(FeeState.LET_GO),
        words,
        clock.now(),
    )
    await audit.record(who, "holder_fee.let_go", "holder_fee", fee_id, because=words)
