"""The rows of an approved payment for the bank."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from isf.payments.paying_in.queries.payments import payment
from isf.payments.paying_in.rules import PaymentState
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import Conflict


class BankRow(msgspec.Struct, frozen=True, kw_only=True):
    """One payment as the finance system takes it."""

    payment: str
    person: str
    holder: str
    fund_id: UUID
    covers_from: date
    last_day: date
    amount_pence: int
    paid_on: date | None


async def bank_rows(actor: Actor, payment_id: UUID) -> Sequence[BankRow]:
    """Every line of an approved payment that a bank moves. Raises Conflict before it is approved."""
    head = await payment(actor, payment_id)
    if head.state not in (PaymentState.APPROVED, PaymentState.PAID):
        raise Conflict("You cannot take this to the bank yet, because it is not approved.")
    rows = await db.fetch_all(
        "SELECT pi.reference AS payment, p.reference AS person, coalesce(o.name, u.name) AS holder, l.fund_id,"
        "       l.covers_from, l.covers_until - 1 AS last_day, l.amount_pence, l.paid_on"
        "  FROM payment_in_line l JOIN payment_in pi ON pi.id = l.payment_in_id JOIN fund f ON f.id = l.fund_id"
        "  JOIN person p ON p.id = f.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE l.payment_in_id = $1 AND l.state IN ('proposed', 'paid') AND l.transfer = 'bank'"
        " ORDER BY holder, person, l.covers_from",
        payment_id,
    )
    return [msgspec.convert(row, BankRow) for row in rows]
