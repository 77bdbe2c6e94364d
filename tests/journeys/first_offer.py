"""A provider's first day, from an empty activity to one that everybody finds: words, prices, dates, published."""

import re
from datetime import date, timedelta
from io import BytesIO

from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from marketplace.kernel import clock, formats
from providers.timetables.rules import bank_holidays
from tests.journeys.beginning import menu
from tests.journeys.first_approval import NORA
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading

PICKING = "Apple picking"


def photo() -> FilePayload:
    """A small picture of an orchard."""
    kept = BytesIO()
    Image.new("RGB", (640, 480), (96, 128, 64)).save(kept, "JPEG")
    return {"name": "orchard.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def next_bank_holiday() -> date:
    """The first bank holiday of England at least a week away."""
    first = clock.today() + timedelta(weeks=1)
    return min(bank_holidays(first, first + timedelta(days=366)))


def describes(people: Visitors) -> None:
    """Nora says what it is, for whom, where, with a picture."""
    page = people.as_(NORA)
    with step("Nora begins an activity; the page says what is left to do"):
        menu(page, "Activities")
        page.get_by_role("link", name="Add an activity").first.click()
        page.get_by_label("Title").fill(PICKING)
        page.get_by_label("What is it about?").select_option(label="Walks and trips")
        page.get_by_role("button", name="Keep as a draft").click()
        expect(heading(page)).to_have_text(PICKING)
        expect(page.get_by_role("heading", name="What is left to do")).to_be_visible()
        looks_well(page)
    with step("she says what it is in plain words and in Easy Read, and sees both before she keeps them"):
        _task(page, "What it is")
        page.get_by_role("textbox", name="Plain words").fill("Pick apples with others and press juice.")
        page.get_by_role("textbox", name="Easy Read").fill("You pick apples.\nYou make juice.")
        page.get_by_role("button", name="Show how it looks").click()
        expect(page.get_by_role("heading", name="How it will look. Nothing is kept yet")).to_be_visible()
        looks_well(page)
        page.get_by_role("button", name="Keep", exact=True).click()
    with step("where it is and for how many, whom it suits, what it helps with, what cancelling costs"):
        _task(page, "Where, and how many")
        page.get_by_label("Place", exact=True).select_option(label="The Orchard")
        page.get_by_label("Places on each date").fill("6")
        page.get_by_role("radio", name="Group", exact=True).check()
        page.get_by_role("button", name="Keep", exact=True).click()
        _ticks(page, "Who it suits", "Autistic people")
        _ticks(page, "What it helps with", "Help with being understood")
        _ticks(page, "Access", "Makaton")
        _task(page, "If somebody cancels")
        page.get_by_label("How much notice makes cancelling free?").select_option(label="3 days")
        page.get_by_label("What does somebody pay who cancels later?").select_option(label="Half the price")
        page.get_by_role("button", name="Keep", exact=True).click()
    with step("a picture needs words for those who cannot see it"):
        _task(page, "Pictures")
        page.get_by_label("Picture", exact=True).set_input_files(photo())
        page.get_by_role("button", name="Add the picture").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label("Picture", exact=True).set_input_files(photo())
        page.get_by_label("What does it show?").fill("Two people pick apples from a low tree")
        page.get_by_role("button", name="Add the picture").click()
        expect(page.get_by_role("img", name="Two people pick apples from a low tree")).to_be_visible()
        looks_well(page)
        page.get_by_role("link", name=PICKING).click()


def _task(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def _ticks(page: Page, task: str, choice: str) -> None:
    _task(page, task)
    page.get_by_role("checkbox", name=choice).check()
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(heading(page)).to_have_text(PICKING)


def prices(people: Visitors) -> None:
    """What it costs by ratio, and being fetched."""
    page = people.as_(NORA)
    with step("a group costs £24.00 a session, one worker for two £14.00 an hour and £20.00 at least"):
        page.get_by_role("link", name="Prices").first.click()
        for ratio, unit, price, least in (
            ("Group", "A session", "24", ""),
            ("One worker for two people", "An hour", "14", "20"),
        ):
            page.get_by_role("group", name="For how many people?").get_by_label(ratio).check()
            page.get_by_label(unit, exact=True).check()
            page.get_by_label("Price, with VAT if there is any").fill(price)
            page.get_by_label("Least charge for a session").fill(least)
            page.get_by_label("Exempt: welfare").check()
            page.get_by_role("button", name="Keep this price").click()
        told = page.get_by_role("row").filter(has_text="One worker for two people")
        expect(told).to_contain_text("£14.00 an hour for one worker with two people, at least £20.00")
        looks_well(page)
        page.get_by_role("link", name=PICKING).click()
    with step("being fetched and brought home costs £6.50 more"):
        page.get_by_role("link", name="Transport", exact=True).click()
        page.get_by_label("Yes, for a price or free").check()
        page.get_by_label("Price there and back, with VAT if there is any").fill("6.50")
        page.get_by_label("Exempt: welfare").check()
        fill_day(page, "From which day?", clock.today())
        page.get_by_role("button", name="Keep", exact=True).click()
        expect(page.get_by_text("£6.50 a session").first).to_be_visible()
    with step("the preview says what is missing still, and leads there: the ways of paying"):
        page.get_by_role("link", name=PICKING).or_(page.get_by_role("link", name="Preview")).first.click()
        page.get_by_role("link", name="Choose one way of paying or more").first.click()
        for way in ("direct payment", "service fund"):
            page.get_by_role("checkbox", name=way).check()
        page.get_by_role("button", name="Keep", exact=True).click()


def sets_a_timetable(people: Visitors) -> None:
    """Every week, and not on a bank holiday."""
    page = people.as_(NORA)
    off = next_bank_holiday()
    weeks = [off + timedelta(weeks=each) for each in (-1, 1, 2, 3)]
    closed = bank_holidays(off, weeks[-1])
    on = [day for day in weeks if day not in closed]
    with step("it happens every week, but not on the bank holiday: the dates are shown before they are made"):
        page.get_by_role("link", name="Dates", exact=True).first.click()
        page.get_by_role("main").get_by_role("link", name=re.compile("[Tt]imetable")).first.click()
        by_week = page.get_by_role("group", name="By the week: on which days?")
        by_week.get_by_label(formats.DAYS[off.weekday()]).check()
        page.get_by_label("Starts at").fill("10:30")
        page.get_by_label("Lasts, hours").fill("2")
        fill_day(page, "From", weeks[0])
        fill_day(page, "Until, the last day on which it can happen", weeks[-1])
        page.get_by_label("No, it is closed then").check()
        page.get_by_role("button", name="Show the dates").click()
        made = page.get_by_role("region", name=f"This makes {len(on)} dates")
        for day in on:
            expect(made).to_contain_text(f"{formats.day(day)}, 10:30 to 12:30")
        expect(made).to_contain_text(f"Not on: {formats.day(off)} ({closed[off]})")
        looks_well(page)
        page.get_by_role("button", name="Add these dates").click()
        expect(page.get_by_text(f"{len(on)} dates added.")).to_be_visible()
        looks_well(page)
        page.get_by_role("link", name=PICKING).click()


def publishes(people: Visitors) -> None:
    """Nora looks at it and publishes it; anybody sees it."""
    page = people.as_(NORA)
    with step("Nora looks at it in plain words and in Easy Read, and publishes it"):
        page.get_by_role("link", name="Preview").click()
        expect(page.get_by_role("heading", name="In Easy Read")).to_be_visible()
        expect(page.get_by_text("You make juice.")).to_be_visible()
        looks_well(page)
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_text("Everybody can find the activity now.")).to_be_visible()
    with step("anybody sees it, with its picture, every price and the council's approval"):
        anyone = people.anyone()
        anyone.get_by_label("What would you like?").fill("apple")
        anyone.get_by_role("button", name="Search").first.click()
        anyone.get_by_role("link", name=PICKING).first.click()
        shown = anyone.get_by_role("main")
        for words in (
            "£24.00",
            "£14.00 an hour",
            "£6.50",
            "Autistic people",
            "Approved by Northshire Council",
        ):
            expect(shown).to_contain_text(words)
        expect(shown.get_by_role("img", name="Two people pick apples from a low tree")).to_be_visible()
        looks_well(anyone)
