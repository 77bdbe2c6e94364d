"""The pages of purchase orders."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing.purchase_orders.commands import change_order, record_order
from invoicing.purchase_orders.queries import orders, own_order, sellers_for
from invoicing.purchase_orders.rules import OrderDraft
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}
HERE = "/purchase-orders"


@get("/purchase-orders", opt=SEES)
async def show_orders(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The orders of the actor's organisation with what is used of each."""
    return await _list(request, actor, Form({}))


@post("/purchase-orders", opt=PAYS, status_code=200)
async def do_record_order(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Record an order; what was typed stays when something is wrong."""
    form = await Form.read(request)
    provider = form.text("provider", required="Choose the provider")
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2026")
    draft = OrderDraft(
        form.text("number", required="Enter the number of the purchase order, like PO-4711"),
        starts_on or clock.today(),
        form.day("last_day"),
        _limit(form),
    )
    try:
        form.check()
        await record_order(actor, _provider(provider), draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _list(request, actor, form, refusal)
    return await done(
        request, HERE, f"Purchase order {draft.number} is recorded. Invoices for its days carry it."
    )


def _limit(form: Form) -> Money | None:
    return (
        form.money("limit", required="Enter a limit in pounds, like 5000.00") if form.text("limit") else None
    )


def _provider(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"provider": "Choose the provider"}) from None


@get("/purchase-orders/{order_id:uuid}", opt=PAYS)
async def show_order(request: AnyRequest, actor: Actor, order_id: UUID) -> Response[Any]:
    """The form of another last day or limit."""
    order = await own_order(actor, order_id)
    form = {"limit": f"{order.limit.pence / 100:.2f}" if order.limit else ""}
    if order.last_day:
        form |= {f"last_day-{part}": str(getattr(order.last_day, part)) for part in ("day", "month", "year")}
    return await page(request, "invoicing/purchase_orders/order.html", order=order, form=form, errors={})


@post("/purchase-orders/{order_id:uuid}", opt=PAYS, status_code=200)
async def do_change_order(request: AnyRequest, actor: Actor, order_id: UUID) -> Response[Any]:
    """Another last day or limit."""
    order = await own_order(actor, order_id)
    form = await Form.read(request)
    draft = OrderDraft(order.number, order.starts_on, form.day("last_day"), _limit(form))
    try:
        form.check()
        await change_order(actor, order_id, draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "invoicing/purchase_orders/order.html",
            status=refusal.status,
            order=order,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, HERE, f"Purchase order {order.number}: kept.")


async def _list(
    request: AnyRequest, actor: Actor, form: Form, refusal: DomainError | None = None
) -> Response[Any]:
    records = Permission.INVOICE_PAY in actor.permissions
    return await page(
        request,
        "invoicing/purchase_orders/orders.html",
        status=refusal.status if refusal else 200,
        orders=await orders(actor),
        records=records,
        sellers=await sellers_for(actor) if records else [],
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/", route_handlers=[show_orders, do_record_order, show_order, do_change_order], include_in_schema=False
)
