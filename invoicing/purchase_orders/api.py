"""Purchase orders for programs: the same commands and queries as the pages."""

from datetime import date
from uuid import UUID

from litestar import Router, get, post
from msgspec import Struct

from invoicing.purchase_orders.commands import change_order, record_order
from invoicing.purchase_orders.queries import PurchaseOrder, orders, own_order
from invoicing.purchase_orders.rules import OrderDraft
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money

SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}


class OrderOut(Struct):
    """A purchase order; `last_day` is included, `limit_pence` null where there is none."""

    id: UUID
    number: str
    provider_id: UUID
    payer_name: str
    starts_on: date
    last_day: date | None
    limit_pence: int | None
    used_pence: int

    @classmethod
    def of(cls, order: PurchaseOrder) -> "OrderOut":
        """An order as it was read."""
        limit = order.limit.pence if order.limit else None
        return cls(
            order.id, order.number, order.provider_id, order.payer_name, order.starts_on, order.last_day, limit,
            order.used.pence,
        )  # fmt: skip


class OrderIn(Struct, forbid_unknown_fields=True):
    """What was ordered of whom."""

    provider_id: UUID
    number: str
    starts_on: date
    last_day: date | None = None
    limit_pence: int | None = None


class OrderChangeIn(Struct, forbid_unknown_fields=True):
    """Another last day and limit; null takes them away."""

    last_day: date | None = None
    limit_pence: int | None = None


def _limit(pence: int | None) -> Money | None:
    return None if pence is None else Money(pence)


@get("/purchase-orders", opt=SEES)
async def get_orders(actor: Actor) -> list[OrderOut]:
    """Your organisation's purchase orders, as payer or as seller, the latest first."""
    return [OrderOut.of(each) for each in await orders(actor)]


@post("/purchase-orders", opt=PAYS, status_code=201)
async def post_order(actor: Actor, data: OrderIn) -> OrderOut:
    """Record a purchase order; invoices for sessions on its days carry its number and keep to its limit."""
    draft = OrderDraft(data.number, data.starts_on, data.last_day, _limit(data.limit_pence))
    return OrderOut.of(await own_order(actor, await record_order(actor, data.provider_id, draft)))


@post("/purchase-orders/{order_id:uuid}", opt=PAYS, status_code=200)
async def post_order_change(actor: Actor, order_id: UUID, data: OrderChangeIn) -> OrderOut:
    """Another last day or limit; what is billed stays."""
    order = await own_order(actor, order_id)
    draft = OrderDraft(order.number, order.starts_on, data.last_day, _limit(data.limit_pence))
    await change_order(actor, order_id, draft)
    return OrderOut.of(await own_order(actor, order_id))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[get_orders, post_order, post_order_change],
    tags=["invoices"],
)
