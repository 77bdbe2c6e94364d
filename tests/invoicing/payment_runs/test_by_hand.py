"""A payment by hand is one payment with an item for each line; the database keeps each line in one."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import today
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World

_ITEM = """
    INSERT INTO payment_item (id, payment_id, invoice_id, invoice_line_id, booking_id, fund_id, council_id, route,
                              owner_council_id, amount_pence)
    SELECT gen_random_uuid(), $1, invoice_id, id, booking_id, fund_id, council_id, route, {owner}, {amount}
      FROM invoice_line WHERE invoice_id = $2
"""
_PAYMENT = """
    INSERT INTO payment (id, reference, provider_id, payer_organisation_id, payer_user_id, gross_pence, netted_pence,
                         amount_pence, state, bank_reference, paid_on, sent_at)
    SELECT gen_random_uuid(), 'PY-TEST', provider_id, {payer}, payer_user_id, gross_pence, 0, gross_pence, 'sent', 'X',
           $2, now()
      FROM invoice WHERE id = $1 RETURNING id
"""


async def _invoice(world: World, fund: UUID | None = None) -> UUID:
    await deliver(world, world.broker, fund or world.emma_isf, november(6))
    (issued,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    return issued.invoice_id


async def _pay_bare(
    invoice: UUID,
    *,
    payer: str = "payer_organisation_id",
    owner: str = "owner_council_id",
    amount: str = "gross_pence",
    before: str = "SELECT 1",
) -> None:
    async with db.connection() as conn, conn.transaction():
        await conn.execute(before)
        payment = await conn.fetchval(_PAYMENT.format(payer=payer), invoice, today())
        await conn.execute(_ITEM.format(owner=owner, amount=amount), payment, invoice)


@pytest.mark.row("V9")
async def test_marking_an_invoice_paid_is_one_payment_with_an_item_for_each_line(december: World) -> None:
    world = december
    activity = await world.activity()
    for day in (5, 6):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    (issued,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    await mark_paid(world.broker, issued.invoice_id, "BACS 1", today())
    payment = await db.fetch_one("SELECT * FROM payment")
    assert payment is not None
    assert (payment["state"], payment["amount_pence"], payment["bank_reference"]) == ("sent", 7700, "BACS 1")
    items = await db.fetch_all(
        "SELECT amount_pence, line_paid_pence(invoice_line_id) AS paid FROM payment_item"
    )
    assert [(row["amount_pence"], row["paid"]) for row in items] == [(3850, 3850)] * 2
    journal = await db.fetch_one("SELECT reference, subject_id FROM journal WHERE kind = 'settle'")
    reference = f"payment:{payment['id']}:{world.emma_isf}:settle"
    assert journal == {"reference": reference, "subject_id": payment["id"]}


@pytest.mark.row("V9")
async def test_no_line_is_in_two_payments_also_by_bare_statements_at_once(december: World) -> None:
    invoice = await _invoice(december)
    answers = await asyncio.gather(
        mark_paid(december.broker, invoice, "BACS 1", today()), _pay_bare(invoice), return_exceptions=True
    )
    assert sum(isinstance(answer, BaseException) for answer in answers) == 1
    assert await db.fetch_value("SELECT count(*) FROM payment_item WHERE live") == 1


@pytest.mark.row("V9")
@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"amount": "gross_pence + 1"}, "payment_item_fits"),
        ({"amount": "gross_pence - 1"}, "payment_items_add_up"),
        ({"payer": "(SELECT id FROM organisation WHERE name = 'Lighthouse Brokerage')"}, "payment_item_fits"),
    ],
)
async def test_a_payment_is_the_sum_of_lines_of_its_payer_and_seller(
    december: World, changes: dict[str, str], constraint: str
) -> None:
    invoice = await _invoice(december)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await _pay_bare(invoice, **changes)
    assert refusal.value.constraint_name == constraint


@pytest.mark.row("V8")
async def test_no_payment_of_a_personal_budget_goes_to_the_council_itself(december: World) -> None:
    invoice = await _invoice(december)
    with pytest.raises((asyncpg.CheckViolationError, asyncpg.ForeignKeyViolationError)):
        await _pay_bare(invoice, owner="council_id")
    # Even were every trigger and foreign key gone, the check stays.
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await _pay_bare(invoice, owner="council_id", before="SET LOCAL session_replication_role = replica")
    assert refusal.value.constraint_name == "payment_item_not_in_house"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payment SET amount_pence = 1, netted_pence = gross_pence - 1",
        "UPDATE payment SET paid_on = paid_on - 1",
        "UPDATE payment SET state = 'proposed', paid_on = NULL, sent_at = NULL",
        "UPDATE payment_item SET amount_pence = 1",
        "UPDATE payment_item SET live = false",
        "DELETE FROM payment_item",
        "DELETE FROM payment",
    ],
)
async def test_what_is_paid_stays_as_it_was_paid(december: World, statement: str) -> None:
    invoice = await _invoice(december)
    await mark_paid(december.broker, invoice, "BACS 1", today())
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute(statement)
