"""The worked example of `docs/money.md`, played: every figure there is what the books say (rows V1 to V7)."""

import io
import re
from datetime import date, time, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from invoicing.bank_details.commands import confirm, propose
from invoicing.bank_details.rules import Account, Purpose
from invoicing.line_queries.commands import query_line
from invoicing.payment_runs.commands import approve_run, send_run
from invoicing.payment_runs.proposing import propose_run
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_lines
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from tests.invoicing.bank_details.making import second_broker, second_manager
from tests.invoicing.credits.crediting import credit_booking
from tests.invoicing.delivering import NOVEMBER, attend, booked_before, november
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.providers.vat.registered import registered_for_vat
from tests.world import World, balances, persona

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "money.md"
DUE, PAID_ON = date(2026, 12, 31), date(2027, 1, 4)


def told() -> list[tuple[str, ...]]:
    """The amounts of each row of the table in the document."""
    rows = [line for line in DOCUMENT.read_text().splitlines() if line.startswith("|") and "£" in line]
    return [tuple(cell.strip() for cell in row.strip("|").split("|")[1:]) for row in rows]


class Books:
    """What a fund's books say after each step."""

    def __init__(self, fund: UUID) -> None:
        self._fund = fund
        self.rows: list[tuple[str, ...]] = []

    async def look(self) -> None:
        money = await balances(self._fund)
        names = ("available", "committed", "payable", "paid")
        self.rows.append(tuple(str(Money(money[name])) for name in names))


async def _accounts(world: World, brokers: tuple[Actor, Actor]) -> None:
    """Where everybody is paid, or pays from; said long before it is used."""
    enabler = await persona("Ernest Second", Role.PROVIDER_MANAGER, world.other_manager.organisation_id)
    for first, second, purpose, account in (
        (
            world.manager,
            await second_manager(world),
            Purpose.INTO,
            Account("Pettypool", "089999", "66374958"),
        ),
        (world.other_manager, enabler, Purpose.INTO, Account("1st Enable Ltd", "180002", "00000190")),
        (*brokers, Purpose.FROM, Account("Harbour Brokerage", "118765", "64371389")),
    ):
        await confirm(second, await propose(first, purpose, account, "First account"))


async def _pay(brokers: tuple[Actor, Actor], on: date) -> list[db.Row]:
    """A run from the proposal to the bank; answers its payments, the biggest first."""
    run = await propose_run(brokers[0], DUE, on)
    await approve_run(brokers[1], run)
    await send_run(brokers[0], run)
    return await db.fetch_all(
        "SELECT reference, amount_pence FROM payment WHERE payment_run_id = $1 AND state = 'sent'"
        " ORDER BY amount_pence DESC",
        run,
    )


def _statement(payments: list[db.Row]) -> bytes:
    """Both payments went out, and the smaller came back."""
    amounts = [f"{row['amount_pence'] // 100}.{row['amount_pence'] % 100:02d}" for row in payments]
    references = [row["reference"] for row in payments]
    day = PAID_ON.isoformat()
    outs = [
        entry(amount, day=day, reference=f"B{place}", end_to_end=reference)
        for place, (amount, reference) in enumerate(zip(amounts, references, strict=True))
    ]
    return camt053(*outs, entry(amounts[1], side="CRDT", day=day, reference="R", end_to_end=references[1]))


async def _november(world: World, books: Books) -> list[UUID]:
    """Booked, attended and billed, looked at after each; answers the bookings of the garden group."""
    await registered_for_vat(world.first_enable)
    garden = await world.activity()
    music = await world.activity(
        world.other_manager, title="Music", price="24.00", vat=(VatCategory.STANDARD, 2000)
    )
    visits = [
        (await booked_before(world, world.broker, world.emma_isf, november(day), activity=activity, manager=who),
         who, november(day))
        for activity, who, day in (
            (garden, world.manager, 5), (garden, world.manager, 12), (garden, world.manager, 19),
            (music, world.other_manager, 20),
        )
    ]  # fmt: skip
    await books.look()
    for booking, who, day in visits:
        await attend(who, booking, day)
    await books.look()
    await issue_invoices(SYSTEM, NOVEMBER)
    await books.look()
    return [booking for booking, _, _ in visits[:3]]


@pytest.mark.row("V1")
@pytest.mark.row("V5")
@pytest.mark.row("V7")
async def test_the_worked_example_is_what_the_books_say(world: World) -> None:
    brokers = (world.broker, await second_broker(world))
    await _accounts(world, brokers)
    books = Books(world.emma_isf)
    await books.look()
    gardens = await _november(world, books)
    line = await db.fetch_one("SELECT id, invoice_id FROM invoice_line WHERE booking_id = $1", gardens[2])
    assert line is not None
    await query_line(world.broker, line["invoice_id"], line["id"], "It rained, and nobody met")
    await credit_booking(world.manager, gardens[2])
    await books.look()
    with use_clock(FixedClock(from_wall(PAID_ON, time(9)))):
        payments = await _pay(brokers, PAID_ON)
        await books.look()
        await give_in(world.broker, io.BytesIO(_statement(payments)), "january.xml")
        assert await explain_lines(world.broker) == 3
        await books.look()
    with use_clock(FixedClock(from_wall(PAID_ON + timedelta(days=7), time(9)))):
        await _pay(brokers, PAID_ON + timedelta(days=7))
        await books.look()
    assert books.rows == told()
    assert await verify() == []


@pytest.mark.row("V2")
def test_the_document_tells_amounts_in_pounds_and_pence() -> None:
    rows = told()
    assert len(rows) == 8
    assert all(re.fullmatch(r"£[\d,]+\.\d\d", amount) for row in rows for amount in row)
