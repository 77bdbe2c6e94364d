"""What a fund that ends still owes beside bookings: held aside, then paid or let go by somebody else."""

from datetime import date
from uuid import UUID

from isf.budgets.books import lock_books
from isf.endings.rules import LIABILITY_TRANSITIONS, LiabilityDraft, LiabilityState
from isf.ledger import commands as ledger
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition

TWO_PEOPLE = "You entered this, so somebody else says that it is paid."


async def set_aside(actor: Actor, fund_id: UUID, draft: LiabilityDraft) -> UUID:
    """Hold money of a fund that ends aside for wages or another bill; nothing is recovered before it is settled.

    Needs AGREEMENT_MANAGE in the fund's council. Raises NotFound, Invalid, Conflict when no end is announced or all is
    sent on already, FundExhausted when less is left: then the council pays the rest in first.
    """
    require(actor, Permission.AGREEMENT_MANAGE)
    _check(draft)
    liability_id = new_id()
    async with db.unit_of_work():
        await lock_books([fund_id])
        await _ending(actor, fund_id)
        await db.execute(
            "INSERT INTO fund_liability (id, fund_id, kind, words, evidence, amount_pence, entered_by, entered_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            liability_id,
            fund_id,
            str(draft.kind),
            draft.words.strip(),
            draft.evidence.strip(),
            draft.amount.pence,
            actor.user_id,
            clock.now(),
        )
        await ledger.set_aside(actor, fund_id, liability_id, draft.amount, clock.today())
        await audit.record(
            actor, "liability.entered", "fund_liability", liability_id,
            after={"fund": fund_id, "amount": draft.amount, "kind": str(draft.kind)}, because=draft.evidence.strip(),
        )  # fmt: skip
    return liability_id


def _check(draft: LiabilityDraft) -> None:
    wrong = {}
    if not draft.words.strip():
        wrong["words"] = "Enter what is owed and to whom"
    if not draft.evidence.strip():
        wrong["evidence"] = "Enter how this is known, such as the payslip or contract"
    if draft.amount.pence <= 0:
        wrong["amount"] = "Enter an amount of more than £0.00"
    if wrong:
        raise Invalid(wrong)


async def _ending(actor: Actor, fund_id: UUID) -> None:
    row = await db.fetch_one(
        "SELECT f.council_id, x.state FROM fund f LEFT JOIN fund_exit x ON x.fund_id = f.id WHERE f.id = $1",
        fund_id,
    )
    if row is None or row["council_id"] != actor.council_id:
        raise NotFound
    if row["state"] is None:
        raise Conflict(
            "You cannot set this aside, because no end of this fund is announced. You can announce it."
        )
    if row["state"] == "completed":
        raise Conflict(
            "You cannot set this aside, because the money has gone on. You can ask the council to pay."
        )


async def pay_liability(actor: Actor, liability_id: UUID, paid_on: date, words: str) -> None:
    """It was paid, on a day, with the payment's reference. Needs PAYMENT_IN_DECIDE, and another person than entered it.

    Raises NotFound, Forbidden, Invalid, StateConflict when it is settled already.
    """
    require(actor, Permission.PAYMENT_IN_DECIDE)
    wrong = {}
    if not words.strip():
        wrong["paid_words"] = "Enter the reference of the payment"
    if paid_on > clock.today():
        wrong["paid_on"] = "Enter today or an earlier day"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        row = await _locked(actor, liability_id)
        if row["entered_by"] == actor.user_id:
            raise Forbidden(TWO_PEOPLE)
        await _settle(actor, row, LiabilityState.PAID, paid_on, words)
        await ledger.pay_set_aside(actor, row["fund_id"], liability_id, Money(row["amount_pence"]), paid_on)


async def drop_liability(actor: Actor, liability_id: UUID, because: str) -> None:
    """It is not owed after all: the money is left again. Needs AGREEMENT_MANAGE. Raises NotFound, Invalid,
    StateConflict."""
    require(actor, Permission.AGREEMENT_MANAGE)
    if not because.strip():
        raise Invalid({"drop_because": "Write why it is not owed"})
    async with db.unit_of_work():
        row = await _locked(actor, liability_id)
        await _settle(actor, row, LiabilityState.DROPPED, clock.today(), because)
        await ledger.give_set_aside_back(
            actor,
            row["fund_id"],
            liability_id,
            Money(row["amount_pence"]),
            clock.today(),
            because=because.strip(),
        )


async def _locked(actor: Actor, liability_id: UUID) -> db.Row:
    fund_id = await db.fetch_value(
        "SELECT l.fund_id FROM fund_liability l JOIN fund f ON f.id = l.fund_id WHERE l.id = $1 AND f.council_id = $2",
        liability_id,
        actor.council_id,
    )
    if fund_id is None:
        raise NotFound
    await lock_books([fund_id])
    row = await db.fetch_one("SELECT * FROM fund_liability WHERE id = $1 FOR UPDATE", liability_id)
    assert row is not None  # noqa: S101 - read a moment ago, and never deleted
    return row


async def _settle(actor: Actor, row: db.Row, to: LiabilityState, on: date, words: str) -> None:
    await transition(
        actor, "fund_liability", row["id"], LiabilityState(row["state"]), to, LIABILITY_TRANSITIONS,
        action=f"liability.{to}", because=words.strip(),
        also={"settled_by": actor.user_id, "settled_on": on, "settled_words": words.strip()},
    )  # fmt: skip
