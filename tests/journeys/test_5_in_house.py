"""Journey 5: a council's own service is shown, but a personal budget of that council cannot pay for it."""

from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Page, expect

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.errors import InHouseBlocked
from providers.commands import record_ownership
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.world import balances

BRENDA, CAROL, COLIN = "Brenda Broker", "Carol Manager", "Colin Commissioner"
REASON = (
    "You cannot use Emma’s personal budget here, because this service belongs to the council that pays Emma’s budget. "
    "Emma’s care manager can arrange it."
)


def woodwork(people: Visitors) -> UUID:
    """A session of the council's own service, in three days."""
    world = people.site.world

    async def make() -> UUID:
        activity = await world.activity(world.in_house_manager, title="Woodwork", price="25.00")
        return await world.session(activity, manager=world.in_house_manager)

    return people.site.run(make)


def looks_for_emma(people: Visitors, name: str, title: str) -> Page:
    """Somebody opens Emma's week, then an activity from the directory."""
    page = people.go(name, f"/people/{people.site.world.emma}/week")
    page.get_by_role("button", name="Find something to do").click()
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Find something to do").click()
    page.get_by_role("link", name=title).click()
    return page


@pytest.mark.row("D4")
@pytest.mark.row("D3")
def test_the_councils_own_service_is_shown_and_refused_to_a_personal_budget(people: Visitors) -> None:
    site, world = people.site, people.site.world
    session = woodwork(people)
    with step("the list shows it, with the reason why Emma's budget cannot be used"):
        page = people.go(BRENDA, f"/people/{world.emma}/week")
        page.get_by_role("navigation", name="Menu").get_by_role("link", name="Find something to do").click()
        card = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Woodwork"))
        expect(card).to_contain_text(REASON)
    with step("so does its page, which offers no booking and explains why"):
        page.get_by_role("link", name="Woodwork").click()
        expect(page.get_by_role("main")).to_contain_text(REASON)
        expect(page.get_by_role("main")).to_contain_text("This service belongs to Northshire Council.")
        expect(page.get_by_role("button", name="Book")).to_have_count(0)
        page.get_by_role("link", name="Why is that?").first.click()
        expect(page.get_by_role("heading", name="Why can a personal budget not pay")).to_be_visible()
    with step("the page of booking it refuses"):
        page = people.go(BRENDA, f"/people/{world.emma}/book/{session}")
        expect(page.get_by_role("heading", name="You cannot book this")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("belongs to the council")
        expect(page.get_by_role("button", name="Book", exact=True)).to_have_count(0)
    with step("a form that is sent all the same is refused"):
        token = page.locator("input[name=_csrf_token]").first.get_attribute("value") or ""
        sent = page.request.post(
            page.url, form={"_csrf_token": token, "fund": str(world.emma_isf)}, max_redirects=0
        )
        assert sent.status == 409
        assert "belongs to the council" in sent.text()
    with step("the API refuses, with a code that programs know"):
        answer = httpx.post(
            f"{site.url}/api/v1/bookings",
            headers={
                "Authorization": f"Bearer {site.run(lambda: world.token(world.broker))}",
                "Idempotency-Key": "1",
            },
            json={"activity_session_id": str(session), "fund_id": str(world.emma_isf)},
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "in_house_blocked")
    with step("the command refuses"), pytest.raises(InHouseBlocked):
        site.run(lambda: book(world.broker, session, world.emma_isf))
    _the_council_books_it(people, session)


def _the_council_books_it(people: Visitors, session: UUID) -> None:
    world = people.site.world
    with step("Carol, for the council, books it with money that the council manages"):
        carol = looks_for_emma(people, CAROL, "Woodwork")
        carol.get_by_role("button", name="Book").first.click()
        expect(carol.get_by_role("region", name="Your money")).to_contain_text("Left after booking")
        expect(carol.get_by_role("main")).to_contain_text("Money that cannot pay for this")
        carol.get_by_role("button", name="Book", exact=True).click()
        expect(carol.get_by_text("Woodwork is booked. £575.00 is left in")).to_be_visible()
    with step("only that money moved"):
        managed = people.site.run(lambda: balances(world.emma_managed))
        isf = people.site.run(lambda: balances(world.emma_isf))
        assert (managed["available"], managed["committed"]) == (57_500, 2_500)
        assert (isf["available"], isf["committed"]) == (100_000, 0)


@pytest.mark.row("P8")
def test_another_councils_service_is_a_seller_like_any_other(people: Visitors) -> None:
    world = people.site.world

    async def southshires() -> None:
        await record_ownership(
            world.other_commissioner,
            world.first_enable,
            world.other_council,
            clock.today() - timedelta(days=9),
            None,
        )
        await world.session(
            await world.activity(world.other_manager, title="Pottery"), manager=world.other_manager
        )

    people.site.run(southshires)
    with step("Brenda books it from Emma's ISF"):
        page = looks_for_emma(people, BRENDA, "Pottery")
        expect(page.get_by_role("main")).to_contain_text("This service belongs to Southshire Council.")
        page.get_by_role("button", name="Book").first.click()
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_text("Pottery is booked. £961.50 is left")).to_be_visible()


@pytest.mark.row("P8")
@pytest.mark.row("V8")
def test_a_service_that_becomes_the_councils_gives_later_bookings_back(people: Visitors) -> None:
    site, world = people.site, people.site.world
    today = clock.today()
    takes_over = today + timedelta(days=5)
    before, after = today + timedelta(days=3), today + timedelta(days=7)

    async def two_dates() -> list[UUID]:
        garden = await world.activity()
        sessions = [await world.session(garden, day=day) for day in (before, after)]
        return [(await book(world.broker, session, world.emma_isf)).id for session in sessions]

    kept, lost = site.run(two_dates)
    with step("Colin records that the council takes Pettypool over: he is told first what that does"):
        page = people.as_(COLIN)
        page.goto(f"{site.url}/council/providers")
        page.get_by_role("link", name="Pettypool").click()
        fill_day(page, "First day", takes_over)
        page.get_by_role("button", name="Record").click()
        expect(heading(page)).to_contain_text("What does this do to people’s bookings?")
        expect(page.get_by_role("main")).to_contain_text("1 booking of 1 person")
        looks_well(page)
        expect(page.get_by_role("main")).to_contain_text("£38.50")
        assert _states(people, kept, lost) == ["confirmed", "confirmed"]
    with step("he confirms: the later booking is given back, the earlier one stays"):
        page.get_by_role("button", name="Give back 1 booking and record").click()
        expect(page.get_by_text("The ownership is recorded. 1 booking given back.")).to_be_visible()
        assert _states(people, kept, lost) == ["confirmed", "cancelled"]
    with step("Brenda sees why, and that nothing is paid"):
        brenda = people.go(BRENDA, f"/bookings/{lost}")
        expect(brenda.get_by_role("heading", name="This booking is cancelled")).to_be_visible()
        expect(brenda.get_by_role("main")).to_contain_text("Nothing is paid for it. £38.50 is left again")
    with step("the same activity can be booked for the days before, and no longer for the days after"):
        page = _dates(people, before)
        expect(page.get_by_role("main")).to_contain_text("It is booked already")
        page = _dates(people, after)
        expect(page.get_by_role("heading", name="You cannot book this")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("belongs to the council")


def _states(people: Visitors, *bookings: UUID) -> list[str]:
    async def ask() -> list[str]:
        rows = await db.fetch_all("SELECT id, state FROM booking WHERE id = ANY($1)", list(bookings))
        states = {row["id"]: row["state"] for row in rows}
        return [states[booking] for booking in bookings]

    return people.site.run(ask)


def _dates(people: Visitors, day: date) -> Page:
    """Brenda at the booking page of a day's session."""

    async def ask() -> UUID:
        found: UUID = await db.fetch_value("SELECT id FROM activity_session WHERE service_on = $1", day)
        return found

    return people.go(BRENDA, f"/people/{people.site.world.emma}/book/{people.site.run(ask)}")
