"""A provider's first day, until a council approves it: registered, proved, applied, asked for more, awarded."""

from datetime import timedelta

from playwright.sync_api import FilePayload, Page, expect

from marketplace.kernel import clock, formats
from tests.journeys.beginning import menu
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.providers.commissions.living import PDF
from tests.providers.organisations.living import link_to
from tests.world import PASSWORD

NORA, COLIN = "Nora Newcomer", "Colin Commissioner"
ORCHARD, LOT = "Orchard Days", "Community activities"


def paper(name: str) -> FilePayload:
    """A file as a provider would send it."""
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF}


def registers(people: Visitors) -> None:
    """Nora registers a charity, and is asked what fits one."""
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


def invites(people: Visitors) -> None:
    """Nora invites Ned, who joins by a link that opens once."""
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


def gets_ready(people: Visitors) -> None:
    """A place, and whom councils call about safeguarding."""
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


def proves(people: Visitors) -> None:
    """Nora sends what proves that she is insured and keeps people safe."""
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


def applies(people: Visitors) -> None:
    """Colin says what he asks; Nora answers it and sends it."""
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


def is_looked_at(people: Visitors) -> None:
    """Colin accepts one proof and refuses another."""
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


def is_asked_for_more(people: Visitors) -> None:
    """Colin asks a question back; Nora answers it."""
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


def is_awarded(people: Visitors) -> None:
    """Colin scores the application and awards it with a condition."""
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


def stands_in_the_register(people: Visitors) -> None:
    """Anybody finds the award in the public register."""
    with step("anybody finds Orchard Days in the public register, with its dates and its condition"):
        anyone = people.anyone()
        anyone.goto(f"{people.site.url}/approved-providers")
        anyone.get_by_label("Words").fill("orchard")
        anyone.get_by_role("button", name="Find").click()
        row = anyone.get_by_role("row").filter(has_text=ORCHARD)
        expect(row).to_contain_text(formats.full_date(clock.today()))
        expect(row).to_contain_text("Send the new policy by the summer.")
        looks_well(anyone)
