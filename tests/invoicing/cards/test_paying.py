"""Beginning a card payment, and the ways in which nothing comes of it."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from invoicing.cards.commands import abandon, pay
from invoicing.cards.jobs import release_holds
from invoicing.cards.rules import NotByCard
from invoicing.cards.settling import Settled, settle
from invoicing.connect.commands import connect_account
from invoicing.stripe_values import CardAmountRefused, CardPaymentOff, CardPaymentUnavailable
from invoicing.takings import takings
from isf.commands import give_authority
from marketplace.bookings.checks.commands import dispute_attendance
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.rules import Outcome
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, InHouseBlocked, Invalid, NotFound, SessionFull
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import settings
from tests.invoicing.cards.table import ACCOUNT, ALL, DECLINED, PRICE, Table
from tests.invoicing.cards.test_refunds import paid_booking
from tests.world import balances

EVERY_TRY = ["before"] * 3
"""The SDK asks three times before it gives up."""


async def nothing_happened(table: Table) -> None:
    """No place, no money and no payment are left over."""
    assert await table.places_taken() == 0
    assert await table.money() == (ALL, 0, 0)
    live = "SELECT count(*) FROM booking WHERE state <> 'lapsed'"
    assert await db.fetch_value(live) == 0


@pytest.mark.row("Y1")
async def test_a_paid_page_confirms_the_booking_and_moves_the_money(table: Table) -> None:
    started = await table.begin()
    assert await table.booking(started.booking_id) == "held"
    assert await table.money() == (ALL - PRICE, PRICE, 0)
    assert table.type_card(started.url) == 303

    payment = await table.payment(started.booking_id)
    assert await settle(payment["checkout_id"], ACCOUNT) is Settled.PAID
    assert await table.booking(started.booking_id) == "confirmed"
    assert await table.money() == (ALL - PRICE, 0, PRICE)
    assert await table.places_taken() == 1
    claim = await db.fetch_value("SELECT kind FROM claim WHERE booking_id = $1", started.booking_id)
    assert claim == "card"
    assert [subject[:11] for subject in await table.letters()] == ["Paid: £38.5"]
    await tell_what_happened()
    assert "New booking BK" in [subject[:14] for subject in await table.letters("bookings@pettypool.example")]


@pytest.mark.row("P5")
async def test_what_a_card_paid_is_held_back_from_no_bill_when_it_is_said_to_be_wrong(table: Table) -> None:
    booking = await paid_booking(table, await table.world.session_today())
    await record_attendance(table.world.manager, booking, Outcome.ATTENDED)
    await dispute_attendance(table.world.dan_user, booking, "I was not there")
    assert await takings(table.world.manager) == []


@pytest.mark.row("Y1")
async def test_the_money_goes_to_the_providers_own_account_and_names_nobody(table: Table) -> None:
    await table.begin()
    (page,) = table.pages_opened()
    assert page["amount_total"] == PRICE
    assert table.pages_opened("acct_1SomebodyElse") == []
    told = str({name: value for name, value in page.items() if name != "customer_email"})
    assert "Dan" not in told


@pytest.mark.row("Y1")
async def test_pressing_again_gives_the_same_page(table: Table) -> None:
    session = await table.world.session(capacity=1)
    first = await table.begin(session)
    assert await table.begin(session) == first
    assert await table.places_taken() == 1


@pytest.mark.row("Y1")
async def test_pressing_twice_at_once_gives_one_booking_and_one_page(table: Table) -> None:
    session = await table.world.session(capacity=1)
    started = await asyncio.gather(*(table.begin(session) for _ in range(4)))
    assert len(set(started)) == 1
    assert len(table.pages_opened()) == 1
    assert await table.money() == (ALL - PRICE, PRICE, 0)


@pytest.mark.row("Y1")
async def test_turning_back_frees_the_place_and_closes_the_page(table: Table) -> None:
    started = await table.begin()
    assert await abandon(table.world.dan_user, started.booking_id) is Settled.LAPSED
    assert await abandon(table.world.dan_user, started.booking_id) is Settled.LAPSED
    assert table.type_card(started.url) == 410
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_turning_back_after_paying_keeps_what_was_paid(table: Table) -> None:
    started = await table.begin()
    table.type_card(started.url)
    assert await abandon(table.world.dan_user, started.booking_id) is Settled.PAID
    assert await table.booking(started.booking_id) == "confirmed"


@pytest.mark.row("Y1")
async def test_after_turning_back_it_can_be_paid_anew(table: Table) -> None:
    session = await table.world.session(capacity=1)
    first = await table.begin(session)
    await abandon(table.world.dan_user, first.booking_id)
    second = await table.begin(session)
    assert second.url != first.url
    assert table.type_card(second.url) == 303


@pytest.mark.row("Y1")
async def test_a_declined_card_keeps_the_place_and_another_card_pays(table: Table) -> None:
    started = await table.begin()
    assert table.type_card(started.url, DECLINED) == 402
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    assert await settle(checkout, ACCOUNT) is Settled.OPEN
    assert await table.booking(started.booking_id) == "held"
    assert table.type_card(started.url) == 303
    assert await settle(checkout, ACCOUNT) is Settled.PAID


@pytest.mark.row("Y1")
async def test_a_page_that_closed_by_itself_frees_the_place(table: Table) -> None:
    session = await table.world.session()
    started = await table.begin(session)
    table.server.control("clock", ahead_seconds=33 * 60)
    checkout = (await table.payment(started.booking_id))["checkout_id"]
    assert await settle(checkout, ACCOUNT) is Settled.LAPSED
    await nothing_happened(table)
    table.server.control("clock", ahead_seconds=0)
    assert (await table.begin(session)).booking_id != started.booking_id


@pytest.mark.row("Y1")
async def test_a_hold_that_nobody_paid_for_ends(table: Table) -> None:
    started = await table.begin()
    assert (
        await release_holds() == "0 payments ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
    )
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        assert (
            await release_holds()
            == "1 payment ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
        )
        assert (
            await release_holds()
            == "0 payments ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
        )
    assert table.type_card(started.url) == 410
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_what_was_paid_is_found_though_nobody_came_back_and_no_message_came(table: Table) -> None:
    started = await table.begin()
    table.type_card(started.url)
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        assert (
            await release_holds()
            == "0 payments ended unpaid or too late, 1 paid after all, 0 waiting for Stripe"
        )
    assert await table.booking(started.booking_id) == "confirmed"


@pytest.mark.row("Y1")
async def test_a_hold_waits_while_the_card_company_is_silent_but_not_for_ever(table: Table) -> None:
    started = await table.begin()
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        table.server.control("faults", faults=EVERY_TRY)
        assert (
            await release_holds()
            == "0 payments ended unpaid or too late, 0 paid after all, 1 waiting for Stripe"
        )
    assert await table.booking(started.booking_id) == "held"
    with use_clock(FixedClock(clock.now() + timedelta(hours=25))):
        table.server.control("faults", faults=EVERY_TRY)
        assert (
            await release_holds()
            == "1 payment ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
        )
    await nothing_happened(table)


@pytest.mark.row("Y1")
@pytest.mark.parametrize("first", ["before", "after"])
async def test_when_the_card_company_does_not_answer_nothing_is_lost(table: Table, first: str) -> None:
    table.server.control("faults", faults=[first, "before", "before"])
    with pytest.raises(CardPaymentUnavailable, match="pay by bank transfer"):
        await table.begin()
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_a_process_that_dies_between_holding_and_asking_leaves_a_hold_that_ends(table: Table) -> None:
    session = await table.world.session()
    heard = asyncio.Event()

    async def never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never_answers, "127.0.0.1", 0) as silent:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("STRIPE_API_BASE", f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}")
            settings.cache_clear()
            asking = asyncio.create_task(table.begin(session))
            await asyncio.wait_for(heard.wait(), 10)
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
    settings.cache_clear()
    assert await table.places_taken() == 1
    assert table.pages_opened() == []
    with use_clock(FixedClock(clock.now() + timedelta(minutes=36))):
        assert (
            await release_holds()
            == "1 payment ended unpaid or too late, 0 paid after all, 0 waiting for Stripe"
        )
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_after_such_a_death_pressing_again_goes_on_with_the_same_place(table: Table) -> None:
    session = await table.world.session(capacity=1)
    started = await table.begin(session)
    await db.execute("UPDATE card_payment SET checkout_id = NULL, checkout_url = ''")
    assert await table.begin(session) == started
    # Too late for the page that was meant: the place is let go and taken anew.
    await db.execute("UPDATE card_payment SET checkout_id = NULL, checkout_url = ''")
    with use_clock(FixedClock(clock.now() + timedelta(minutes=10))):
        anew = await table.begin(session)
    assert anew.booking_id != started.booking_id
    assert await table.booking(started.booking_id) == "lapsed"
    assert await table.places_taken() == 1


@pytest.mark.row("Y1")
async def test_without_a_key_card_payment_is_off_and_nothing_is_held(
    table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await table.world.session()
    monkeypatch.delenv("STRIPE_API_KEY")
    settings.cache_clear()
    with pytest.raises(
        CardPaymentOff, match=r"Card payment is off on this site\. You can pay by bank transfer"
    ):
        await table.begin(session)
    await nothing_happened(table)


@pytest.mark.row("D4")
@pytest.mark.row("V8")
@pytest.mark.row("Y1")
async def test_an_in_house_service_is_refused_and_the_card_company_never_hears_of_it(table: Table) -> None:
    world = table.world
    await connect_account(SYSTEM, world.vivo, "acct_1Vivo")
    activity = await world.activity(world.in_house_manager)
    session = await world.session(activity, manager=world.in_house_manager)
    with pytest.raises(InHouseBlocked):
        await table.begin(session)
    assert table.pages_opened("acct_1Vivo") == []
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_only_a_direct_payment_is_paid_by_card(table: Table) -> None:
    world = table.world
    await give_authority(
        world.care_manager, world.emma, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.BOOK, Scope.PAY],
        user_id=world.emma_user.user_id, starts_on=clock.today(),
    )  # fmt: skip
    with pytest.raises(NotByCard, match="individual service fund"):
        await pay(world.emma_user, await world.session(), world.emma_isf)
    assert (await balances(world.emma_isf))["committed"] == 0


@pytest.mark.row("Y1")
async def test_a_provider_without_an_account_of_its_own_takes_no_cards(table: Table) -> None:
    await connect_account(SYSTEM, table.world.pettypool, None)
    with pytest.raises(NotByCard, match="Pettypool takes no cards yet"):
        await table.begin()
    await nothing_happened(table)
    with pytest.raises(Invalid):
        await connect_account(SYSTEM, table.world.pettypool, "Pettypool")


@pytest.mark.row("B4")
@pytest.mark.row("Y1")
async def test_paying_needs_the_scope_to_pay(table: Table) -> None:
    world = table.world
    session = await world.session()
    with pytest.raises(Forbidden):
        await pay(world.broker, session, world.emma_isf)
    with pytest.raises(Forbidden):
        await pay(world.sister, session, world.emma_isf)
    with pytest.raises(NotFound):
        await pay(world.emma_user, session, world.dan_direct)
    started = await table.begin(session)
    with pytest.raises(NotFound):
        await abandon(world.emma_user, started.booking_id)


@pytest.mark.row("Y1")
async def test_what_is_free_is_booked_at_once(table: Table) -> None:
    started = await table.begin(await table.world.session(await table.world.activity(price="0")))
    assert started.url is None
    assert await table.booking(started.booking_id) == "confirmed"
    assert table.pages_opened() == []


@pytest.mark.row("Y1")
async def test_an_amount_that_no_card_takes_is_refused_and_the_place_is_free(table: Table) -> None:
    with pytest.raises(CardAmountRefused):
        await table.begin(await table.world.session(await table.world.activity(price="0.20")))
    await nothing_happened(table)


@pytest.mark.row("Y1")
async def test_a_full_session_is_refused_before_anybody_pays(table: Table) -> None:
    world = table.world
    session = await world.session(capacity=1)
    _, fund = await world.person_with_fund("Nora Next", Route.ISF, "100")
    await book(world.broker, session, fund)
    with pytest.raises(SessionFull):
        await table.begin(session)
    assert table.pages_opened() == []
