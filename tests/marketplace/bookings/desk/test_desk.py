"""The broker's desk: what is to do, only from what is on record."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from isf.commands import end_authority
from marketplace.bookings.commands import book
from marketplace.bookings.desk.rules import Kind, Line, Order, Sort, Work, month_end, ordered, tasks_of
from marketplace.bookings.week.commands import add_idea
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route
from tests.marketplace.bookings.asking import Client, sign_in, statements_of, words_of
from tests.world import World

TODAY = date(2026, 11, 20)


def line(name: str = "Emma", **changes: object) -> Line:
    values: dict[str, object] = {
        "id": uuid4(), "name": name, "communication_needs": "", "funds": 1, "amount_pence": 100_000,
        "left_pence": 50_000, "starts_on": date(2026, 4, 1), "ends_on": date(2027, 4, 1), "booked_week": 1,
        "booked_month": 1, "ideas": 0, "first_idea_on": None,
    }  # fmt: skip
    return Line(**(values | changes))  # type: ignore[arg-type]


def kinds(**changes: object) -> list[Kind]:
    return [task.kind for task in tasks_of(line(**changes), TODAY)]  # type: ignore[arg-type]


def test_nothing_is_to_do_for_somebody_whose_money_goes_as_time_goes() -> None:
    assert kinds() == []


def test_each_kind_of_work_comes_from_what_is_on_record() -> None:
    assert kinds(funds=0, starts_on=None, ends_on=None) == [Kind.NO_MONEY]
    assert kinds(ideas=2, first_idea_on=date(2026, 11, 24)) == [Kind.IDEAS]
    assert kinds(ends_on=date(2026, 12, 15), left_pence=20_000) == [Kind.ENDS_SOON]
    assert kinds(ends_on=date(2026, 11, 28), left_pence=0) == []
    assert kinds(booked_month=0) == [Kind.NOTHING_BOOKED]
    # 233 of 365 days are 63 per cent of the time.
    assert kinds(left_pence=27_000) == [Kind.AHEAD]
    assert kinds(left_pence=28_000) == []


def test_what_is_due_first_comes_first_and_people_without_work_last() -> None:
    people = [
        line("Ann"), line("Bob", booked_month=0, left_pence=40_000),
        line("Cid", ideas=1, first_idea_on=date(2026, 11, 23), left_pence=90_000),
        line("Dot", funds=0, starts_on=None, ends_on=None, left_pence=0),
    ]  # fmt: skip
    work = [Work(each, tasks_of(each, TODAY)) for each in people]

    def names(sort: Sort, order: Order = Order.UP) -> list[str]:
        return [each.line.name for each in ordered(work, sort, order)]

    assert names(Sort.DUE) == ["Cid", "Bob", "Dot", "Ann"]
    assert names(Sort.NAME, Order.DOWN) == ["Dot", "Cid", "Bob", "Ann"]
    assert names(Sort.MONEY) == ["Dot", "Bob", "Ann", "Cid"]


def test_the_last_day_of_a_month() -> None:
    assert month_end(date(2026, 2, 1)) == date(2026, 2, 28)
    assert month_end(date(2026, 12, 31)) == date(2026, 12, 31)


@pytest.mark.row("B4")
async def test_the_desk_shows_only_people_with_an_authority_today(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    words = await words_of(client, "/desk")
    assert "Emma Example" in words
    assert "Dan Example" not in words
    # Money that only the council spends is not the broker's to plan with.
    assert "£1,000.00" in words
    await sign_in(client, world.stranger)
    assert "Nobody is on your desk" in await words_of(client, "/desk")
    held = await db.fetch_value("SELECT id FROM authority WHERE organisation_id = $1", world.harbour)
    await end_authority(world.care_manager, held, clock.today())
    await sign_in(client, world.broker)
    assert "Nobody is on your desk" in await words_of(client, "/desk")


async def test_numbers_lead_to_the_rows_that_they_count(world: World, client: Client) -> None:
    await world.person_with_fund("Priya Shah", Route.ISF, "100.00")
    await add_idea(world.broker, world.emma, await world.session())
    await sign_in(client, world.broker)
    shown = await client.get("/desk")
    assert 'href="/desk?show=ideas#people"' in shown.text
    words = await words_of(client, "/desk?show=ideas")
    assert "Book or remove 1 idea" in words
    assert "Priya Shah" not in words
    assert "Emma Example" in await words_of(client, "/desk?show=unknown&sort=unknown&order=unknown")


async def test_ideas_that_are_booked_or_over_are_no_work(world: World, client: Client) -> None:
    session = await world.session()
    await add_idea(world.broker, world.emma, session)
    await book(world.broker, session, world.emma_isf)
    await sign_in(client, world.broker)
    assert "Book or remove" not in await words_of(client, "/desk")


async def test_the_desks_statements_do_not_grow_with_people(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    await words_of(client, "/desk")
    few = await statements_of(client, "/desk")
    for name in ("Priya Shah", "Tom Bradshaw", "Grace Lee"):
        person, fund = await world.person_with_fund(name, Route.ISF, "100.00")
        session = await world.session(at=time(15))
        await book(world.broker, session, fund)
        await add_idea(world.broker, person, await world.session(day=clock.today() + timedelta(days=5)))
    assert await statements_of(client, "/desk") == few


async def test_opening_a_person_keeps_the_place_in_the_list(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    assert f'id="person-{world.emma}"' in (await client.get("/desk")).text
    assert f'href="/desk#person-{world.emma}"' in (await client.get(f"/people/{world.emma}/week")).text
