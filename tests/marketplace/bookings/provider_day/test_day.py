"""The provider's day around the registers: what waits, what was booked, the week, the money (row P5, `pages.md` 6)."""

from datetime import time, timedelta

import pytest

from invoicing.queries import Show, tallies
from invoicing.runs.commands import issue_invoices
from invoicing.takings import takings
from marketplace.bookings.checks.commands import dispute_attendance
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.provider_day.queries import counts, inbox, waiting
from marketplace.bookings.queries import Wish
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.waitlist.commands import join
from marketplace.kernel import clock
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import week_of
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate
from providers.rules import Split, SupportRatio
from tests.asking import Client, follow, send, sign_in, statements_of, words_of
from tests.invoicing.delivering import booked_before, deliver
from tests.world import World

pytestmark = pytest.mark.row("P5")


async def test_each_number_of_what_waits_is_the_number_of_its_rows(world: World, client: Client) -> None:
    yesterday = clock.today() - timedelta(days=1)
    await booked_before(world, world.broker, world.emma_isf, yesterday)
    visit = await deliver(world, world.broker, world.emma_isf, yesterday, at=time(14))
    await dispute_attendance(world.emma_user, visit, "I was ill.")
    told = await counts(world.staff)
    assert (told["registers"], told["disputes"], told["news"], told["questions"]) == (1, 1, 2, 0)
    await sign_in(client, world.staff)
    words = await words_of(client, "/provider/to-do")
    assert "1 register to fill in" in words.replace("Urgent: ", "")
    assert "2 changes to bookings not seen" in words
    assert "question" not in words.split("Elsewhere")[0].split("What is to do?")[1]


async def test_the_inbox_shows_what_is_new_until_it_is_seen_and_keeps_what_came_meanwhile(
    world: World, client: Client
) -> None:
    made = await book(world.broker, await world.session(), world.emma_isf)
    await sign_in(client, world.staff)
    assert "Booked: Emma Example" in await words_of(client, "/provider/inbox")
    page = await client.get("/provider/inbox")
    await cancel_booking(world.broker, made.id, Reason.CHANGED_MIND)
    [booked] = [line for line in (await inbox(world.staff)).items if line.kind == "booked"]
    assert str(booked.id) in page.text
    said = await follow(client, await send(client, "/provider/inbox", news=str(booked.id)))
    assert "1 change marked as seen." in said
    assert "Cancelled: Emma Example" in said
    assert "Booked: Emma Example" not in said
    everything = await words_of(client, "/provider/inbox?show=all&kind=booked")
    assert "Booked: Emma Example" in everything
    assert (await inbox(world.other_manager, only_new=False)).total == 0


async def test_the_week_shows_every_session_with_as_many_statements_as_one(
    world: World, client: Client
) -> None:
    activity = await world.activity()
    day = week_of(clock.today()) + timedelta(days=7)
    await world.session(activity, day=day)
    await sign_in(client, world.staff)
    path = f"/provider/week?week={day.isoformat()}"
    assert "1 session of 1 activity, 0 places taken." in await words_of(client, path)
    few = await statements_of(client, path)
    for number in range(1, 7):
        await world.session(activity, day=day + timedelta(days=number))
    assert "7 sessions of 1 activity" in await words_of(client, path)
    assert await statements_of(client, path) == few


async def test_the_money_ties_to_the_invoices(world: World, client: Client) -> None:
    month = clock.today().replace(day=1)
    session = await world.session_today()
    emma = (await book(world.broker, session, world.emma_isf)).id
    dan = (await book(world.dan_user, session, world.dan_direct)).id
    await record_attendance(world.staff, emma, Outcome.ATTENDED)
    await record_attendance(world.staff, dan, Outcome.ABSENT)
    await dispute_attendance(world.dan_user, dan, "I came.")
    [told] = await takings(world.manager)
    assert (told.to_bill, told.disputed, told.billed, told.paid) == (3850, 1925, 0, 0)
    await issue_invoices(SYSTEM, month)
    [told] = await takings(world.manager)
    assert (told.to_bill, told.disputed, told.billed, told.paid) == (0, 1925, 3850, 0)
    assert (await tallies(world.manager))[Show.BILLED].total.pence == told.billed
    await sign_in(client, world.manager)
    assert "£38.50 billed, not paid yet" in await words_of(client, "/provider/money")


async def test_staff_see_no_money_and_the_menu_leads_them_nowhere_else(world: World, client: Client) -> None:
    await sign_in(client, world.staff)
    shown = await client.get("/provider")
    assert 'href="/provider/inbox"' in shown.text
    assert 'href="/provider/money"' not in shown.text
    assert (await client.get("/provider/money")).status_code == 403
    await sign_in(client, world.manager)
    assert 'href="/provider/money"' in (await client.get("/provider/activities")).text


@pytest.mark.row("B3")
async def test_full_sessions_for_which_people_wait_are_listed_without_their_names(
    world: World, client: Client
) -> None:
    session = await world.session(capacity=1)
    await book(world.dan_user, session, world.dan_direct)
    await sign_in(client, world.staff)
    assert "Emma" not in await words_of(client, "/provider/waiting")
    assert "Garden group" not in await words_of(client, "/provider/waiting")
    await join(world.broker, session, world.emma_isf)
    assert "1 full session with people who wait" in await words_of(client, "/provider/to-do")
    shown = await words_of(client, "/provider/waiting")
    assert "Garden group" in shown
    assert "Emma" not in shown
    [line] = await waiting(world.staff)
    assert (line.session_id, line.waiting, line.offered, line.capacity) == (session, 1, 0, 1)
    assert await waiting(world.other_manager) == []
    await sign_in(client, world.broker)
    await words_of(client, "/provider/waiting", 403)


@pytest.mark.row("B6")
async def test_a_group_that_became_small_stands_on_the_list_of_things_to_do(
    world: World, client: Client
) -> None:
    activity = await world.activity()
    await set_rate(
        world.manager, activity, world.starts_on, Money(7000), VatCategory.EXEMPT, ratio=SupportRatio.ONE_TO_TWO,
        split=Split.SHARED,
    )  # fmt: skip
    session = await world.session(activity, day=clock.today() + timedelta(days=2))
    wish = Wish(SupportRatio.ONE_TO_TWO)
    made = await book(world.broker, session, world.emma_isf, wish=wish)
    await book(world.dan_user, session, world.dan_direct, wish=wish)
    assert (await counts(world.staff))["groups"] == 0
    await cancel_booking(world.broker, made.id, Reason.CHANGED_MIND)
    assert (await counts(world.staff))["groups"] == 1
    await sign_in(client, world.staff)
    told = await words_of(client, "/provider/to-do")
    assert "1 group with fewer people than its price is made for" in told.replace("Urgent: ", "")
    assert (await counts(world.other_manager))["groups"] == 0
