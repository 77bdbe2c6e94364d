"""Journey 15: a provider's first day, from registering to the first booking."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from isf.ledger.verify import verify
from marketplace.kernel import clock, formats
from providers.timetables.rules import bank_holidays
from tests.journeys.beginning import BRENDA, menu, signed_up
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.providers.commissions.living import PDF
from tests.providers.organisations.living import link_to
from tests.world import PASSWORD, balances

NORA, COLIN = "Nora Newcomer", "Colin Commissioner"
ORCHARD, LOT = "Orchard Days", "Community activities"
PICKING = "Apple picking"


def paper(name: str) -> FilePayload:
    """A file as a provider would send it."""
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF}


def photo() -> FilePayload:
    """A small picture of an orchard."""
    kept = BytesIO()
    Image.new("RGB", (640, 480), (96, 128, 64)).save(kept, "JPEG")
    return {"name": "orchard.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def next_bank_holiday() -> date:
    """The first bank holiday of England at least a week away."""
    first = clock.today() + timedelta(weeks=1)
    return min(bank_holidays(first, first + timedelta(days=366)))


@pytest.mark.row("P1")
@pytest.mark.row("P2")
@pytest.mark.row("P3")
@pytest.mark.row("P4")
def test_a_newcomer_is_registered_approved_published_and_booked(people: Visitors) -> None:
    signed_up(people, NORA)
    _registers(people)
    _invites(people)
    _gets_ready(people)
    _proves(people)
    _applies(people)
    _is_looked_at(people)
    _is_asked_for_more(people)
    _is_awarded(people)
    _stands_in_the_register(people)
    _describes(people)
    _prices(people)
    _sets_a_timetable(people)
    _publishes(people)
    _is_booked(people)
    assert people.site.run(verify) == []


def _registers(people: Visitors) -> None:
    with step("Nora registers a charity and becomes its manager"):
        page = people.as_(NORA)
        page.get_by_role("contentinfo").get_by_role("link", name="Offer activities").click()
        expect(heading(page)).to_contain_text("Who are you?")
        page.get_by_label("Charity or voluntary organisation").check()
        page.get_by_label("Name", exact=True).fill(ORCHARD)
        page.get_by_label("In plain words").fill("We grow and pick fruit with people.")
        page.get_by_label("E-mail address for people and councils").fill("hello@orchard.example")
        page.get_by_role("button", name="Register").click()
        expect(page.get_by_text(f"{ORCHARD} is registered, and you are its manager.")).to_be_visible()
        expect(heading(page)).to_contain_text("What is left to do before people can book with you?")
        looks_well(page)
    with step("she is asked what fits a charity: its number, and not whether she is self-employed"):
        page.get_by_role("link", name="What you are by law").click()
        expect(page.get_by_label("Charity number")).to_be_visible()
        expect(page.get_by_text("Are you self-employed?")).to_have_count(0)
        page.get_by_label("Charity number").fill("12")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_role("alert")).to_contain_text("Enter a charity number of 6 or 7 digits")
        page.get_by_label("Charity number").fill("1234567")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_text("It is kept.")).to_be_visible()


def _invites(people: Visitors) -> None:
    with step("Nora invites Ned, who is to fill in registers"):
        page = people.as_(NORA)
        page.get_by_role("link", name="People", exact=True).click()
        page.get_by_label("Name", exact=True).fill("Ned Neighbour")
        page.get_by_label("E-mail address").fill("ned@example.com")
        page.get_by_role("radio", name="Staff").check()
        page.get_by_role("button", name="Send the invitation").click()
        expect(page.get_by_text("Ned Neighbour is invited.")).to_be_visible()
        looks_well(page)
    with step("Ned opens the link in his letter, chooses a password and is signed in"):
        link = people.site.run(lambda: link_to("ned@example.com"))
        guest = people.anyone()
        guest.goto(f"{people.site.url}/join/{link}")
        expect(heading(guest)).to_contain_text(f"Do you want to work with {ORCHARD}?")
        looks_well(guest)
        guest.get_by_label("A new password").fill(PASSWORD)
        guest.get_by_role("button", name="Join").click()
        expect(guest.get_by_role("button", name="Sign out")).to_be_visible()
        menu(guest, "Today")
        expect(guest.get_by_text("No session is on today.")).to_be_visible()
    with step("the link opens once"):
        guest.goto(f"{people.site.url}/join/{link}")
        expect(guest.get_by_role("button", name="Join")).to_have_count(0)
    with step("Nora sees him among her people"):
        page.reload()
        expect(page.get_by_role("main")).to_contain_text("Staff, ned@example.com")


def _gets_ready(people: Visitors) -> None:
    page = people.as_(NORA)
    with step("Nora adds a place by its postcode"):
        page.get_by_role("link", name="Your registration").click()
        page.get_by_role("main").get_by_role("link", name="Places").click()
        page.get_by_role("link", name="Add a place").click()
        page.get_by_label("Name of the place").fill("The Orchard")
        page.get_by_label("Street").fill("Mill Lane")
        page.get_by_label("Town or village").fill("Sandiway")
        page.get_by_label("Postcode", exact=True).fill("cw8 2ea")
        page.get_by_label("Step-free").check()
        page.get_by_role("button", name="Add the place").click()
        expect(page.get_by_text("Mill Lane, Sandiway, CW8 2EA")).to_be_visible()
    with step("and whom councils call about safeguarding"):
        _registration(page, "Safeguarding contact")
        page.get_by_label("Name").fill("Sue Safe")
        page.get_by_label("E-mail address").fill("sue@orchard.example")
        page.get_by_label("Telephone").fill("01606 000002")
        page.get_by_role("button", name="Keep it").click()
        expect(page.get_by_text("Councils know whom to call.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text("5 of 8 done")


def _registration(page: Page, part: str) -> None:
    menu(page, "Activities")
    page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Organisation").click()
    page.get_by_role("link", name="Your registration").click()
    page.get_by_role("main").get_by_role("link", name=part).click()


def _proves(people: Visitors) -> None:
    page = people.as_(NORA)
    with step("Nora sends her insurance and her safeguarding policy"):
        _registration(page, "Accreditation")
        for kind, number in (("Public liability insurance", "PL-7"), ("Safeguarding policy", "")):
            page.get_by_role("row").filter(has_text=kind).get_by_role("link", name="Send it").click()
            page.get_by_label("The certificate, policy or letter").set_input_files(paper(f"{kind}.pdf"))
            page.get_by_label("Its number").fill(number)
            fill_day(page, "First day", clock.today())
            fill_day(page, "Last day", clock.today() + timedelta(days=364))
            page.get_by_role("button", name="Send it to the council").click()
            expect(page.get_by_role("row").filter(has_text=kind)).to_contain_text("Being looked at")
        looks_well(page)


def _applies(people: Visitors) -> None:
    with step("Colin says what he asks of those who apply, and what he judges by"):
        page = people.as_(COLIN)
        menu(page, "Providers")
        page.get_by_role("link", name=LOT).click()
        page.get_by_label("Questions to answer in words").fill("How do people choose what they do?")
        page.get_by_label("Files to send").fill("Your complaints policy")
        page.get_by_label("What you judge applications by").fill("People choose for themselves (3)")
        looks_well(page)
        page.get_by_role("button", name="Keep my changes").click()
    with step("Nora begins an application, and keeps it to send it later"):
        page = people.as_(NORA)
        _registration(page, "Ask a council to approve you")
        page.get_by_label(LOT).check()
        page.get_by_role("button", name="Begin the application").click()
        page.get_by_label("How do people choose what they do?").fill("We ask them.")
        page.get_by_role("button", name="Keep it and send later").click()
    with step("what is missing is said when she sends it, and nothing typed is lost"):
        page.get_by_role("button", name="Send to the council").click()
        expect(page.get_by_role("alert")).to_contain_text("complaints policy")
        expect(page.get_by_label("How do people choose what they do?")).to_have_value("We ask them.")
        looks_well(page)
        page.get_by_label("Your complaints policy").set_input_files(paper("complaints.pdf"))
        page.get_by_role("button", name="Send to the council").click()
        expect(heading(page)).to_contain_text("Where does your application stand?")
        expect(page.get_by_role("main")).to_contain_text("complaints.pdf")
        looks_well(page)


def _is_looked_at(people: Visitors) -> None:
    page = people.as_(COLIN)
    with step("Colin accepts the insurance, and refuses the policy with a reason"):
        for kind, verdict, words in (
            ("Public liability insurance", "Accept", ""),
            ("Safeguarding policy", "Refuse", "It names nobody to speak to."),
        ):
            menu(page, "Providers")
            page.get_by_role("link", name="Accreditation").click()
            page.get_by_role("row").filter(has_text=kind).get_by_role("link", name=ORCHARD).first.click()
            expect(page.get_by_role("link", name=f"{kind}.pdf")).to_be_visible()
            page.get_by_role("radio", name=verdict).check()
            page.get_by_label("Reason, or words for the provider").fill(words)
            page.get_by_role("button", name="Keep my decision").click()
        looks_well(page)
    with step("Nora reads both, and that she can send another"):
        page = people.as_(NORA)
        _registration(page, "Accreditation")
        expect(page.get_by_role("row").filter(has_text="Public liability")).to_contain_text("Accepted")
        expect(page.get_by_role("main")).to_contain_text("It names nobody to speak to.")
        looks_well(page)


def _application(page: Page) -> None:
    menu(page, "Providers")
    page.get_by_role("link", name=ORCHARD).first.click()
    expect(heading(page)).to_contain_text(f"Is {ORCHARD} approved for {LOT}?")


def _is_asked_for_more(people: Visitors) -> None:
    with step("Colin reads the application and asks for more"):
        page = people.as_(COLIN)
        _application(page)
        expect(page.get_by_role("main")).to_contain_text("We ask them.")
        expect(page.get_by_role("link", name="complaints.pdf")).to_be_visible()
        looks_well(page)
        page.get_by_role("radio", name="Ask for more").check()
        page.get_by_label("Reason, or words for the provider").fill("How do you ask somebody without words?")
        page.get_by_role("button", name="Keep my decision").click()
    with step("Nora reads the question, answers it and sends it again"):
        page = people.as_(NORA)
        menu(page, "Activities")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Approvals").click()
        expect(page.get_by_role("row").filter(has_text=LOT)).to_contain_text("The council asks for more")
        page.get_by_role("link", name=LOT).click()
        expect(heading(page)).to_contain_text("What more does the council ask?")
        expect(page.get_by_role("main")).to_contain_text("How do you ask somebody without words?")
        looks_well(page)
        page.get_by_label("How do people choose what they do?").fill("We ask them, and show pictures.")
        page.get_by_role("button", name="Send to the council").click()
        expect(heading(page)).to_contain_text("Where does your application stand?")


def _is_awarded(people: Visitors) -> None:
    page = people.as_(COLIN)
    with step("without the score that he asks for himself, Colin cannot award"):
        _application(page)
        expect(page.get_by_role("main")).to_contain_text("We ask them, and show pictures.")
        _awards(page)
        expect(page.get_by_role("alert")).to_be_visible()
    with step("he scores it, and awards it for a year with a condition"):
        _application(page)
        page.get_by_label("People choose for themselves", exact=True).select_option("4")
        page.get_by_label("Why: People choose for themselves").fill("Pictures, and time to choose.")
        page.get_by_role("button", name="Keep the scores").click()
        expect(page.get_by_text("The scores are kept.")).to_be_visible()
        _awards(page)
        expect(page.get_by_text("The provider is approved. A letter tells them.")).to_be_visible()
        page.get_by_role("link", name=ORCHARD).click()
        page.get_by_role("link", name=f"Open {LOT}").click()
        expect(page.get_by_role("main")).to_contain_text("Send the new policy by the summer.")
        expect(page.get_by_role("heading", name="End the approval")).to_be_visible()
        looks_well(page)


def _awards(page: Page) -> None:
    page.get_by_role("radio", name="Approve", exact=True).check()
    fill_day(page, "First day of the approval", clock.today())
    fill_day(page, "Last day of the approval, if there is one", clock.today() + timedelta(days=364))
    page.get_by_label("Conditions of the approval").fill("Send the new policy by the summer.")
    page.get_by_role("button", name="Keep my decision").click()


def _stands_in_the_register(people: Visitors) -> None:
    with step("anybody finds Orchard Days in the public register, with its dates and its condition"):
        anyone = people.anyone()
        anyone.goto(f"{people.site.url}/approved-providers")
        anyone.get_by_label("Words").fill("orchard")
        anyone.get_by_role("button", name="Find").click()
        row = anyone.get_by_role("row").filter(has_text=ORCHARD)
        expect(row).to_contain_text(formats.full_date(clock.today()))
        expect(row).to_contain_text("Send the new policy by the summer.")
        looks_well(anyone)


def _describes(people: Visitors) -> None:
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


def _prices(people: Visitors) -> None:
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


def _sets_a_timetable(people: Visitors) -> None:
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


def _publishes(people: Visitors) -> None:
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
