"""Every path by which a personalised budget could pay the council that gives it, each refused; the database last.

Vivo is Northshire's own service; Emma's ISF and Dan's direct payment are Northshire's money (`rules.md` 1, row V8).
"""

import io
from collections.abc import Awaitable, Callable
from datetime import time
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from invoicing.cards.commands import pay
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines
from invoicing.reconciliation.rules import Meaning
from invoicing.runs.commands import issue_invoices
from isf.ledger import commands as ledger
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from isf.rules import FundDraft
from marketplace.bookings.commands import book
from marketplace.bookings.ownership.commands import take_in_house
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, DomainError, InHouseBlocked, Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World

pytestmark = [pytest.mark.row("V8"), pytest.mark.row("D4")]

Refusal = type[Exception] | tuple[type[Exception], ...]


async def at_vivo(world: World) -> UUID:
    """A session of the council's own service."""
    activity = await world.activity(world.in_house_manager, title="Woodwork", price="12.00")
    return await world.session(activity, manager=world.in_house_manager, at=time(10))


async def billed(world: World) -> db.Row:
    """A lawful invoice line of Emma's ISF, whose copies are turned into unlawful ones below."""
    await deliver(world, world.broker, world.emma_isf, november(5))
    await issue_invoices(SYSTEM, NOVEMBER)
    await deliver(world, world.broker, world.emma_isf, november(6))  # owed, and not billed yet
    row = await db.fetch_one("SELECT * FROM invoice_line")
    assert row is not None
    return row


# --- By the commands --------------------------------------------------------------------------------------------


async def test_no_booking_so_nothing_to_bill_by_any_invoice(world: World) -> None:
    session = await at_vivo(world)
    for who, fund in ((world.broker, world.emma_isf), (world.dan_user, world.dan_direct)):
        with pytest.raises(InHouseBlocked):
            await book(who, session, fund)
    run = await issue_invoices(SYSTEM, clock.today().replace(day=1), provider_id=world.vivo)
    assert (run.invoices, run.skipped) == ((), ())


async def test_no_card_payment(world: World) -> None:
    with pytest.raises(InHouseBlocked):
        await pay(world.dan_user, await at_vivo(world), world.dan_direct)


async def test_no_isf_held_by_the_council_or_its_own_service(world: World) -> None:
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    for holder in (world.council, vivo):
        with pytest.raises(Invalid):
            await world.person_with_fund("Harry Held", Route.ISF, "100.00", holder=holder)
    assert FundDraft(Route.ISF, Money(1), holder_organisation_id=vivo).holder == (Route.ISF, vivo)


async def test_no_change_of_ownership_over_what_is_owed(world: World) -> None:
    await billed(world)
    with pytest.raises(Conflict):
        await take_in_house(world.commissioner, world.pettypool, world.council, november(1), None)


async def test_no_bank_line_that_is_a_payment_to_it(world: World) -> None:
    reference = await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.vivo)
    file = camt053(entry("12.00", reference="B1", words=f"Payment to {reference}", who="Vivo Care Choices"))
    await give_in(world.broker, io.BytesIO(file), "november.xml")
    assert await explain_lines(world.broker) == 0
    line = await db.fetch_value("SELECT id FROM bank_line")
    for meaning in Meaning:
        with pytest.raises(Invalid):
            await explain_line(world.broker, line, meaning, world.vivo)


async def test_no_money_from_fund_to_fund_and_out(world: World) -> None:
    """A transfer between funds ends in *left*: from there only a lawful booking goes on."""
    with pytest.raises(ValueError, match="promised"):
        await ledger.take_over(
            SYSTEM, world.emma_isf, Account.PAID, Money(1), clock.today(), reference="x", subject_id=None
        )


# --- In the database --------------------------------------------------------------------------------------------


async def insert_copy(table: str, row: db.Row, **other: object) -> None:
    """Insert a row of a table again with other values in it."""
    values = {**row, "id": new_id(), **other}
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())


async def credit_line(world: World, line: db.Row) -> None:
    columns = (
        "booking_id",
        "part",
        "fund_id",
        "council_id",
        "route",
        "description",
        "service_on",
        "net_pence",
    )
    kept = {name: line[name] for name in (*columns, "gross_pence", "vat_category", "vat_rate_basis_points")}
    await insert_copy(
        "credit_note_line", kept, credit_note_id=new_id(), position=1, invoice_line_id=line["id"],
        owner_council_id=line["council_id"],
    )  # fmt: skip


async def payment_item(world: World, line: db.Row) -> None:
    """The one thing of a payment's item that may change, as ownership would change it."""
    await db.execute("UPDATE payment_item SET owner_council_id = $1", line["council_id"])


async def invoice_line(world: World, line: db.Row) -> None:
    await insert_copy("invoice_line", line, position=2, part="transport", owner_council_id=line["council_id"])


async def booking(world: World, line: db.Row) -> None:
    session = await at_vivo(world)
    row = await db.fetch_one("SELECT * FROM booking WHERE id = $1", line["booking_id"])
    told = await db.fetch_one(
        "SELECT starts_at, ends_at, service_on FROM activity_session WHERE id = $1", session
    )
    assert row is not None
    assert told is not None
    await insert_copy(
        "booking", row, **told, reference="BK-AAAAAA", activity_session_id=session, provider_id=world.vivo,
        owner_council_id=world.council, state="confirmed",
    )  # fmt: skip


async def changed_owner(world: World, line: db.Row) -> None:
    """The ownership itself, entered past every command for a day on which something is owed."""
    await db.execute(
        "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES (gen_random_uuid(), $1, $2, $3)",
        world.pettypool,
        world.council,
        november(1),
    )


async def held_fund(world: World, line: db.Row) -> None:
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    await db.execute("UPDATE fund SET holder_organisation_id = $2 WHERE id = $1", world.emma_isf, vivo)


async def raw_delivery(world: World, line: db.Row) -> None:
    """Emma's council-managed money may pay Vivo; her ISF is made to pay for that very booking."""
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    await raw(world, Movement.DELIVER, Account.AVAILABLE, Account.PAYABLE, subject=managed.id)


async def raw_card(world: World, line: db.Row) -> None:
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    await raw(world, Movement.CARD, Account.AVAILABLE, Account.PAID, subject=managed.id)


async def raw_settlement(world: World, line: db.Row) -> None:
    """More than the payment pays out of this fund."""
    payment = await db.fetch_value("SELECT id FROM payment")
    await raw(world, Movement.SETTLE, Account.PAYABLE, Account.PAID, subject=payment)


async def raw_transfer(world: World, line: db.Row) -> None:
    await raw(world, Movement.TRANSFER_IN, Account.FUNDING, Account.PAID, subject=None)


async def raw_fee(world: World, line: db.Row) -> None:
    await raw(world, Movement.RETURN, Account.AVAILABLE, Account.PAYABLE, subject=None)


async def raw(world: World, kind: Movement, source: Account, to: Account, *, subject: UUID | None) -> None:
    """A journal that no command would post."""
    await post(
        SYSTEM, world.emma_isf, kind, f"raw:{new_id()}", transfer(source, to, Money(100)), on=clock.today(),
        subject_id=subject,
    )  # fmt: skip


Attempt = Callable[[World, db.Row], Awaitable[Any]]

AT_THE_DATABASE: list[tuple[Attempt, str]] = [
    (booking, "booking_not_in_house"),
    (invoice_line, "invoice_line_not_in_house"),
    (credit_line, "credit_note_line_not_in_house"),
    (payment_item, "payment_item_not_in_house"),
    (changed_owner, "booking_not_in_house"),
    (held_fund, "fund_not_held_in_house"),
    (raw_delivery, "journal_not_in_house"),
    (raw_card, "journal_not_in_house"),
    (raw_settlement, "journal_not_in_house"),
    (raw_transfer, "journal_not_in_house"),
    (raw_fee, "journal_not_in_house"),
]


@pytest.mark.parametrize(
    ("attempt", "constraint"), AT_THE_DATABASE, ids=[attempt.__name__ for attempt, _ in AT_THE_DATABASE]
)
async def test_the_database_refuses_it_whatever_code_asks(
    world: World, attempt: Attempt, constraint: str
) -> None:
    line = await billed(world)
    await mark_paid(world.broker, line["invoice_id"], "BACS 1", clock.today())
    before = await books(world.emma_isf)
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, DomainError)) as refused:
        await attempt(world, line)
    cause = refused.value if isinstance(refused.value, asyncpg.PostgresError) else refused.value.__cause__
    assert isinstance(cause, asyncpg.IntegrityConstraintViolationError)
    assert cause.constraint_name == constraint
    assert await books(world.emma_isf) == before


async def books(fund: UUID) -> object:
    """A fund's balances and journals, every claim and payment: to be the same afterwards."""
    return await db.fetch_all(
        "SELECT (SELECT json_agg(a ORDER BY a.id) FROM account a WHERE a.fund_id = $1)::text AS accounts,"
        " (SELECT count(*) FROM claim) AS claims, (SELECT count(*) FROM payment) AS payments,"
        " (SELECT count(*) FROM journal WHERE fund_id = $1) AS journals",
        fund,
    )
