"""Journey 1: anyone looks for something to do."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from marketplace.identity.access import Actor
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import (
    ActivityDraft,
    SessionDraft,
    VenueDraft,
    add_single_session,
    add_venue,
    create_activity,
    publish_activity,
    set_rate,
)
from providers.rules import AccessFeature, Category
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.world import World

TUESDAY, THURSDAY, SATURDAY = 1, 3, 5
WORDS, NEAR, TICK = "What would you like?", "Near (postcode or town)", "ticked"


def next_weekday(number: int) -> date:
    """The next day of the week with a number (Monday is 0), in two days or later."""
    first = clock.today() + timedelta(days=2)
    return first + timedelta(days=(number - first.weekday()) % 7)


async def _offer(
    world: World,
    manager: Actor,
    venue: UUID,
    title: str,
    category: Category,
    price: str,
    when: tuple[int, int],
    *,
    summary: str = "Come and join us.",
    access: Sequence[AccessFeature] = (),
) -> None:
    weekday, hour = when
    activity = await create_activity(
        manager,
        ActivityDraft(
            title=title, category=category, summary=summary, venue_id=venue, access_features=frozenset(access),
            routes_accepted=frozenset({Route.DIRECT_PAYMENT, Route.ISF}), capacity=8,
        ),
    )  # fmt: skip
    await set_rate(manager, activity, world.starts_on, Money.parse(price), VatCategory.EXEMPT, 0)
    await publish_activity(manager, activity)
    await add_single_session(manager, activity, SessionDraft(next_weekday(weekday), time(hour), 120, 8))


async def directory(world: World) -> None:
    """A garden and ten craft clubs in Sandiway; a choir and a free walk in Chester, 11 miles away."""
    petra, oscar = world.manager, world.other_manager
    hall = await add_venue(petra, VenueDraft(name="The Hall", town="Sandiway", postcode="CW8 2EA"))
    church = await add_venue(oscar, VenueDraft(name="St Mary’s", town="Chester", postcode="CH1 2HJ"))
    await _offer(
        world, petra, hall, "Garden group", Category.GARDENING, "38.50", (TUESDAY, 10),
        summary="Grow vegetables and flowers with others.", access=[AccessFeature.STEP_FREE],
    )  # fmt: skip
    await _offer(world, oscar, church, "Choir", Category.MUSIC, "12.00", (THURSDAY, 19))
    await _offer(world, oscar, church, "Walk by the river", Category.OUTDOORS, "0", (SATURDAY, 14))
    for number in range(1, 11):
        await _offer(world, petra, hall, f"Craft club {number}", Category.ARTS, "20.00", (SATURDAY, 13))


def titles(page: Page) -> list[str]:
    """The activities found, in the order of the page."""
    return page.get_by_role("main").get_by_role("heading", level=3).all_inner_texts()


def ask(page: Page, choices: Mapping[str, str]) -> None:
    """Start a search from the menu, choose and type by the labels, and send it; TICK ticks a box."""
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Find something to do").click()
    page.get_by_text("More choices", exact=True).click()
    search = page.get_by_role("search")
    for label, value in choices.items():
        if value == TICK:
            search.get_by_role("checkbox", name=label, exact=True).check()
        elif (select := search.get_by_role("combobox", name=label, exact=True)).count():
            select.select_option(label=value)
        else:
            search.get_by_label(label, exact=True).fill(value)
    search.get_by_role("button", name="Search").click()


@pytest.mark.row("D1")
def test_anyone_finds_something_to_do(people_with_and_without_scripts: Visitors) -> None:
    people = people_with_and_without_scripts
    site = people.site
    site.run(lambda: directory(site.world))
    page = people.anyone()
    with step("everything is there, ten to a page"):
        expect(heading(page)).to_have_text("Find something to do")
        expect(page.get_by_role("heading", name="13 activities")).to_be_visible()
        assert len(titles(page)) == 10
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Next page").click()
        assert len(titles(page)) == 3
    _by_words_and_choices(page)
    _by_place(page)
    with step("nothing fits, and the page says which choice to let go"):
        ask(page, {WORDS: "choir", "Time of day": "Morning"})
        expect(page.get_by_role("heading", name="Nothing fits all of your choices")).to_be_visible()
        page.get_by_role("link", name="Look at any time of day").click()
        assert titles(page) == ["Choir"]
    with step("a word that nobody knows finds nothing, and one link starts again"):
        ask(page, {WORDS: "elephants"})
        page.get_by_role("link", name="Start again").click()
        expect(page.get_by_role("heading", name="13 activities")).to_be_visible()
    _reads_on(page)


def _by_words_and_choices(page: Page) -> None:
    for told, asked, found in (
        ("words", {WORDS: "flowers"}, ["Garden group"]),
        ("a day and a time of day", {"Day": "Thursdays", "Time of day": "Evening"}, ["Choir"]),
        ("a highest price", {"Highest price a session": "12.50"}, ["Choir", "Walk by the river"]),
        ("what is free", {"Only what is free": TICK}, ["Walk by the river"]),
        ("a kind", {"Kind of activity": "Music and singing"}, ["Choir"]),
        ("access", {"Step-free": TICK}, ["Garden group"]),
        ("a provider", {"Provider": "1st Enable"}, ["Choir", "Walk by the river"]),
    ):
        with step(f"somebody looks by {told}"):
            ask(page, asked)
            assert sorted(titles(page)) == found
    with step("what is chosen can be let go of again"):
        page.get_by_role("list", name="Your choices").get_by_role("link", name="1st Enable").click()
        expect(page.get_by_role("heading", name="13 activities")).to_be_visible()
    with step("the lowest price first"):
        page.get_by_role("navigation", name="Order of the list").get_by_role(
            "link", name="lowest price"
        ).click()
        assert titles(page)[:3] == ["Walk by the river", "Choir", "Craft club 1"]


def _by_place(page: Page) -> None:
    with step("by postcode and distance: only what is near, with how far it is"):
        ask(page, {NEAR: "ch1 2hj", "Within": "3 miles"})
        assert sorted(titles(page)) == ["Choir", "Walk by the river"]
        expect(page.get_by_role("heading", name="2 activities near CH1 2HJ")).to_be_visible()
        expect(page.get_by_text("St Mary’s, Chester · less than 1 mile").first).to_be_visible()
    with step("by a town that venues are in, the nearest first"):
        ask(page, {NEAR: "Chester", "Within": "25 miles"})
        expect(page.get_by_role("heading", name="13 activities near Chester")).to_be_visible()
        page.get_by_role("link", name="nearest").click()
        assert set(titles(page)[:2]) == {"Choir", "Walk by the river"}
    with step("a place that nobody knows: the page says what to type"):
        ask(page, {NEAR: "Atlantis"})
        expect(page.get_by_role("alert")).to_contain_text(
            "We do not know “Atlantis”. Enter a postcode, like CH1 2HJ"
        )
        expect(page.get_by_label(NEAR)).to_have_value("Atlantis")


def _reads_on(page: Page) -> None:
    with step("the page of an activity"):
        ask(page, {WORDS: "garden"})
        page.get_by_role("link", name="Garden group").click()
        expect(heading(page)).to_contain_text("Garden group")
        for words in (
            "£38.50",
            "10:00 to 12:00",
            "8 places left",
            "Step-free",
            "If plans change",
            "Sandiway",
        ):
            expect(page.get_by_role("main")).to_contain_text(words)
        expect(page.get_by_role("button", name="Sign in to book")).to_be_visible()
    with step("in Easy Read, on the same page, and back"):
        page.get_by_role("link", name="Easy Read").click()
        expect(page.get_by_text("It costs £38.50 each time.")).to_be_visible()
        page.get_by_role("link", name="All words").click()
        expect(page.get_by_text("It costs £38.50 each time.")).to_have_count(0)
    with step("the page of its provider"):
        page.get_by_role("main").get_by_role("link", name="Pettypool", exact=True).click()
        expect(heading(page)).to_contain_text("Pettypool")
        expect(page.get_by_role("heading", name="11 activities")).to_be_visible()
        expect(page.get_by_text("Northshire Council: Community activities")).to_be_visible()
    with step("the three ways of paying, with the example"):
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="Ways of paying").click()
        for name in (
            "Direct payment",
            "Individual Service Fund",
            "The council arranges it",
            "Before",
            "After",
        ):
            expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        expect(
            page.get_by_text("Why can a personal budget not pay for the council’s own service?")
        ).to_be_visible()
