"""What a payee owes back for credit notes is taken off its next payment, never below zero.

A proposal says which credit notes and how much of each; the money moves when the run is sent, and is owed again when a
bank returns the payment. Each joins the caller's unit of work.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from invoicing.credits.settling import settle_credit, undo_netting
from invoicing.payment_runs.rules import NotOwedAnyMore
from marketplace.kernel import audit, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money

# What the credit notes of seller $1 to organisation $2 still owe, the oldest first.
_OWED_BACK: Final = """
    SELECT n.id, (n.gross_pence - coalesce((
               SELECT sum(s.amount_pence) FROM credit_note_line c
                 JOIN credit_settlement s ON s.credit_note_line_id = c.id WHERE c.credit_note_id = n.id), 0))::bigint
               AS pence
      FROM credit_note n WHERE n.provider_id = $1 AND n.payer_organisation_id = $2 ORDER BY n.issued_on, n.number
"""
_NETTED: Final = """
    SELECT k.payment_id, k.credit_note_id, k.amount_pence FROM payment_credit k
     WHERE k.payment_id = ANY ($1) ORDER BY k.credit_note_id, k.payment_id
"""


@dataclass(frozen=True, slots=True)
class Netted:
    """A part of a credit note that is taken off a payment."""

    credit_note_id: UUID
    amount: Money


async def to_net(provider_id: UUID, organisation_id: UUID, gross: Money) -> list[Netted]:
    """What of a seller's credits is taken off a payment of so much: the oldest first, no more than it comes to."""
    taken, left = [], gross
    for row in await db.fetch_all(_OWED_BACK, provider_id, organisation_id):
        part = min(left, Money(row["pence"]))
        if part > ZERO:
            taken.append(Netted(row["id"], part))
            left -= part
    return taken


async def write_netted(payment_id: UUID, netted: Sequence[Netted]) -> None:
    """Write what is taken off a payment, beside it."""
    await db.execute_many(
        "INSERT INTO payment_credit (id, payment_id, credit_note_id, amount_pence) VALUES ($1, $2, $3, $4)",
        [(new_id(), payment_id, each.credit_note_id, each.amount.pence) for each in netted],
    )


async def take_off(who: audit.Who, payment_ids: Collection[UUID], on: date) -> None:
    """Paid → left, in the funds that had paid what was credited. Raises NotOwedAnyMore when less is owed by now."""
    for row in await db.fetch_all(_NETTED, list(payment_ids)):
        wanted = Money(row["amount_pence"])
        taken = await settle_credit(
            who,
            row["credit_note_id"],
            wanted,
            on,
            kind="netted",
            reference=_reference(row["payment_id"]),
        )
        if taken != wanted:
            raise NotOwedAnyMore


async def owe_again(who: audit.Who, payment_id: UUID, on: date, because: str) -> None:
    """The payment came back: what was taken off it is owed by the seller again."""
    await undo_netting(
        who, _reference(payment_id), undone_by=f"returned:{payment_id}", on=on, because=because
    )


def _reference(payment_id: UUID) -> str:
    return f"payment:{payment_id}"
