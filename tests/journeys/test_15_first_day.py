"""Journey 15: a provider's first day, from registering to the first booking."""

import re

import pytest
from playwright.sync_api import expect

from isf.ledger.verify import verify
from tests.journeys.beginning import BRENDA, menu, signed_up
from tests.journeys.first_approval import (
    NORA,
    applies,
    gets_ready,
    invites,
    is_asked_for_more,
    is_awarded,
    is_looked_at,
    proves,
    registers,
    stands_in_the_register,
)
from tests.journeys.first_offer import PICKING, describes, prices, publishes, sets_a_timetable
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors
from tests.world import balances


@pytest.mark.row("P1")
@pytest.mark.row("P2")
@pytest.mark.row("P3")
@pytest.mark.row("P4")
def test_a_newcomer_is_registered_approved_published_and_booked(people: Visitors) -> None:
    signed_up(people, NORA)
    registers(people)
    invites(people)
    gets_ready(people)
    proves(people)
    applies(people)
    is_looked_at(people)
    is_asked_for_more(people)
    is_awarded(people)
    stands_in_the_register(people)
    describes(people)
    prices(people)
    sets_a_timetable(people)
    publishes(people)
    _is_booked(people)
    assert people.site.run(verify) == []


def _is_booked(people: Visitors) -> None:
    with step("Brenda looks for apples for Emma"):
        page = people.as_(BRENDA)
        menu(page, "Broker’s desk")
        page.get_by_role("link", name="Emma Example", exact=True).click()
        page.get_by_role("button", name="Open the week").click()
        page.get_by_role("link", name=re.compile("^Add something on")).first.click()
        page.get_by_label("What would you like?").fill("apple")
        page.get_by_role("button", name="Search").first.click()
        page.get_by_role("link", name="Look on any day").click()
        page.get_by_role("link", name=PICKING).first.click()
        page.get_by_role("button", name="Book").first.click()
    with step("she chooses a worker for two people and transport: £28.00 and £6.50"):
        page.get_by_role("radio", name="One worker for two people").check()
        page.get_by_role("checkbox", name="Be fetched and brought home").check()
        page.get_by_role("button", name="Show the price for this").click()
        money = page.get_by_role("region", name="Your money")
        expect(money).to_contain_text("£34.50")
        expect(money).to_contain_text("£965.50")
        looks_well(page)
        page.get_by_role("button", name="Book", exact=True).click()
        expect(page.get_by_role("main")).to_contain_text("£965.50")
        looks_well(page)
        held = people.site.run(lambda: balances(people.site.world.emma_isf))
        assert (held["available"], held["committed"]) == (96_550, 3_450)
    with step("Nora has it in her inbox, and sees who comes"):
        page = people.as_(NORA)
        menu(page, "Today")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Bookings").click()
        expect(page.get_by_role("row").filter(has_text="Emma Example")).to_contain_text(PICKING)
        looks_well(page)
        page.get_by_role("link", name="Emma Example").click()
        expect(page.get_by_role("main")).to_contain_text("Emma Example")
        looks_well(page)
