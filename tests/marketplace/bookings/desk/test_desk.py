"""The broker's desk: what is to do, only from what is on record."""

import csv
import io
import re
from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from invoicing.runs.commands import issue_invoices
from isf import queries as isf_queries
from isf.burn import BurnKind
from isf.commands import end_authority
from isf.ledger import commands as ledger
from marketplace.bookings.commands import book
from marketplace.bookings.desk import queries
from marketplace.bookings.desk.queries import Asked
from marketplace.bookings.desk.rules import Facts, Kind, Line, Order, Sort, month_end, page_of, told
from marketplace.bookings.desk.view import plain as harmless
from marketplace.bookings.week.commands import add_idea
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, sign_in, statements_of, words_of
from tests.invoicing.delivering import deliver
from tests.world import World

FACTS = Facts(
    funds=1, amount_pence=100_000, left_pence=50_000, ends_on=date(2027, 4, 1), ahead_pence=3_100, over_pence=4_000,
    plan_state="waiting_for_keys", keys=2, offers=2, offer_until=None, unpaid_invoices=2, unpaid_due_on=None,
    owed_pence=1_250, unanswered=1, unanswered_on=None, booked_week=0, booked_month=0, ideas=3, first_idea_on=None,
)  # fmt: skip


async def kinds(world: World, actor_name: str = "broker") -> dict[str, list[Kind]]:
    """What is to do for each person on a desk, by their names."""
    desk = await queries.desk(world.personas()[actor_name], Asked())
    return {line.name: [kind for kind, _ in line.due] for line in desk.lines}


def test_every_kind_of_work_has_words_and_a_page() -> None:
    for kind in Kind:
        assert told(kind, FACTS)
        assert kind.label
        assert page_of(kind, uuid4(), date(2026, 11, 24)).startswith("/")
    assert told(Kind.KEYS, FACTS) == "The plan waits for 2 keys"
    assert told(Kind.ENDS_SOON, FACTS) == "£500.00 is left when the money ends on 31 March 2027"


def test_the_next_thing_is_the_most_pressing_or_the_one_that_the_list_is_about() -> None:
    line = Line(uuid4(), "PN-1", "Emma", FACTS, [(Kind.IDEAS, date(2026, 11, 24)), (Kind.AHEAD, None)])
    first, asked = line.task(None), line.task(Kind.AHEAD)
    assert first is not None
    assert asked is not None
    assert (first.kind, asked.words) == (Kind.IDEAS, "£31.00 more used and booked than planned by today")
    assert line.task(Kind.SIGN) is None


def test_the_last_day_of_a_month() -> None:
    assert month_end(date(2026, 2, 1)) == date(2026, 2, 28)
    assert month_end(date(2026, 12, 31)) == date(2026, 12, 31)


def test_no_text_of_the_file_is_taken_for_a_formula() -> None:
    assert [harmless(text) for text in ("=1+1", "+44", "-3", "@x", "Emma")] == [
        "'=1+1", "'+44", "'-3", "'@x", "Emma",
    ]  # fmt: skip


@pytest.mark.row("I7")
async def test_the_desk_shows_only_people_with_an_authority_today(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    words = await words_of(client, "/desk")
    assert "Emma Example" in words
    assert "Dan Example" not in words
    # Money that only the council spends is not the broker's to plan with.
    assert "£1,000.00" in words
    assert "Money the council manages" not in words
    await sign_in(client, world.stranger)
    assert "Nobody is on your desk" in await words_of(client, "/desk")
    held = await db.fetch_value("SELECT id FROM authority WHERE organisation_id = $1", world.harbour)
    await end_authority(world.care_manager, held, clock.today())
    await sign_in(client, world.broker)
    assert "Nobody is on your desk" in await words_of(client, "/desk")


@pytest.mark.row("I7")
async def test_a_care_manager_has_everybody_of_the_council_as_a_caseload(
    world: World, client: Client
) -> None:
    assert set(await kinds(world, "care_manager")) == {"Emma Example", "Dan Example"}
    assert await kinds(world, "other_care_manager") == {}
    await sign_in(client, world.care_manager)
    assert "Money the council manages" in await words_of(client, "/desk")


@pytest.mark.row("I7")
async def test_what_is_to_do_comes_from_what_is_on_record(world: World) -> None:
    assert await kinds(world) == {"Emma Example": [Kind.NOTHING_BOOKED]}
    tomorrow = await world.session(day=clock.today() + timedelta(days=1))
    await add_idea(world.broker, world.emma, tomorrow)
    assert Kind.IDEAS in (await kinds(world))["Emma Example"]
    await book(world.broker, tomorrow, world.emma_isf)
    assert Kind.IDEAS not in (await kinds(world))["Emma Example"]
    await deliver(world, world.broker, world.emma_isf, clock.today() - timedelta(days=40))
    await issue_invoices(SYSTEM, (clock.today() - timedelta(days=40)).replace(day=1))
    assert Kind.UNPAID in (await kinds(world))["Emma Example"]
    # Not the care manager's to pay.
    assert Kind.UNPAID not in (await kinds(world, "care_manager"))["Emma Example"]


@pytest.mark.row("I7")
async def test_a_booking_that_nobody_recorded_waits_for_an_answer(world: World) -> None:
    booked = await book(world.broker, await world.session(), world.emma_isf)
    assert Kind.NO_ANSWER not in (await kinds(world))["Emma Example"]
    await db.execute(
        "UPDATE booking SET starts_at = starts_at - interval '9 days', ends_at = ends_at - interval '9 days'"
        " WHERE id = $1",
        booked.id,
    )
    assert Kind.NO_ANSWER in (await kinds(world))["Emma Example"]


@pytest.mark.row("I7")
async def test_locked_money_asks_for_a_plan_and_then_waits_for_its_keys(world: World) -> None:
    await world.person_with_fund("Priya Shah", Route.ISF, "100.00")
    found = await kinds(world)
    assert (await isf_queries.fund(world.broker, world.emma_isf)).locked is False
    if (Kind.PLAN in found["Priya Shah"]) or (Kind.KEYS in found["Priya Shah"]):
        assert Kind.NOTHING_BOOKED not in found["Priya Shah"]


@pytest.mark.row("B9")
async def test_the_desk_judges_money_against_time_as_the_rule_does(world: World) -> None:
    funds = [world.emma_isf]
    for number, name in enumerate(("Ann A", "Bob B", "Cid C", "Dot D")):
        _, fund = await world.person_with_fund(name, Route.ISF, "1000.00")
        funds.append(fund)
        for day, pence in ((-20, 9_000 * number), (2, 30_000)):
            await ledger.hold(world.broker, fund, new_id(), Money(pence), clock.today() + timedelta(days=day))
    ahead = {name for name, found in (await kinds(world)).items() if Kind.AHEAD in found}
    found = [await isf_queries.fund(world.broker, fund) for fund in funds]
    assert ahead == {fund.person_name for fund in found if fund.standing.kind is BurnKind.AHEAD} == {"Dot D"}
    by_name = {fund.person_name: fund for fund in found}
    desk = await queries.desk(world.broker, Asked(show=Kind.AHEAD))
    assert desk.lines[0].task(Kind.AHEAD).words == by_name["Dot D"].standing.words  # type: ignore[union-attr]


@pytest.mark.row("B9")
async def test_a_row_of_the_desk_says_what_its_line_shows(world: World, client: Client) -> None:
    await ledger.hold(world.broker, world.emma_isf, new_id(), Money(80_000), clock.today())
    fund = await isf_queries.fund(world.broker, world.emma_isf)
    burn = await isf_queries.burn_down_of(world.broker, fund)
    assert burn.standing.kind is BurnKind.AHEAD
    await sign_in(client, world.broker)
    shown = (await client.get("/desk")).text
    assert burn.standing.words in shown
    drawn = re.search(r'data-line="used"[^>]*points="([^"]+)"', shown)
    assert drawn is not None
    top = max(*(point.planned.pence for point in burn.points), burn.used.pence)
    last = float(drawn[1].split()[-1].split(",")[1])
    assert abs((35 - last) / 33 * top - burn.used.pence) <= top * 0.1 / 33


async def test_numbers_lead_to_the_rows_that_they_count(world: World, client: Client) -> None:
    await world.person_with_fund("Priya Shah", Route.ISF, "100.00")
    await add_idea(world.broker, world.emma, await world.session())
    await sign_in(client, world.broker)
    shown = await client.get("/desk")
    assert 'href="/desk?show=ideas#people"' in shown.text
    words = await words_of(client, "/desk?show=ideas")
    assert "Book or remove 1 idea" in words
    assert "Priya Shah" not in words
    assert "Emma Example" in await words_of(client, "/desk?show=unknown&sort=unknown&order=unknown&page=x")
    desk = await queries.desk(world.broker, Asked())
    for kind, count in desk.counts.items():
        assert (await queries.desk(world.broker, Asked(show=kind))).total == count


@pytest.mark.row("I7")
async def test_people_are_found_sorted_and_paged_by_the_address(world: World) -> None:
    for name, amount in (("Ann A", "300.00"), ("Bob B", "200.00"), ("Cid C", "100.00")):
        await world.person_with_fund(name, Route.ISF, amount)

    async def names(asked: Asked) -> list[str]:
        return [line.name.split()[0] for line in (await queries.desk(world.broker, asked)).lines]

    assert await names(Asked(sort=Sort.NAME)) == ["Ann", "Bob", "Cid", "Emma"]
    assert await names(Asked(sort=Sort.NAME, order=Order.DOWN)) == ["Emma", "Cid", "Bob", "Ann"]
    assert await names(Asked(sort=Sort.MONEY)) == ["Cid", "Bob", "Ann", "Emma"]
    assert await names(Asked(sort=Sort.NAME, page=2, page_size=3)) == ["Emma"]
    assert await names(Asked(search="b b")) == ["Bob"]
    assert await names(Asked(search="%")) == []
    nothing = await queries.desk(world.broker, Asked(search="nobody"))
    assert (nothing.total, nothing.everybody) == (0, 4)


@pytest.mark.row("I7")
async def test_the_desks_statements_do_not_grow_with_people(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    await words_of(client, "/desk")
    few = await statements_of(client, "/desk")
    for name in ("Priya Shah", "Tom Bradshaw", "Grace Lee"):
        _, fund = await world.person_with_fund(name, Route.ISF, "100.00")
        await ledger.hold(world.broker, fund, new_id(), Money(500), clock.today())
    await book(world.broker, await world.session(at=time(15)), world.emma_isf)
    assert await statements_of(client, "/desk") == few


@pytest.mark.row("I7")
async def test_opening_a_person_keeps_the_place_in_the_list(world: World, client: Client) -> None:
    await sign_in(client, world.broker)
    shown = (await client.get("/desk?show=nothing_booked&sort=name")).text
    assert f'id="person-{world.emma}"' in shown
    opened = re.search(rf'href="(/people/{world.emma}/money\?back=[^"]+)"', shown)
    assert opened is not None
    person = (await client.get(opened[1].replace("&amp;", "&"))).text
    assert f'href="/desk?show=nothing_booked&amp;sort=name#person-{world.emma}"' in person


@pytest.mark.row("I7")
async def test_what_is_filtered_is_exported(world: World, client: Client) -> None:
    await world.person_with_fund("=Priya", Route.ISF, "100.00")
    await add_idea(world.broker, world.emma, await world.session())
    await sign_in(client, world.broker)
    answer = await client.get("/desk/export.csv?show=ideas")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [row[1] for row in rows] == ["Person", "Emma Example"]
    assert rows[1][2] == "1000.00"
    everybody = (await client.get("/desk/export.csv")).text
    assert "'=Priya" in everybody
    assert await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'desk.exported'") == 2
