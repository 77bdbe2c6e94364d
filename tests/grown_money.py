"""Several times as many rows of what the pages about money list, made through the commands."""

import io
from dataclasses import replace
from datetime import date, time, timedelta
from uuid import UUID

from invoicing.credits.commands import CreditDraft, issue_credit_note
from invoicing.line_queries.commands import query_line
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.purchase_orders.commands import record_order
from invoicing.purchase_orders.rules import OrderDraft
from invoicing.reconciliation.giving_in import give_in
from invoicing.runs.commands import issue_invoices
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads.commands import check_ubl
from isf.commands import create_budget, create_person
from isf.commands.people import PersonDraft
from isf.contributions.commands import charge_contributions
from isf.rules import BudgetDraft, FundDraft
from isf.statements.rules import first_of_month
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.invoicing.delivering import deliver
from tests.invoicing.made_invoices import ONE, invoice
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.isf.statements.lived import last_month
from tests.world import World


async def grow_money(world: World, more: int) -> None:
    """Further months of visits, billed, queried, credited and paid; what the bank said; orders, charges."""
    month = last_month()
    long_ago = replace(world, starts_on=month - timedelta(days=31 * more + 40))
    _, fund = await long_ago.person_with_fund("Long Ago", Route.ISF, "400.00", holder=world.harbour)
    activity = await long_ago.activity(title="Garden of long ago", price="5.00")
    for n in range(more):
        month = first_of_month(month - timedelta(days=1))
        await _billed_and_paid(world, fund, activity, month)
        await _bank(world, n)
        first = clock.today() + timedelta(days=100 + 10 * n)
        order = OrderDraft(f"PO-{n}", first, first + timedelta(days=5))
        await record_order(world.broker, world.first_enable, order)
        await _contributes(world, n)
        await _own_invoice(world, n)
    await charge_contributions(SYSTEM)


async def _billed_and_paid(world: World, fund: UUID, activity: UUID, month: date) -> None:
    """Three visits of a month: of one a pound is credited, one is queried, the rest is paid."""
    for day in (3, 4, 5):
        await deliver(world, world.broker, fund, month.replace(day=day), activity=activity, at=time(9))
    await issue_invoices(SYSTEM, month)
    lines = await db.fetch_all(
        "SELECT l.id, l.invoice_id FROM invoice_line l WHERE l.fund_id = $1 AND date_trunc('month', l.service_on) = $2"
        " ORDER BY l.service_on",
        fund,
        month,
    )
    billed = lines[0]["invoice_id"]
    await issue_credit_note(world.manager, billed, CreditDraft({lines[0]["id"]: Money(100)}, "It began late"))
    await query_line(world.broker, billed, lines[1]["id"], "It ended early")
    await mark_paid(world.broker, billed, f"FP {month}", clock.today())


async def _bank(world: World, number: int) -> None:
    """A statement with a line that explains itself to nobody."""
    file = camt053(entry(f"{number + 1}.50", reference=f"M{number}", words="Charges", who="The bank"))
    file = file.replace(b"<Id>2026-12-03</Id>", f"<Id>more-{number}</Id>".encode())
    await give_in(world.broker, io.BytesIO(file), f"more{number}.xml")


async def _contributes(world: World, number: int) -> None:
    """Somebody who pays a part of their budget themselves."""
    person = await create_person(world.care_manager, PersonDraft(name=f"Pays A Part {number}"))
    fund = FundDraft(Route.ISF, Money(50_000), holder_organisation_id=world.harbour)
    draft = BudgetDraft(Money(40_000), Money(10_000), world.starts_on, world.ends_on, [fund])
    await create_budget(world.care_manager, person, draft)


async def _own_invoice(world: World, number: int) -> None:
    """A draft of the provider's own."""
    today = clock.today()
    content = ubl_invoice(invoice(ONE, number=f"OWN-MORE-{number}", issued_on=today, due_on=today))
    await check_ubl(world.manager, world.harbour, content)
