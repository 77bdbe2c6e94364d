"""Asking by the commands for what a council may not do: pay its own service out of Emma's ISF or Dan's direct payment.

Each attempt is refused or comes to nothing. Vivo is Northshire's own service; Pettypool is not, and is owed `line`.
"""

import io
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from invoicing.cards.commands import pay
from invoicing.credits.commands import CreditDraft, issue_credit_note, receive_credit
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.rules import NothingToPay
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines
from invoicing.reconciliation.rules import Meaning
from invoicing.runs.commands import issue_invoices, issue_own_invoices, self_bill
from invoicing.self_billing.commands import propose as propose_self_billing
from invoicing.self_billing.rules import Dates
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands as uploads
from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.rules import FundDraft
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.ownership.commands import take_in_house
from marketplace.bookings.register.sheet import fates, lines_of
from marketplace.bookings.register.sheet_queries import known_rows
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, InHouseBlocked, Invalid, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.invoicing.delivering import NOVEMBER, november
from tests.invoicing.made_invoices import ONE, invoice
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World


async def at_vivo(world: World) -> UUID:
    """A session of the council's own service, on a day after those that there are."""
    activity = await world.activity(world.in_house_manager, title="Woodwork", price="12.00")
    others = await db.fetch_value("SELECT count(*) FROM activity_session WHERE provider_id = $1", world.vivo)
    day = clock.today() + timedelta(days=3 + others)
    return await world.session(activity, manager=world.in_house_manager, day=day)


async def _reference(booking: UUID) -> str:
    return str(await db.fetch_value("SELECT reference FROM booking WHERE id = $1", booking))


async def no_invoice(world: World, line: db.Row) -> None:
    """Nothing can be booked, so a run of Vivo's, or for it, has nothing to bill; nor another's visit."""
    session = await at_vivo(world)
    for who, fund in ((world.broker, world.emma_isf), (world.dan_user, world.dan_direct)):
        with pytest.raises(InHouseBlocked):
            await book(who, session, fund)
    for month in (NOVEMBER, clock.today().replace(day=1)):
        run = await issue_invoices(SYSTEM, month, provider_id=world.vivo)
        own = await issue_own_invoices(world.in_house_manager, month)
        assert (run.invoices, run.skipped, own.invoices) == ((), (), ())


async def no_self_billing(world: World, line: db.Row) -> None:
    """Who holds the money cannot agree to write Vivo's invoices; what it writes leaves Vivo out."""
    today = clock.today()
    with pytest.raises(NotFound):
        await propose_self_billing(world.broker, world.vivo, Dates(today, today + timedelta(days=300)))
    assert (await self_bill(world.broker, NOVEMBER)).invoices == ()


async def no_upload(world: World, line: db.Row) -> None:
    """To Harbour Vivo sells nothing; to the council it does, and a line that names Emma's visit is not taken."""
    seen = await _upload(world, await _reference(line["booking_id"]), line["service_on"])
    with pytest.raises(NotFound):
        await uploads.check_ubl(world.in_house_manager, world.harbour, seen)
    await book(world.care_manager, await at_vivo(world), world.emma_managed)
    draft = await uploads.check_ubl(world.in_house_manager, world.council, seen)
    assert await uploads.send(world.in_house_manager, draft) is None
    assert await db.fetch_value("SELECT state FROM received_line") == "queried"


async def _upload(world: World, reference: str, day: date) -> bytes:
    written = invoice(ONE, number="VIV-7", issued_on=clock.today(), due_on=clock.today())
    (person,) = written.people
    named = replace(person.lines[0], booking_reference=reference, service_date=day)
    return ubl_invoice(replace(written, people=(replace(person, lines=(named,)),)))


async def no_credit(world: World, line: db.Row) -> None:
    """A credit note is its seller's alone: Vivo issues none of Pettypool's invoice, to owe or to be owed by it."""
    draft = CreditDraft({line["id"]: Money(1)}, "It was ours")
    with pytest.raises(NotFound):
        await issue_credit_note(world.in_house_manager, line["invoice_id"], draft)


async def no_payment_run(world: World, line: db.Row) -> None:
    """Nothing is owed to Vivo, whatever day is chosen."""
    with pytest.raises(NothingToPay):
        await propose_run(world.broker, clock.today() + timedelta(days=60), clock.today())


async def no_card(world: World, line: db.Row) -> None:
    """Refused before the card company hears of it."""
    with pytest.raises(InHouseBlocked):
        await pay(world.dan_user, await at_vivo(world), world.dan_direct)


async def no_refund_elsewhere(world: World, line: db.Row) -> None:
    """What Pettypool owes back comes to who paid it: Vivo cannot say that it has it."""
    credit = CreditDraft({line["id"]: Money(100)}, "A pound too much")
    note = await issue_credit_note(world.manager, line["invoice_id"], credit)
    with pytest.raises((NotFound, Forbidden)):
        await receive_credit(world.in_house_manager, note.id, "BACK 1", clock.today())


async def no_transfer(world: World, line: db.Row) -> None:
    """Money that goes on to another fund is *left* there; and no fund is held by the council or its service."""
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    for holder in (world.council, vivo):
        with pytest.raises(Invalid):
            await world.person_with_fund("Harry Held", Route.ISF, "100.00", holder=holder)
    assert FundDraft(Route.ISF, Money(1), holder_organisation_id=vivo).holder == (Route.ISF, vivo)
    with pytest.raises(ValueError, match="promised"):
        await ledger.take_over(
            SYSTEM, world.emma_isf, Account.PAID, Money(1), clock.today(), reference="x", subject_id=None
        )


async def no_import(world: World, line: db.Row) -> None:
    """A register that Vivo gives in as a sheet knows no booking but its own."""
    reference = await _reference(line["booking_id"])
    known = await known_rows(world.in_house_manager, [reference])
    assert known == {}
    (fate,) = fates(lines_of(f"booking,outcome\n{reference},attended\n"), known, clock.today())
    assert fate.refused
    with pytest.raises(NotFound):
        await record_attendance(world.in_house_manager, line["booking_id"], Outcome.ATTENDED)


async def no_bank_line(world: World, line: db.Row) -> None:
    """What a bank says went to Vivo is nothing that the books know, whatever somebody says that it was."""
    reference = await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.vivo)
    file = camt053(entry("12.00", reference="B1", words=f"Payment to {reference}", who="Vivo Care Choices"))
    await give_in(world.broker, io.BytesIO(file), "november.xml")
    assert await explain_lines(world.broker) == 0
    told = await db.fetch_value("SELECT id FROM bank_line")
    for meaning in Meaning:
        with pytest.raises(Invalid):
            await explain_line(world.broker, told, meaning, world.vivo)


async def no_journal(world: World, line: db.Row) -> None:
    """The commands of the books themselves hold nothing of Emma's ISF for a visit that the council pays for."""
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, DomainError)):
        await ledger.hold(SYSTEM, world.emma_isf, managed.id, Money(1200), clock.today())


async def no_change_of_owner(world: World, line: db.Row) -> None:
    """Over what is delivered, billed and paid; what comes after it can become the council's own."""
    with pytest.raises(Conflict):
        await take_in_house(world.commissioner, world.pettypool, world.council, november(1), None)
