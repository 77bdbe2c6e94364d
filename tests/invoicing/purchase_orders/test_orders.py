"""A payer's purchase orders: one at a time, with a limit that nothing passes (row V1)."""

from datetime import date

import asyncpg
import httpx
import pytest

from invoicing.purchase_orders.commands import change_order, record_order
from invoicing.purchase_orders.queries import orders
from invoicing.purchase_orders.rules import OrderDraft
from invoicing.runs.commands import bill
from invoicing.runs.rules import month_scope
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.money import Money
from tests.asking import day, follow, send, sign_in, words_of
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World

pytestmark = pytest.mark.row("V1")


async def test_orders_never_overlap_and_a_number_is_used_once(december: World) -> None:
    world = december
    await record_order(world.broker, world.pettypool, OrderDraft("PO-1", november(1), november(10)))
    with pytest.raises(Conflict, match="covers some of them"):
        await record_order(world.broker, world.pettypool, OrderDraft("PO-2", november(10)))
    with pytest.raises(Invalid) as refused:
        await record_order(world.broker, world.pettypool, OrderDraft("PO-1", november(11)))
    assert set(refused.value.fields) == {"number"}
    # Another payer has its own, by the same number too.
    await record_order(world.finance_officer, world.pettypool, OrderDraft("PO-1", november(1)))
    with pytest.raises(Forbidden):
        await record_order(world.manager, world.pettypool, OrderDraft("PO-9", november(1)))
    with pytest.raises(NotFound):
        await record_order(world.dan_user, world.pettypool, OrderDraft("PO-9", november(1)))
    for wrong in (
        OrderDraft(" ", november(1)),
        OrderDraft("PO-3", november(2), november(1)),
        OrderDraft("PO-3", november(1), None, Money(0)),
    ):
        with pytest.raises(Invalid):
            await record_order(world.broker, world.vivo, wrong)


async def test_what_is_used_is_shown_and_a_limit_stays_above_it(december: World) -> None:
    world = december
    order = await record_order(
        world.broker, world.pettypool, OrderDraft("PO-1", november(1), None, Money(3850))
    )
    await deliver(world, world.broker, world.emma_isf, november(6))
    await bill(SYSTEM, month_scope(NOVEMBER))
    for actor in (world.broker, world.manager):
        assert [(each.number, each.used, each.left) for each in await orders(actor)] == [
            ("PO-1", Money(3850), Money(0))
        ]
    assert await orders(world.stranger) == []
    with pytest.raises(Invalid):
        await change_order(world.broker, order, OrderDraft("", november(1), None, Money(3849)))
    await change_order(world.broker, order, OrderDraft("", november(1), date(2026, 12, 31), Money(9999)))
    with pytest.raises(NotFound):
        await change_order(world.finance_officer, order, OrderDraft("", november(1)))


async def test_the_database_refuses_what_goes_beyond_an_order(december: World) -> None:
    world = december
    order = await record_order(
        world.broker, world.pettypool, OrderDraft("PO-1", november(1), None, Money(3849))
    )
    copied = (
        "INSERT INTO invoice (id, number, provider_id, payer_organisation_id, period_starts, period_ends, issued_on,"
        " due_on, net_pence, vat_pence, gross_pence, document, purchase_order_id) VALUES (gen_random_uuid(), 'X-1',"
        " $1, $2, $3, $3, $3, $3, 3850, 0, 3850, '{}', $4)"
    )
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await db.execute(copied, world.pettypool, world.harbour, november(30), order)
    assert refused.value.constraint_name == "invoice_within_order"
    with pytest.raises(asyncpg.ForeignKeyViolationError) as refused_payer:
        await db.execute(
            copied.replace("3850, 0, 3850", "1, 0, 1"), world.pettypool, world.lighthouse, november(30), order
        )
    assert refused_payer.value.constraint_name == "invoice_order_of_parties"


async def test_the_pages_of_a_payer(december: World, visitor: httpx.AsyncClient) -> None:
    world = december
    await sign_in(visitor, world.finance_officer)
    begins = day("starts_on", november(1))
    wrong = await send(
        visitor, "/purchase-orders", number="PO-7", limit="a lot", provider=str(world.pettypool), **begins
    )
    assert wrong.status_code == 422
    assert 'value="PO-7"' in wrong.text
    kept = await send(
        visitor, "/purchase-orders", number="PO-7", limit="500", provider=str(world.pettypool), **begins
    )
    told = await follow(visitor, kept)
    assert "PO-7" in told
    assert "£500.00" in told
    order = await db.fetch_value("SELECT id FROM purchase_order")
    await follow(visitor, await send(visitor, f"/purchase-orders/{order}", limit="600"))
    assert await db.fetch_value("SELECT limit_pence FROM purchase_order") == 60000
    await sign_in(visitor, world.manager)
    shown = await words_of(visitor, "/purchase-orders")
    assert "Northshire Council" in shown
    assert "Record it" not in shown
    await sign_in(visitor, world.dan_user)
    assert (await visitor.get("/purchase-orders")).status_code == 404
