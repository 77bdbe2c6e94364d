"""A council's start: what waits, each number a link to its rows, for each role its own part first."""

import re

import pytest
from litestar.routes import HTTPRoute

from isf.disagreements.queries import disagreements_to_answer
from isf.ledger import commands as ledger
from isf.plans.queries.waiting import plans_waiting
from marketplace.app import Schedule, create_app
from marketplace.home import queries
from marketplace.home.rules import PAGES, TILES, Part, parts_for, waiting_words
from marketplace.identity.http import declared_permission
from marketplace.identity.rules import Role, permissions_of
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, sign_in, statements_of, words_of
from tests.world import World

STAFF = ("care_manager", "finance_officer", "commissioner", "monitoring_officer")


def parts_of(role: Role) -> list[Part]:
    counts = {tile.name: 1 for tile in TILES}
    return [shown.part for shown in parts_for({role}, permissions_of({role}), counts)]


def test_each_role_finds_its_own_part_first() -> None:
    assert parts_of(Role.CARE_MANAGER)[0] is Part.KEYS
    assert parts_of(Role.FINANCE_OFFICER)[:2] == [Part.MONEY, Part.KEYS]
    assert parts_of(Role.COMMISSIONER)[:2] == [Part.PROVIDERS, Part.WATCH]
    assert parts_of(Role.MONITORING_OFFICER)[0] is Part.WATCH
    assert Part.PROVIDERS not in parts_of(Role.CARE_MANAGER)


def test_how_much_waits_is_one_sentence_and_lists_of_everybody_are_no_work() -> None:
    permissions = permissions_of({Role.CARE_MANAGER})
    nothing = parts_for({Role.CARE_MANAGER}, permissions, {"people": 2_000})
    assert waiting_words(nothing) == "Nothing waits for you."
    some = parts_for({Role.CARE_MANAGER}, permissions, {"people": 2_000, "keys": 2, "over": 1})
    assert waiting_words(some) == "3 things to look at."


def test_every_number_leads_to_a_page_that_the_same_people_may_open() -> None:
    pages = {
        route.path: declared_permission(handler)
        for route in create_app(Schedule.OFF).routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "GET" in handler.http_methods
    }
    wanted = [(tile.href, tile.needs) for tile in TILES] + [(each.href, each.needs) for each in PAGES]
    for href, needs in wanted:
        path = href.split("?")[0].split("#")[0]
        assert path in pages, f"{path} is not there"
        for role in Role:
            held = permissions_of({role})
            if needs in held:
                assert pages[path] in held, f"{role} is sent to {path} and may not open it"


@pytest.mark.row("B9")
async def test_the_numbers_are_those_of_their_pages(world: World, client: Client) -> None:
    await world.person_with_locked_fund("Nina New", Route.ISF, "300.00")
    await ledger.hold(world.broker, world.emma_isf, new_id(), Money(90_000), clock.today())
    counted = await queries.counts(world.care_manager)
    assert counted["people"] == 3
    assert counted["plan"] == 1
    assert counted["ahead"] == 1
    assert counted["keys"] == len(await plans_waiting(world.care_manager))
    assert counted["disagreements"] == len(await disagreements_to_answer(world.care_manager))
    await sign_in(client, world.care_manager)
    words = await words_of(client, "/council")
    assert "1 person with money ahead of time" in words
    assert "1 person without a plan" in words
    ahead = await words_of(client, "/desk?show=ahead")
    assert "Money ahead of time: 1 person" in ahead
    assert "Emma Example" in ahead


@pytest.mark.row("A3")
async def test_only_the_councils_staff_have_a_start_and_only_of_their_own(world: World) -> None:
    for name in STAFF:
        assert (await queries.counts(world.personas()[name]))["people"] == 2
    assert (await queries.counts(world.other_care_manager))["people"] == 0
    for name in ("broker", "emma_user", "manager"):
        with pytest.raises(Forbidden):
            await queries.counts(world.personas()[name])


async def test_every_role_of_the_council_begins_there(world: World, client: Client) -> None:
    for name in STAFF:
        await sign_in(client, world.personas()[name])
        answer = await client.get("/home", follow_redirects=False)
        assert answer.headers["location"] == "/council"
        shown = await client.get("/council")
        assert shown.status_code == 200
        for href in set(re.findall(r"<main.*?</main>", shown.text, flags=re.DOTALL)[0].split('href="')[1:]):
            path = href.split('"')[0]
            assert (await client.get(path)).status_code == 200, f"{name}: {path}"


@pytest.mark.row("A1")
async def test_the_menu_stays_short(world: World, client: Client) -> None:
    for name, actor in world.personas().items():
        await sign_in(client, actor)
        menu = re.findall(r'govuk-service-navigation__link" href', (await client.get("/cookies")).text)
        assert len(menu) <= 6, f"{name} has {len(menu)} things in the menu"


async def test_the_starts_statements_do_not_grow_with_people(world: World, client: Client) -> None:
    await sign_in(client, world.finance_officer)
    await words_of(client, "/council")
    few = await statements_of(client, "/council")
    for name in ("Priya Shah", "Tom Bradshaw"):
        await world.person_with_fund(name, Route.ISF, "100.00")
    assert await statements_of(client, "/council") == few
    assert await db.fetch_value("SELECT count(*) FROM person") == 4
