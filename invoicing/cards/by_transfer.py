"""A refund that the card's bank did not take, paid into the payer's bank account instead: said by the seller, once.

It is one of the payment's refunds, so everything that adds those up holds for it too.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from invoicing.cards import giving_back, letters
from invoicing.cards.rules import CardState
from invoicing.cards.watching import Taken, card_payment, council_of, lock_own
from invoicing.stripe_values import Refund, RefundStatus
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money

REFERENCE_MOST: Final = 35
"""As many characters as a bank transfer carries."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """What the seller says of it: the day, and the words on the payer's bank statement."""

    paid_on: date
    reference: str

    def check(self, sent_on: date) -> None:
        """Raises Invalid, field by field."""
        wrong = {}
        if self.paid_on > clock.today():
            wrong["paid_on"] = "Enter the day on which you paid: today or before"
        elif self.paid_on < sent_on:
            wrong["paid_on"] = "Enter a day after the refund was sent to the card"
        if not self.reference:
            wrong["reference"] = "Enter what the payer reads on their bank statement"
        elif len(self.reference) > REFERENCE_MOST:
            wrong["reference"] = f"Use {REFERENCE_MOST} characters or fewer"
        if wrong:
            raise Invalid(wrong)


async def owed(actor: Actor, payment_id: UUID) -> Taken:
    """A payment of the actor's provider whose refund failed. Raises Forbidden without INVOICE_ISSUE, NotFound."""
    found = await card_payment(actor, payment_id)
    if found.state is not CardState.REFUND_FAILED:
        raise NotFound
    return found


async def pay_back_by_transfer(actor: Actor, payment_id: UUID, transfer: Transfer) -> None:
    """Enter that all that is owed of a failed refund was paid into the payer's bank account: *paid → left*, once.

    The payer is told. Raises Forbidden without INVOICE_ISSUE, NotFound for another seller's payment, StateConflict when
    nothing is owed (any more), Invalid.
    """
    async with db.unit_of_work():
        payment = await lock_own(actor, payment_id)
        if payment["state"] != CardState.REFUND_FAILED:
            raise StateConflict("You cannot enter this, because nothing of this payment is owed any more.")
        transfer.check(await _sent_on(payment_id))
        amount = Money(payment["refund_due_pence"] - payment["refunded_pence"])
        refund = await _note(payment_id, amount, transfer)
        booking, _ = await giving_back.count(payment, refund)
        await audit.record(
            actor, "card_payment.paid_back_by_transfer", "card_payment", payment_id,
            after={"refund": refund.id, "amount_pence": amount.pence, "paid_on": transfer.paid_on},
        )  # fmt: skip
        await letters.paid_back_by_transfer(booking, amount, transfer.paid_on, transfer.reference)


async def _sent_on(payment_id: UUID) -> date:
    """The day on which the refund was sent that failed last."""
    return clock.london_day(
        await db.fetch_value(
            "SELECT max(created_at) FROM card_refund WHERE card_payment_id = $1 AND state IN ('failed', 'canceled')",
            payment_id,
        )
    )


async def _note(payment_id: UUID, amount: Money, transfer: Transfer) -> Refund:
    earlier: int = await db.fetch_value(
        "SELECT count(*) FROM card_refund WHERE card_payment_id = $1", payment_id
    )
    refund = Refund(f"transfer:{payment_id}:{1 + earlier}", RefundStatus.SUCCEEDED, amount, None)
    await db.execute(
        "INSERT INTO card_refund (id, card_payment_id, amount_pence, state, failure, way, paid_on, bank_reference,"
        "  created_at, updated_at) VALUES ($1, $2, $3, $4, '', 'transfer', $5, $6, $7, $7)",
        refund.id,
        payment_id,
        amount.pence,
        str(refund.status),
        transfer.paid_on,
        transfer.reference,
        clock.now(),
    )
    return refund


@dataclass(frozen=True, slots=True)
class PaidBack:
    """A refund that went by bank transfer, as its seller says."""

    booking_id: UUID
    reference: str
    provider_name: str
    amount: Money
    paid_on: date
    bank_reference: str


async def paid_back(actor: Actor) -> list[PaidBack]:
    """For the council whose budgets paid: the newest refunds by bank transfer. Raises Forbidden as `watched`."""
    rows = await db.fetch_all(
        "SELECT b.id AS booking_id, b.reference, pr.name AS provider_name, r.amount_pence, r.paid_on, r.bank_reference"
        "  FROM card_refund r JOIN card_payment p ON p.id = r.card_payment_id JOIN booking b ON b.id = p.booking_id"
        "  JOIN provider pr ON pr.id = b.provider_id"
        " WHERE r.way = 'transfer' AND b.council_id = $1 ORDER BY r.created_at DESC, r.id LIMIT 50",
        council_of(actor),
    )
    return [
        PaidBack(
            row["booking_id"], row["reference"], row["provider_name"], Money(row["amount_pence"]), row["paid_on"],
            row["bank_reference"],
        )
        for row in rows
    ]  # fmt: skip
