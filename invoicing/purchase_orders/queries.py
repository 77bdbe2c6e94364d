"""Reads about purchase orders: the payer's own, and those that a seller was given."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from invoicing.queries import sides_of
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """An order with what is used of it; `last_day` is included, None until it is ended."""

    id: UUID
    number: str
    provider_id: UUID
    provider_name: str
    payer_name: str
    starts_on: date
    last_day: date | None
    limit: Money | None
    used: Money
    own: bool

    @property
    def left(self) -> Money | None:
        """What may still be billed on it; None without a limit."""
        return None if self.limit is None else self.limit - self.used


async def orders(actor: Actor) -> list[PurchaseOrder]:
    """Those of the actor's organisation, as payer or as seller, the latest first. Raises Forbidden or NotFound."""
    sides = sides_of(actor)
    if actor.organisation_id is None:
        raise NotFound("Purchase orders are of organisations.")
    rows = await db.fetch_all(
        """SELECT po.id, po.number, po.provider_id, pr.name AS provider_name, o.name AS payer_name, po.starts_on,
                  po.ends_on, po.limit_pence, purchase_order_used(po.id) AS used,
                  po.payer_organisation_id = $2 AS own
             FROM purchase_order po JOIN provider pr ON pr.id = po.provider_id
             JOIN organisation o ON o.id = po.payer_organisation_id
            WHERE pr.organisation_id = $1 OR po.payer_organisation_id = $2
            ORDER BY po.starts_on DESC, po.number""",
        sides.seller_organisation,
        sides.payer_organisation,
    )
    return [
        PurchaseOrder(
            id=row["id"],
            number=row["number"],
            provider_id=row["provider_id"],
            provider_name=row["provider_name"],
            payer_name=row["payer_name"],
            starts_on=row["starts_on"],
            last_day=row["ends_on"] and row["ends_on"] - timedelta(days=1),
            limit=None if row["limit_pence"] is None else Money(row["limit_pence"]),
            used=Money(row["used"]),
            own=bool(row["own"]),
        )
        for row in rows
    ]


async def own_order(actor: Actor, order_id: UUID) -> PurchaseOrder:
    """One of the actor's organisation as payer. Raises NotFound."""
    found = next((each for each in await orders(actor) if each.id == order_id and each.own), None)
    if found is None:
        raise NotFound
    return found


async def sellers_for(actor: Actor) -> list[tuple[str, str]]:
    """Whom the actor's organisation buys from, and who can be bought from, by name: ids and names for a list."""
    rows = await db.fetch_all(
        """SELECT p.id, p.name, EXISTS (
                      SELECT 1 FROM booking b JOIN fund f ON f.id = b.fund_id
                       WHERE b.provider_id = p.id AND f.holder_organisation_id = $1) AS known
             FROM provider p WHERE p.state = 'listed' ORDER BY known DESC, p.name LIMIT 1000""",
        actor.organisation_id,
    )
    return [(str(row["id"]), row["name"]) for row in rows]
