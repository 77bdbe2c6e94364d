"""What invoices are called in the books of a fund."""

from collections.abc import Collection, Mapping
from uuid import UUID

from invoicing.queries import sides_of
from isf.ledger.subjects import Subject
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db


async def invoices_as_subjects(actor: Actor, invoice_ids: Collection[UUID]) -> Mapping[UUID, Subject]:
    """The number of each; a link only for those on a side of it, as others find nothing there."""
    rows = await db.fetch_all(
        "SELECT i.id, i.number, i.payer_organisation_id, i.payer_user_id, pr.organisation_id AS seller"
        "  FROM invoice i JOIN provider pr ON pr.id = i.provider_id WHERE i.id = ANY ($1)",
        list(invoice_ids),
    )
    named = {
        row["id"]: Subject(
            f"Invoice {row['number']}", f"/invoices/{row['id']}" if _opens(actor, row) else None
        )
        for row in rows
    }
    return named | await _payments(actor, [one for one in invoice_ids if one not in named])


async def _payments(actor: Actor, payment_ids: Collection[UUID]) -> dict[UUID, Subject]:
    """What is paid since there are payments is booked under its payment: a payment of one invoice leads to that."""
    rows = await db.fetch_all(
        "SELECT p.id, string_agg(DISTINCT i.number, ', ' ORDER BY i.number) AS numbers,"
        "       count(DISTINCT i.id) AS invoices,"
        "       min(i.id::text) AS invoice_id, p.payer_organisation_id, p.payer_user_id, pr.organisation_id AS seller"
        "  FROM payment p JOIN payment_item t ON t.payment_id = p.id JOIN invoice i ON i.id = t.invoice_id"
        "  JOIN provider pr ON pr.id = p.provider_id WHERE p.id = ANY ($1)"
        " GROUP BY p.id, pr.organisation_id",
        list(payment_ids),
    )
    return {
        row["id"]: Subject(
            f"{'Invoice' if row['invoices'] == 1 else 'Invoices'} {row['numbers']}",
            (f"/invoices/{row['invoice_id']}" if row["invoices"] == 1 else f"/payments/{row['id']}")
            if _opens(actor, row)
            else None,
        )
        for row in rows
    }


def _opens(actor: Actor, row: db.Row) -> bool:
    if Permission.INVOICE_SEE not in actor.permissions:
        return False
    sides = sides_of(actor)
    pairs = (
        (sides.seller_organisation, row["seller"]),
        (sides.payer_organisation, row["payer_organisation_id"]),
        (sides.payer_user, row["payer_user_id"]),
    )
    return any(mine is not None and mine == theirs for mine, theirs in pairs)
