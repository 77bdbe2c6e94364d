"""A payer records what it ordered; invoices for days of the order carry its number and keep to its limit (row V1)."""

from datetime import timedelta
from uuid import UUID

from invoicing.purchase_orders.rules import OrderDraft, check
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

db.explain_constraint(
    "purchase_order_one_at_a_time",
    Conflict(
        "You cannot record these days, because another of your purchase orders to this provider covers some of them. "
        "You can end that one first, or choose other days."
    ),
)
db.explain_constraint(
    "purchase_order_number_once",
    Invalid({"number": "Enter another number: you have recorded this one for the provider already"}),
)
db.explain_constraint(
    "invoice_within_order",
    Conflict(
        "You cannot bill this, because it goes beyond the limit of its purchase order. "
        "You can ask the payer for a higher limit, then make the invoice."
    ),
)


def _payer(actor: Actor) -> UUID:
    require(actor, Permission.INVOICE_PAY)
    if actor.organisation_id is None:
        raise NotFound("Purchase orders are of organisations.")
    return actor.organisation_id


async def record_order(actor: Actor, provider_id: UUID, draft: OrderDraft) -> UUID:
    """Record an order of the actor's organisation to a provider. Raises Forbidden, NotFound, Invalid, Conflict."""
    payer = _payer(actor)
    check(draft)
    order_id = new_id()
    async with db.unit_of_work():
        if await db.fetch_value("SELECT 1 FROM provider WHERE id = $1", provider_id) is None:
            raise NotFound
        await db.execute(
            "INSERT INTO purchase_order (id, payer_organisation_id, provider_id, number, starts_on, ends_on,"
            " limit_pence, recorded_by, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            order_id,
            payer,
            provider_id,
            draft.number.strip(),
            draft.starts_on,
            draft.last_day and draft.last_day + timedelta(days=1),
            draft.limit and draft.limit.pence,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "purchase_order.recorded",
            "purchase_order",
            order_id,
            after={
                "provider": provider_id,
                "number": draft.number.strip(),
                "starts_on": draft.starts_on,
                "last_day": draft.last_day,
                "limit_pence": draft.limit,
            },
        )
    return order_id


async def change_order(actor: Actor, order_id: UUID, draft: OrderDraft) -> None:
    """Another last day or limit; number and first day stay. What is billed already stays too.

    Raises Forbidden, NotFound (another's), Conflict, and Invalid for a limit below what is billed.
    """
    payer = _payer(actor)
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT * FROM purchase_order WHERE id = $1 AND payer_organisation_id = $2 FOR NO KEY UPDATE",
            order_id,
            payer,
        )
        if row is None:
            raise NotFound
        check(OrderDraft(row["number"], row["starts_on"], draft.last_day, draft.limit))
        used = Money(await db.fetch_value("SELECT purchase_order_used($1)", order_id))
        if draft.limit is not None and draft.limit.pence < used.pence:
            raise Invalid({"limit": f"Enter a limit of {used} or more: that much is billed already"})
        changed = {
            "ends_on": draft.last_day and draft.last_day + timedelta(days=1),
            "limit_pence": draft.limit.pence if draft.limit else None,
        }
        await db.execute(
            "UPDATE purchase_order SET ends_on = $2, limit_pence = $3 WHERE id = $1",
            order_id,
            *changed.values(),
        )
        await audit.record(
            actor,
            "purchase_order.changed",
            "purchase_order",
            order_id,
            before={name: row[name] for name in changed},
            after=changed,
        )
