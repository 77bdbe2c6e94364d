"""What a payment pays, as its advice tells it: page, letter and PDF print the same words."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from marketplace.kernel import db, formats
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """One invoice in a payment: what the payment pays of it, and what it came to."""

    invoice_id: UUID
    number: str
    issued_on: date
    paid: Money
    gross: Money
    lines: int


@dataclass(frozen=True, slots=True)
class Remittance:
    """A payment with its invoices. `last_four` is of the payee's account; empty for a payment by hand."""

    payment_id: UUID
    reference: str
    payer: str
    payee: str
    payee_email: str
    last_four: str
    paid_on: date
    gross: Money
    netted: Money
    amount: Money
    invoices: tuple[PaidInvoice, ...]
    demonstration: bool


_HEADS = """
    SELECT p.id AS payment_id, coalesce(nullif(p.bank_reference, ''), p.reference) AS reference,
           coalesce(o.name, u.name) AS payer, pr.name AS payee,
           coalesce(nullif(pr.email, ''), nullif(so.email, ''), d.contacts[1], '') AS payee_email,
           coalesce(right(d.account_number, 4), '') AS last_four, coalesce(p.paid_on, r.pay_on) AS paid_on,
           p.gross_pence, p.netted_pence, p.amount_pence, so.demonstration OR coalesce(o.demonstration, false)
               AS demonstration
      FROM payment p JOIN provider pr ON pr.id = p.provider_id JOIN organisation so ON so.id = pr.organisation_id
      LEFT JOIN payment_run r ON r.id = p.payment_run_id
      LEFT JOIN organisation o ON o.id = p.payer_organisation_id LEFT JOIN app_user u ON u.id = p.payer_user_id
      LEFT JOIN bank_details d ON d.id = p.details_id
     WHERE p.id = ANY ($1) ORDER BY p.reference
"""
_INVOICES = """
    SELECT t.payment_id, i.id AS invoice_id, i.number, i.issued_on, i.gross_pence, sum(t.amount_pence)::bigint AS pence,
           count(*) AS lines
      FROM payment_item t JOIN invoice i ON i.id = t.invoice_id WHERE t.payment_id = ANY ($1)
     GROUP BY t.payment_id, i.id ORDER BY i.number
"""


async def gather(payment_ids: Collection[UUID]) -> list[Remittance]:
    """Payments with their invoices, by reference. Whoever asks may see them: the caller knows."""
    invoices: dict[UUID, list[PaidInvoice]] = {}
    for row in await db.fetch_all(_INVOICES, list(payment_ids)):
        told = PaidInvoice(
            row["invoice_id"], row["number"], row["issued_on"], Money(row["pence"]), Money(row["gross_pence"]),
            row["lines"],
        )  # fmt: skip
        invoices.setdefault(row["payment_id"], []).append(told)
    return [
        Remittance(
            gross=Money(row.pop("gross_pence")),
            netted=Money(row.pop("netted_pence")),
            amount=Money(row.pop("amount_pence")),
            invoices=tuple(invoices.get(row["payment_id"], ())),
            **row,
        )
        for row in await db.fetch_all(_HEADS, list(payment_ids))
    ]


def remittance_words(told: Remittance) -> dict[str, Any]:
    """Everything that the advice prints, in words."""
    facts = [
        ("From", told.payer),
        ("To", told.payee),
        ("Paid on", formats.full_date(told.paid_on)),
        ("Reference on the bank statement", told.reference),
    ]
    if told.last_four:
        facts.insert(2, ("Into the account", f"ending {told.last_four}"))
    return {
        "heading": f"Payment {told.reference}",
        "amount": formats.money(told.amount),
        "demonstration": "Demonstration — no money moved" if told.demonstration else None,
        "facts": facts,
        "lines": [
            {
                "number": line.number,
                "issued": formats.full_date(line.issued_on),
                "of": "" if line.paid == line.gross else f"of {formats.money(line.gross)}",
                "paid": formats.money(line.paid),
            }
            for line in told.invoices
        ],
        "netted": formats.money(told.netted) if told.netted else None,
    }
