"""The person's own page: what money is there, what it does this week, what is left, what is to do."""

import re
from datetime import date, time, timedelta

import pytest

from isf import queries as isf_queries
from isf.commands import create_person, give_authority
from isf.commands.people import PersonDraft
from marketplace.bookings.commands import book
from marketplace.bookings.mine import queries
from marketplace.bookings.mine.rules import BudgetDays, change_of
from marketplace.bookings.week.commands import add_idea
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock, week_of
from marketplace.kernel.errors import NotFound
from tests.asking import Client, plain, sign_in, statements_of, words_of
from tests.world import World

YEAR = BudgetDays(date(2026, 4, 1), date(2027, 4, 1), 365_000, None)


def test_a_budget_that_goes_down_says_when_and_by_how_much_a_week() -> None:
    less = BudgetDays(date(2027, 4, 1), date(2028, 4, 1), 312_858, 6_000)
    told = change_of([YEAR, less], date(2026, 11, 22))
    assert told is not None
    assert told.words == "From 1 April 2027 the budget is £60.00 a week. That is £10.00 less."
    lately = change_of([YEAR, less], date(2027, 4, 20))
    assert lately is not None
    assert lately.words.startswith("From 1 April 2027 the budget has been £60.00 a week.")
    assert change_of([YEAR, less], date(2027, 6, 1)) is None


def test_a_budget_that_stays_the_same_says_nothing() -> None:
    same = BudgetDays(date(2027, 4, 1), date(2028, 3, 31), 365_000, None)
    assert change_of([YEAR, same], date(2026, 11, 22)) is None
    assert change_of([YEAR], date(2026, 4, 2)) is None


@pytest.mark.row("B9")
async def test_the_page_answers_in_three_figures(world: World, client: Client) -> None:
    # A Monday, so that the whole week is still to come.
    monday = week_of(clock.today()) + timedelta(days=7)
    with use_clock(FixedClock(from_wall(monday, time(7)))):
        session = await world.session(day=monday + timedelta(days=1))
        await book(world.broker, session, world.emma_isf)
        await add_idea(world.broker, world.emma, await world.session(day=monday + timedelta(days=2)))
        await sign_in(client, world.emma_user)
        words = await words_of(client, f"/people/{world.emma}/money")
    # £961.50 in the ISF and £600.00 that the council manages.
    assert "£1,561.50 is left in 2 funds" in words
    assert "£38.50 is booked this week" in words
    assert "This week: £38.50 booked" in words
    assert "10:00 to 12:00 Garden group The Hall, Sandiway £38.50 Booked" in words
    assert "1 idea in the week, not booked yet" in words
    assert "Harbour Brokerage holds the money" in words


async def test_nothing_booked_and_nothing_to_do_are_said_too(world: World, client: Client) -> None:
    await sign_in(client, world.dan_user)
    words = await words_of(client, f"/people/{world.dan}/money")
    assert "£500.00 is left £0.00 is booked this week" in words
    assert "Nothing is booked this week." in words


async def test_my_page_leads_to_ones_own_and_offers_a_choice_to_those_who_act_for_several(
    world: World, client: Client
) -> None:
    await sign_in(client, world.emma_user)
    answer = await client.get("/me", follow_redirects=False)
    assert answer.headers["location"] == f"/people/{world.emma}/money"
    await give_authority(
        world.care_manager, world.dan, AuthorityKind.REPRESENTATIVE, [Scope.SEE],
        user_id=world.sister.user_id, starts_on=clock.today(),
    )  # fmt: skip
    await sign_in(client, world.sister)
    words = await words_of(client, "/me")
    assert "Whose money and week?" in words
    assert "Dan’s money and week" in words
    assert "Emma’s money and week" in words
    await sign_in(client, world.stranger)
    assert "There is no money to show yet" in await words_of(client, "/me")


@pytest.mark.row("A3")
@pytest.mark.parametrize("name", ["stranger", "other_care_manager", "dan_user"])
async def test_nobody_else_sees_the_page_and_each_view_is_audited(
    world: World, client: Client, name: str
) -> None:
    with pytest.raises(NotFound):
        await queries.money_and_week(world.personas()[name], world.emma)
    await sign_in(client, world.personas()[name])
    assert (await client.get(f"/people/{world.emma}/money")).status_code == 404
    before = await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'person.viewed'")
    await queries.money_and_week(world.sister, world.emma)
    after = await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'person.viewed'")
    assert after == before + 1


@pytest.mark.row("A2")
async def test_the_easy_read_version_says_the_same_with_a_picture_by_each_idea(
    world: World, client: Client
) -> None:
    await book(world.broker, await world.session_today(), world.emma_isf)
    await sign_in(client, world.emma_user)
    answer = await client.get(f"/people/{world.emma}/money?easy=on")
    words = plain(answer.text)
    assert "£961.50 is left" in words
    assert "It costs £38.50." in words
    assert "You can ask Harbour Brokerage" in words
    blocks = re.findall(
        r'<div class="fairday-easy-block">(.*?)<div class="fairday-easy-block__words">', answer.text
    )
    assert len(blocks) > 6
    assert all("<img" in block for block in blocks)


@pytest.mark.row("SP3")
async def test_locked_money_says_so_in_words(world: World, client: Client) -> None:
    person = await create_person(world.care_manager, PersonDraft(name="Nina New"))
    assert await isf_queries.plan_words(person) == "There is no plan yet."
    mine = await queries.money_and_week(world.care_manager, person)
    assert (mine.funds, mine.waits) == ([], "")
    await sign_in(client, world.care_manager)
    assert "There is no money today" in await words_of(client, f"/people/{person}/money")


async def test_what_is_due_first_is_to_do_first(world: World) -> None:
    found = await queries.todos(world.emma_user, world.emma)
    days = [todo.due_on or date.max for todo in found]
    assert days == sorted(days)


async def test_the_pages_statements_do_not_grow_with_bookings(world: World, client: Client) -> None:
    await sign_in(client, world.emma_user)
    path = f"/people/{world.emma}/money"
    await words_of(client, path)
    few = await statements_of(client, path)
    for hour in (9, 12, 15, 18):
        await book(
            world.broker,
            await world.session(day=clock.today() + timedelta(days=1), at=time(hour)),
            world.emma_isf,
        )
    assert await statements_of(client, path) == few


@pytest.mark.row("B9")
async def test_programs_get_the_same(world: World, client: Client) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.emma_user)}"}
    told = (await client.get(f"/api/v1/people/{world.emma}/money", headers=headers)).json()
    isf = await isf_queries.fund(world.emma_user, world.emma_isf)
    (fund,) = [each for each in told["funds"] if each["id"] == str(world.emma_isf)]
    assert (fund["left_pence"], fund["words"]) == (100_000, isf.standing.words)
    desk = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    shown = (await client.get("/api/v1/desk", headers=desk)).json()
    assert (shown["total"], shown["items"][0]["name"], shown["items"][0]["left_pence"]) == (
        1,
        "Emma Example",
        100_000,
    )
    assert (await client.get("/api/v1/desk?show=nonsense", headers=desk)).status_code == 422
