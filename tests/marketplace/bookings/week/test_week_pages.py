"""A person's week, asked over HTTP: the money, the ideas, and who may see and change it."""

from datetime import time, timedelta
from uuid import UUID

import pytest

from isf.commands import give_authority
from marketplace.bookings.commands import book, cancel_booking, give_back
from marketplace.bookings.rules import Reason
from marketplace.bookings.week.commands import add_idea
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category
from tests.asking import (
    Client,
    follow,
    plain,
    send,
    sign_in,
    statements_of,
    words_of,
)
from tests.world import World, balances

pytestmark = pytest.mark.row("B1")


def week(world: World, person: UUID | None = None, **more: str) -> str:
    """The week in which `world.session()` lies."""
    on = clock.today() + timedelta(days=3)
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/people/{person or world.emma}/week?on={on}{extra}"


async def test_the_week_shows_bookings_ideas_and_the_money_before_anything_is_booked(
    world: World, client: Client
) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    swimming = await world.activity(title="Swimming", price="6.20", category=Category.SWIMMING)
    await add_idea(world.broker, world.emma, await world.session(swimming, at=time(15)))
    await sign_in(client, world.broker)
    words = await words_of(client, week(world))
    assert "Emma’s week" in words
    assert "Garden group 10:00 to 12:00 · The Hall, Sandiway Booked £38.50" in words
    assert "Swimming 15:00 to 17:00 · The Hall, Sandiway Idea £6.20" in words
    assert "£961.50 left until" in words
    assert "3% of the money is used or booked. 16% of the time has passed." in words
    assert "Ideas this week: £6.20 Left after booking from ISF with Harbour Brokerage: £955.30" in words
    assert "How to communicate with Emma: Easy Read, one idea at a time" in words
    assert (await balances(world.emma_isf))["available"] == 96_150


async def test_book_all_ideas_books_each_by_itself_and_says_why_one_was_not(
    world: World, client: Client
) -> None:
    choir, film = (
        await world.activity(title="Choir", price="12.00"),
        await world.activity(title="Film", price="5.00"),
    )
    last_place = await world.session(film, at=time(15), capacity=1)
    await add_idea(world.broker, world.emma, await world.session(choir))
    await add_idea(world.broker, world.emma, last_place)
    await sign_in(client, world.broker)
    shown = await client.get(week(world))
    ideas = await db.fetch_all("SELECT id FROM idea ORDER BY id")
    assert all(str(idea["id"]) in shown.text for idea in ideas)
    # Somebody else takes the last place after the page was shown.
    await book(world.dan_user, last_place, world.dan_direct)
    sent = await send(
        client, week(world), f"/people/{world.emma}/week/book-ideas", fund=str(world.emma_isf),
        ideas=",".join(str(idea["id"]) for idea in ideas), on=(clock.today() + timedelta(days=3)).isoformat(),
    )  # fmt: skip
    words = await follow(client, sent)
    assert "1 idea booked: Choir." in words
    assert (
        "Film: You cannot book this date, because all places are taken. You can choose another date." in words
    )
    assert await db.fetch_value("SELECT count(*) FROM booking WHERE person_id = $1", world.emma) == 1
    assert await db.fetch_value("SELECT count(*) FROM idea") == 1
    assert (await balances(world.emma_isf))["available"] == 100_000 - 1200


async def test_book_all_again_books_nothing_twice(world: World, client: Client) -> None:
    await add_idea(world.broker, world.emma, await world.session())
    idea = str(await db.fetch_value("SELECT id FROM idea"))
    await sign_in(client, world.broker)
    to, fields = (
        f"/people/{world.emma}/week/book-ideas",
        {"fund": str(world.emma_isf), "ideas": idea, "on": ""},
    )
    await send(client, week(world), to, **fields)
    words = await follow(client, await send(client, week(world), to, **fields))
    assert "Nothing was booked, because these ideas are not in the week any more." in words
    assert await db.fetch_value("SELECT count(*) FROM booking") == 1


async def test_ideas_are_put_in_and_taken_out_and_cost_nothing(world: World, client: Client) -> None:
    session = await world.session()
    await sign_in(client, world.sister)
    for _ in range(2):
        put = await send(
            client, f"/people/{world.emma}/book/{session}", f"/people/{world.emma}/ideas",
            activity_session_id=str(session),
        )  # fmt: skip
        assert "It is in the week as an idea. It costs nothing until you book it." in await follow(
            client, put
        )
    assert await db.fetch_value("SELECT count(*) FROM idea") == 1
    assert (await balances(world.emma_isf))["available"] == 100_000
    idea = await db.fetch_value("SELECT id FROM idea")
    gone = await send(client, week(world), f"/people/{world.emma}/ideas/{idea}/remove", on="")
    assert "The idea is removed." in await follow(client, gone)
    assert await db.fetch_value("SELECT count(*) FROM idea") == 0


async def test_a_stranger_sees_no_week_and_a_finance_officer_changes_none(
    world: World, client: Client
) -> None:
    await sign_in(client, world.stranger)
    await words_of(client, week(world), 404)
    await sign_in(client, world.finance_officer)
    words = await words_of(client, week(world))
    assert "Book all ideas" not in words
    session = await world.session()
    refused = await send(client, "/invoices", f"/people/{world.emma}/ideas", activity_session_id=str(session))
    assert refused.status_code == 403


async def test_whoever_may_plan_puts_ideas_in_but_sees_no_button_to_book(
    world: World, client: Client
) -> None:
    await give_authority(
        world.care_manager, world.emma, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.PLAN],
        user_id=world.dan_user.user_id, starts_on=clock.today(),
    )  # fmt: skip
    await add_idea(world.dan_user, world.emma, await world.session())
    await sign_in(client, world.dan_user)
    words = await words_of(client, week(world))
    assert "Remove" in words
    assert "Book all ideas" not in words


@pytest.mark.row("A3")
async def test_every_view_of_a_week_is_audited_once(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    await words_of(client, week(world))
    seen = "SELECT count(*) FROM audit_record WHERE action = 'person.viewed' AND subject_id = $1 AND actor_user = $2"
    assert await db.fetch_value(seen, world.emma, world.broker.user_id) == 1


async def test_the_number_of_statements_does_not_grow_with_the_week(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    activity = await world.activity()
    await add_idea(world.broker, world.emma, await world.session(activity, at=time(9)))
    await book(world.broker, await world.session(activity, at=time(12)), world.emma_isf)
    await words_of(client, week(world))
    few = await statements_of(client, week(world))
    for hour in (14, 17, 20):
        await add_idea(world.broker, world.emma, await world.session(activity, at=time(hour)))
    await book(world.broker, await world.session(activity, at=time(6)), world.emma_isf)
    assert await statements_of(client, week(world)) == few
    assert few <= 12


async def test_easy_read_says_one_thing_in_each_sentence(world: World, client: Client) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    await sign_in(client, world.emma_user)
    words = await words_of(client, week(world, easy="on"))
    assert "£961.50 is left." in words
    assert "It starts at 10:00. It ends at 12:00." in words
    assert "It is at The Hall, Sandiway." in words
    assert "It is booked. It costs £38.50." in words


async def test_the_page_for_paper_has_no_menu_and_no_buttons(world: World, client: Client) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    await sign_in(client, world.broker)
    await add_idea(world.broker, world.emma, await world.session(at=time(15)))
    words = await words_of(client, week(world, print="on"))
    assert "Garden group" in words
    assert "Remove" not in words
    assert "Broker’s desk" not in words
    assert "Sign out" not in words


@pytest.mark.row("D4")
async def test_an_in_house_idea_says_why_and_is_left_out_of_the_sum(world: World, client: Client) -> None:
    house = await world.activity(world.in_house_manager, title="Day centre", price="52.00")
    await add_idea(world.broker, world.emma, await world.session(house, manager=world.in_house_manager))
    await sign_in(client, world.broker)
    words = await words_of(client, week(world))
    assert "because this service belongs to the council that pays the budget" in words
    assert "Ideas this week" not in words
    await sign_in(client, world.care_manager)
    assert "Left after booking from Money the council manages: £548.00" in await words_of(client, week(world))


async def test_a_late_cancel_stays_in_the_week_with_what_it_cost(world: World, client: Client) -> None:
    tomorrow = clock.today() + timedelta(days=1)
    booked = await book(world.broker, await world.session(day=tomorrow), world.emma_isf)
    await cancel_booking(world.broker, booked.id, Reason.PERSON_ILL)
    await sign_in(client, world.broker)
    words = await words_of(client, f"/people/{world.emma}/week?on={tomorrow}")
    assert "Cancelled £19.25" in words
    assert "It was cancelled late, so £19.25 is paid." in words


async def test_what_the_provider_cancelled_stays_in_the_week_until_it_is_booked_again(
    world: World, client: Client
) -> None:
    session = await world.session(day=clock.today() + timedelta(days=3))
    booked = await book(world.broker, session, world.emma_isf)
    await give_back(world.manager, booked.id, Reason.PROVIDER, ZERO, "We are ill.")
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/week?on={clock.today() + timedelta(days=3)}"
    words = await words_of(client, path)
    assert "Cancelled The provider cancelled. You pay nothing. Choose something else" in words
    await book(world.broker, session, world.emma_isf)
    assert "The provider cancelled" not in await words_of(client, path)


async def test_opening_a_week_chooses_the_person_for_the_directory(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    await words_of(client, week(world))
    assert (
        await db.fetch_value("SELECT chosen_person FROM login_session WHERE chosen_person IS NOT NULL")
        == world.emma
    )


async def test_a_direct_payments_ideas_say_that_they_are_paid_by_bank_transfer(
    world: World, client: Client
) -> None:
    await add_idea(world.dan_user, world.dan, await world.session())
    await sign_in(client, world.dan_user)
    words = await words_of(client, week(world, world.dan))
    assert "These are paid by bank transfer, when the bill comes." in words


async def test_odd_days_in_the_address_show_this_week(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    for odd in ("tomorrow", "9999-12-31", "", "2026-13-40"):
        assert "Emma’s week" in await words_of(client, f"/people/{world.emma}/week?on={odd}")


async def test_an_idea_of_something_over_or_booked_is_refused(world: World, client: Client) -> None:
    session = await world.session()
    await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.broker)
    put = await send(client, week(world), f"/people/{world.emma}/ideas", activity_session_id=str(session))
    assert "because it is booked already" in await follow(client, put)
    unknown = await send(client, week(world), f"/people/{world.emma}/ideas", activity_session_id="x")
    assert unknown.status_code == 422
    assert plain(unknown.text)


async def test_ideas_of_another_person_are_not_booked(world: World, client: Client) -> None:
    person, fund = await world.person_with_fund("Priya Shah", Route.ISF, "100.00")
    await add_idea(world.broker, person, await world.session())
    idea = str(await db.fetch_value("SELECT id FROM idea"))
    await sign_in(client, world.sister)
    to = f"/people/{world.emma}/week/book-ideas"
    words = await follow(client, await send(client, week(world), to, fund=str(fund), ideas=idea, on=""))
    assert "Nothing was booked" in words
    assert await db.fetch_value("SELECT count(*) FROM booking") == 0
