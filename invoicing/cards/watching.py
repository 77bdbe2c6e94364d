"""Card payments as sellers and councils look at them: what was paid, what went back, and what needs somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from invoicing.cards import rules
from invoicing.cards.rules import CardState
from invoicing.stripe_values import DisputeStatus
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


@dataclass(frozen=True, slots=True)
class Taken:
    """A card payment as its seller sees it, in pence; `back_pence` went back by refunds or a lost dispute."""

    id: UUID
    booking_id: UUID
    reference: str
    service_on: date
    state: CardState
    amount_pence: int
    back_pence: int
    fee_pence: int
    owed_pence: int


# Money that never came, or that is still on the card page, is nothing that was taken.
_TAKEN = """
    SELECT p.id, p.booking_id, b.reference, b.service_on, p.state, p.amount_pence, p.fee_pence,
           (p.refunded_pence + coalesce((SELECT sum(d.lost_pence) FROM card_dispute d
                                          WHERE d.card_payment_id = p.id), 0))::bigint AS back_pence,
           CASE WHEN p.state = 'charged_back' THEN 0 ELSE p.refund_due_pence - p.refunded_pence END AS owed_pence
      FROM card_payment p JOIN booking b ON b.id = p.booking_id JOIN provider pr ON pr.id = b.provider_id
     WHERE pr.organisation_id = $1 AND p.state NOT IN ('started', 'expired')
"""


async def taken(actor: Actor, most: int = 50) -> list[Taken]:
    """The newest card payments of the actor's provider. Raises Forbidden without INVOICE_ISSUE."""
    require(actor, Permission.INVOICE_ISSUE)
    rows = await db.fetch_all(
        _TAKEN + " ORDER BY p.created_at DESC, p.id LIMIT $2", actor.organisation_id, most
    )
    return [Taken(**{**row, "state": CardState(row["state"])}) for row in rows]


async def card_payment(actor: Actor, payment_id: UUID) -> Taken:
    """One card payment to the actor's provider. Raises Forbidden without INVOICE_ISSUE, NotFound."""
    require(actor, Permission.INVOICE_ISSUE)
    row = await db.fetch_one(_TAKEN + " AND p.id = $2", actor.organisation_id, payment_id)
    if row is None:
        raise NotFound
    return Taken(**{**row, "state": CardState(row["state"])})


async def came_back(actor: Actor) -> list[Taken]:
    """The payments of which a refund failed: the seller has the money and owes it."""
    require(actor, Permission.INVOICE_ISSUE)
    rows = await db.fetch_all(
        _TAKEN + " AND p.state = 'refund_failed' ORDER BY p.updated_at, p.id", actor.organisation_id
    )
    return [Taken(**{**row, "state": CardState(row["state"])}) for row in rows]


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute as sellers and councils see it."""

    booking_id: UUID
    reference: str
    provider_name: str
    amount: Money
    lost: Money
    status: DisputeStatus
    answer_by: datetime | None
    updated_at: datetime


_DISPUTED = """
    SELECT b.id AS booking_id, b.reference, pr.name AS provider_name, d.amount_pence, d.lost_pence, d.status,
           d.answer_by, d.updated_at
      FROM card_dispute d JOIN card_payment p ON p.id = d.card_payment_id JOIN booking b ON b.id = p.booking_id
      JOIN provider pr ON pr.id = b.provider_id
"""


def _disputed(rows: Sequence[db.Row]) -> list[Disputed]:
    return [
        Disputed(
            booking_id=row["booking_id"],
            reference=row["reference"],
            provider_name=row["provider_name"],
            amount=Money(row["amount_pence"]),
            lost=Money(row["lost_pence"]),
            status=DisputeStatus(row["status"]),
            answer_by=row["answer_by"],
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


async def disputes_of_seller(actor: Actor) -> list[Disputed]:
    """Every dispute about a payment to the actor's provider, the newest first."""
    require(actor, Permission.INVOICE_ISSUE)
    return _disputed(
        await db.fetch_all(
            _DISPUTED + " WHERE pr.organisation_id = $1 ORDER BY d.created_at DESC, d.id",
            actor.organisation_id,
        )
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """A refund that the card's bank did not take, as a council sees it.

    `counted`: the fund has used the money on which it counted, so its books still say that it came back.
    """

    booking_id: UUID
    reference: str
    provider_name: str
    owed_pence: int
    since: datetime
    counted: bool


@dataclass(frozen=True, slots=True)
class Watched:
    """What a council's finance looks at: refunds that failed, and disputes about its people's card payments."""

    owed: list[Owed]
    disputes: list[Disputed]


def council_of(actor: Actor) -> UUID:
    """The council whose finance the actor looks after. Raises Forbidden for those of none or without INVOICE_SEE."""
    require(actor, Permission.INVOICE_SEE)
    if actor.council_id is None:
        raise Forbidden
    return actor.council_id


async def watched(actor: Actor) -> Watched:
    """For the council whose budgets paid. Raises Forbidden for those of no council or without INVOICE_SEE."""
    council = council_of(actor)
    owed = await db.fetch_all(
        "SELECT b.id AS booking_id, b.reference, pr.name AS provider_name,"
        "  p.refund_due_pence - p.refunded_pence AS owed_pence, p.updated_at AS since,"
        "  EXISTS (SELECT 1 FROM card_refund r WHERE r.card_payment_id = p.id AND r.state IN ('failed', 'canceled')"
        "          AND r.journal_id IS NOT NULL) AS counted"
        "  FROM card_payment p JOIN booking b ON b.id = p.booking_id JOIN provider pr ON pr.id = b.provider_id"
        " WHERE b.council_id = $1 AND p.state = 'refund_failed' ORDER BY p.updated_at, p.id",
        council,
    )
    disputes = await db.fetch_all(
        _DISPUTED + " WHERE b.council_id = $1 ORDER BY d.created_at DESC, d.id LIMIT 100", council
    )
    return Watched([Owed(**row) for row in owed], _disputed(disputes))


TO_LOOK_AT_SQL = f"""
    (SELECT count(*) FROM card_payment p JOIN booking b ON b.id = p.booking_id
      WHERE b.council_id = $1 AND p.state = 'refund_failed')
    + (SELECT count(*) FROM card_dispute d JOIN card_payment p ON p.id = d.card_payment_id
         JOIN booking b ON b.id = p.booking_id
        WHERE b.council_id = $1 AND d.status IN ({", ".join(f"'{each}'" for each in rules.DISPUTE_HOLDS)}))
"""
"""How many of a council's card payments need somebody; `$1` is the council."""


async def send_again(actor: Actor, payment_id: UUID) -> None:
    """Send a refund again that the card's bank did not take; it goes with the next run, to the same card.

    Raises Forbidden without INVOICE_ISSUE, NotFound for another seller's payment, StateConflict when none has failed.
    """
    async with db.unit_of_work():
        await lock_own(actor, payment_id)
        await transition(
            actor, "card_payment", payment_id, CardState.REFUND_FAILED, CardState.REFUND_DUE, rules.TRANSITIONS,
            action="card_payment.refund_again", also={"updated_at": clock.now()},
        )  # fmt: skip


async def lock_own(actor: Actor, payment_id: UUID) -> db.Row:
    """A payment to the actor's provider as it is now, locked. Only inside a unit of work.

    Raises Forbidden without INVOICE_ISSUE, NotFound for another seller's payment.
    """
    require(actor, Permission.INVOICE_ISSUE)
    payment = await db.fetch_one(
        "SELECT p.* FROM card_payment p JOIN booking b ON b.id = p.booking_id JOIN provider pr ON pr.id = b.provider_id"
        " WHERE p.id = $1 AND pr.organisation_id = $2 FOR UPDATE OF p",
        payment_id,
        actor.organisation_id,
    )
    if payment is None:
        raise NotFound
    return payment
