"""What a one-off session does to the money: it comes off the next payment, once, and is never paid (row D4)."""

from datetime import time, timedelta
from uuid import UUID

import asyncpg
import pytest

from invoicing.runs.commands import issue_invoices
from isf.ledger.queries import netted_pence
from isf.ledger.verify import verify
from isf.payments.paying_in import commands
from isf.statements.document import LineKind
from isf.statements.easy import easy_words
from isf.statements.making import make_statements
from isf.statements.rules import next_month
from isf.statements.words import statement_words
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.exceptions.commands import approve_exception
from marketplace.bookings.exceptions.rules import TooManyExceptions
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.routes_of_money import Route
from tests.isf.payments.making import line_of, on, paid_into, pay, pays_unsigned, proposed, second_officer
from tests.isf.statements.lived import documents
from tests.marketplace.bookings.exceptions.asking import YES, allow, approved, asked, at_vivo, woodwork
from tests.world import World, balances

pytestmark = pytest.mark.row("D4")
PRICE = 3850


async def _booked(world: World, *, days: int = 0) -> UUID:
    """A netted booking of Dan's at Vivo in so many days; of today: one that has not ended."""
    now = clock.now().astimezone(clock.LONDON)
    at = time(10) if days else time(min(now.hour + 1, 23))
    session = await world.session(
        await woodwork(world),
        manager=world.in_house_manager,
        day=now.date() + timedelta(days=days),
        at=at,
        minutes=55,
    )
    return (await approved(world, session)).id


async def _moves(booking: UUID) -> list[str]:
    rows = await db.fetch_all("SELECT kind FROM journal WHERE subject_id = $1 ORDER BY sequence", booking)
    return [row["kind"] for row in rows]


async def _cash(fund: UUID) -> int:
    pence: int = await db.fetch_value("SELECT cash_of_fund($1, 'infinity'::date)", fund)
    return pence


async def test_what_was_attended_is_netted_corrected_and_put_right_by_opposites(world: World) -> None:
    await allow(world)
    booking = await _booked(world)
    start, cash = await balances(world.dan_direct), await _cash(world.dan_direct)
    assert await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    after = await balances(world.dan_direct)
    assert after == start | {"committed": 0, "promised": start["promised"] + PRICE}
    assert await netted_pence(world.dan_direct) == PRICE
    await record_attendance(
        world.in_house_manager, booking, Outcome.ATTENDED
    )  # Saying it twice changes nothing.
    assert await balances(world.dan_direct) == after
    await record_attendance(world.in_house_manager, booking, Outcome.ABSENT)  # Half is owed.
    half = await balances(world.dan_direct)
    assert half["promised"] == start["promised"] + PRICE // 2
    assert half["available"] == start["available"] + PRICE // 2
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    assert await balances(world.dan_direct) == after
    assert await _moves(booking) == ["hold", "netting", "reversal", "netting", "reversal", "netting"]
    # No bank moved, nobody was owed anything.
    assert await _cash(world.dan_direct) == cash
    assert (after["payable"], after["paid"], after["funding"]) == (0, 0, 0)
    assert await verify() == []


async def test_cancelled_in_time_it_costs_nothing_and_counts_for_nothing(world: World) -> None:
    await allow(world)
    before = await balances(world.dan_direct)
    booking = await _booked(world, days=20)
    assert not await cancel_booking(world.dan_user, booking, Reason.CHANGED_MIND)
    assert await balances(world.dan_direct) == before
    assert await netted_pence(world.dan_direct) == 0
    await _booked(world, days=21)  # One is allowed, and none was had.


async def test_cancelled_late_its_share_is_netted_and_it_was_had(world: World) -> None:
    await allow(world)
    before = await balances(world.dan_direct)
    booking = await _booked(world, days=1)
    charge = await cancel_booking(world.dan_user, booking, Reason.CHANGED_MIND)
    assert charge.pence == PRICE // 2
    after = await balances(world.dan_direct)
    assert after == before | {
        "promised": before["promised"] + charge.pence,
        "available": before["available"] - charge.pence,
    }
    assert await netted_pence(world.dan_direct) == charge.pence
    again = await asked(world, await at_vivo(world, clock.today() + timedelta(days=5)))
    with pytest.raises(TooManyExceptions):
        await approve_exception(world.finance_officer, again, YES)
    assert await verify() == []


async def test_no_invoice_run_bills_it_and_sql_can_neither_claim_nor_bill_nor_charge_a_card(
    world: World,
) -> None:
    await allow(world)
    booking = await _booked(world)
    usual = (await book(world.broker, await world.session_today(), world.emma_isf)).id
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    await record_attendance(world.manager, usual, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    claimed = await db.fetch_all("SELECT booking_id FROM claim")
    assert [row["booking_id"] for row in claimed] == [usual]
    never = "never paid"
    for kind in ("invoice", "card"):
        with pytest.raises(asyncpg.CheckViolationError, match=never):
            await db.execute("INSERT INTO claim (booking_id, kind) VALUES ($1, $2)", booking, kind)
    with pytest.raises(asyncpg.ForeignKeyViolationError, match="not claimed by an invoice"):
        await db.execute(
            "INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,"
            " owner_council_id, description, service_on, net_pence, gross_pence, vat_category, vat_rate_basis_points)"
            " SELECT gen_random_uuid(), i.id, 9, b.id, 'support', b.fund_id, b.council_id, b.route, b.owner_council_id,"
            "        'x', b.service_on, 1, 1, 'exempt', 0 FROM booking b, invoice i WHERE b.id = $1",
            booking,
        )
    with pytest.raises(asyncpg.CheckViolationError, match=never):
        await db.execute(
            "INSERT INTO card_payment (id, booking_id, state, amount_pence, connected_account)"
            " VALUES (gen_random_uuid(), $1, 'started', 100, 'acct_x')",
            booking,
        )
    for kind, other in (("deliver", booking), ("card", booking), ("netting", usual)):
        with pytest.raises(asyncpg.CheckViolationError, match="only a booking by a one-off exception"):
            await db.execute(
                "SELECT ledger_post($1, 'crafted', $2, $3, current_date, NULL, '', ARRAY['available', 'committed'],"
                " ARRAY[-1, 1]::bigint[])",
                world.emma_isf if other == usual else world.dan_direct,
                kind,
                other,
            )


async def test_the_next_payment_is_smaller_by_exactly_the_price_and_only_that_one(world: World) -> None:
    await pays_unsigned(world)
    await allow(world)
    frank = await second_officer(world)
    await pay(world, frank)
    first = await paid_into(world.dan_direct)
    booking = await _booked(world)
    _, alike = await world.person_with_fund("Alma Alike", Route.DIRECT_PAYMENT, "500.00")
    await pay(world, frank)
    assert await paid_into(alike) in (0, first)
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    paid, usual = [first], [first]
    for weeks in (4, 8, 12):
        async with on(clock.today() + timedelta(weeks=weeks)):
            await pay(world, frank)
        paid.append(await paid_into(world.dan_direct))
        usual.append(await paid_into(alike))
    assert [each - less for each, less in zip(usual[1:], paid[1:], strict=True)] == [PRICE] * 3
    async with on(world.ends_on - timedelta(days=1)):
        await pay(world, frank)
    assert await paid_into(alike) == 50_000
    assert await paid_into(world.dan_direct) == 50_000 - PRICE
    after = await balances(world.dan_direct)
    assert (after["promised"], after["available"]) == (0, 50_000 - PRICE)
    assert await _cash(world.dan_direct) == 50_000 - PRICE
    assert await verify() == []


async def test_a_correction_after_the_payment_comes_back_with_the_payment_after(world: World) -> None:
    await pays_unsigned(world)
    await allow(world)
    frank = await second_officer(world)
    await pay(world, frank)
    booking = await _booked(world)
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    async with on(clock.today() + timedelta(weeks=4)):
        await pay(world, frank)
    await record_attendance(world.in_house_manager, booking, Outcome.ABSENT)
    async with on(world.ends_on - timedelta(days=1)):
        await pay(world, frank)
    assert await paid_into(world.dan_direct) == 50_000 - PRICE // 2
    assert await verify() == []


async def test_a_proposal_that_was_made_before_it_is_not_paid_as_it_was(world: World) -> None:
    await pays_unsigned(world)
    await allow(world)
    booking = await _booked(world)
    payment = await proposed(world)
    before = (await line_of(payment, world.dan_direct))["amount_pence"]
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    frank = await second_officer(world)
    await commands.check_payment(frank, payment)
    await commands.approve_payment(world.finance_officer, payment)
    line = await line_of(payment, world.dan_direct)
    assert (line["state"], await paid_into(world.dan_direct)) == ("released", 0)
    async with on(clock.today() + timedelta(days=1)):
        await pay(world, frank)
    assert await paid_into(world.dan_direct) == before - PRICE


async def test_the_statement_names_it_and_ties_to_the_books(world: World) -> None:
    await allow(world)
    booking = await _booked(world)
    await record_attendance(world.in_house_manager, booking, Outcome.ATTENDED)
    month = clock.today().replace(day=1)
    async with on(next_month(month)):
        await make_statements(SYSTEM, month)
    (told,) = await documents(world.dan_direct)
    (line,) = [each for each in told.lines if each.kind is LineKind.NETTED]
    assert (line.title, line.amount_pence, line.used_pence) == ("Woodwork", PRICE, 0)
    words = str(statement_words(told))
    assert "Used, and taken from the next payment" in words
    assert "£38.50" in words
    assert "Taken from your next payment" in str(easy_words(told))
