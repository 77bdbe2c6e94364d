"""Journey 16, the week's register: kept on a tablet and on a sheet, looked at by people, and billed to the penny."""

import csv
import io
from collections.abc import Iterator
from datetime import time

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.journeys.bad_week import DAN, EMMA, day_in, money_of
from tests.journeys.beginning import PETRA, Story, menu
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Scripts, Visitors, heading
from tests.site import Site

STELLA, ANN = "Stella Staff", "Ann Other"
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def telephone(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Emma's telephone, without JavaScript."""
    visitors = Visitors(browser, site, Scripts.OFF)
    yield visitors
    visitors.close()


async def _a_week(people: Visitors) -> None:
    """Today the garden group of Emma and Dan, and the choir of Emma, Dan and Ann; Emma's next choir is a week on."""
    world, today = people.site.world, clock.today()
    _, anns = await world.person_with_fund(ANN, Route.ISF, "500.00")
    garden, choir = await world.activity(), await world.activity(title="Choir", price="12.00")
    with use_clock(FixedClock(from_wall(today, time(0, 5)))):
        morning = await world.session(garden, day=today, at=time(9))
        afternoon = await world.session(choir, day=today, at=time(14))
        for session in (morning, afternoon):
            await book(world.broker, session, world.emma_isf)
            await book(world.dan_user, session, world.dan_direct)
        await book(world.broker, afternoon, anns)
    await book(world.broker, await world.session(choir, day=day_in(7), at=time(14)), world.emma_isf)


@pytest.mark.row("P5")
def test_a_week_goes_from_the_register_to_the_provider_s_money(people: Visitors, telephone: Visitors) -> None:
    people.site.run(lambda: _a_week(people))
    emma = Story(people, EMMA, "Emma", telephone=telephone)
    _stella_keeps_the_register(people)
    _stella_gives_a_sheet_back(people)
    _emma_looks_at_both(people, emma)
    _petra_answers(people)
    _petra_bills(people)
    _the_money_ties(people)


def _on_tablet(people: Visitors, who: str) -> Page:
    page = people.as_(who)
    page.set_viewport_size(TABLET)  # type: ignore[arg-type]
    return page


def _session(page: Page, title: str) -> None:
    menu(page, "Today")
    page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Week").click()
    page.get_by_role("main").get_by_role("link", name=title).click()
    expect(heading(page)).to_contain_text(title)


def _stella_keeps_the_register(people: Visitors) -> None:
    with step(
        "Stella opens the garden group on her tablet: Emma came late and left early; it is saved as she goes"
    ):
        page = _on_tablet(people, STELLA)
        _session(page, "Garden group")
        emma = page.get_by_role("group", name=EMMA)
        emma.get_by_role("radio", name="Attended").check()
        expect(emma.get_by_role("status")).to_have_text("Saved")
        emma.get_by_label("Came at").fill("09:20")
        emma.get_by_label("Left at").fill("10:40")
        emma.get_by_label("Note").fill("Planted beans.")
    with step("everybody else came"):
        page.get_by_role("button", name="Everybody else came").click()
        expect(page.get_by_text("The register is saved: 2 people.")).to_be_visible()
        expect(page.get_by_role("group", name=DAN).get_by_role("radio", name="Attended")).to_be_checked()
        expect(page.get_by_role("group", name=EMMA).get_by_label("Came at")).to_have_value("09:20")
        expect(page.get_by_role("group", name=EMMA).get_by_label("Note")).to_have_value("Planted beans.")
        looks_well(page)


def _stella_gives_a_sheet_back(people: Visitors) -> None:
    page = _on_tablet(people, STELLA)
    with step("she takes the week out as a sheet: a row for each place"):
        menu(page, "Today")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Week").click()
        with page.expect_download() as taken:
            page.get_by_role("link", name="Register (CSV)").click()
        text = taken.value.path().read_text("utf-8")
        rows = list(csv.DictReader(io.StringIO(text)))
        kept = [(row["person"], row["outcome"], row["came"], row["note"]) for row in rows[:2]]
        assert kept == [(DAN, "attended", "", ""), (EMMA, "attended", "09:20", "Planted beans.")]
        assert [row["person"] for row in rows[2:]] == [ANN, DAN, EMMA]
    with step("she fills in the choir, one word wrongly, and sees what would become of each row"):
        for row, said in zip(rows[2:], ("poorly", "absent", "attended"), strict=True):
            row["outcome"] = said
        rows[4]["came"] = "14.05"
        page.get_by_role("link", name="Give a sheet back").click()
        page.get_by_label("The filled-in sheet").set_input_files(_sheet(rows))
        page.get_by_role("button", name="See what would happen").click()
        expect(page.get_by_text("2 rows would be saved. 1 row cannot be.")).to_be_visible()
        for number, fate in (
            (2, "Nothing changes"), (3, "Nothing changes"), (4, "The outcome must be attended or absent"),
            (5, "Recorded: did not come"), (6, "Recorded: attended"),
        ):  # fmt: skip
            expect(page.get_by_role("row").filter(has_text=f"Row {number}")).to_contain_text(fate)
        looks_well(page)
        page.set_viewport_size(TABLET)  # type: ignore[arg-type]
    with step("she saves the others; the one that is refused is told again"):
        page.get_by_role("button", name="Save 2 rows").click()
        expect(page.get_by_text("2 rows saved.")).to_be_visible()
        refused = page.get_by_role("alert").filter(has_text="1 row not saved.")
        expect(refused).to_contain_text("Row 4: The outcome must be attended or absent.")
        expect(page.get_by_role("row").filter(has_text="Choir")).to_contain_text("2 of 3")
        looks_well(page)


def _sheet(rows: list[dict[str, str]]) -> FilePayload:
    told = io.StringIO()
    writer = csv.DictWriter(told, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return {"name": "register.csv", "mimeType": "text/csv", "buffer": told.getvalue().encode()}


def _emma_looks_at_both(people: Visitors, emma: Story) -> None:
    with step("Emma is asked to look at two visits, on her telephone and in Easy Read"):
        page = emma.own()
        page.get_by_role("link", name="Check what was written down about 2 visits").click()
        expect(heading(page)).to_contain_text("What was written down about visits?")
        page.get_by_role("link", name="Garden group").click()
        expect(heading(page)).to_contain_text("Is this right?")
        for words in ("Emma was there.", "Came at 09:20, left at 10:40", "Planted beans."):
            expect(page.get_by_role("main")).to_contain_text(words)
        page.get_by_role("link", name="Easy Read").click()
        for words in ("Pettypool wrote down:", "Emma was there.", "It costs £38.50."):
            expect(page.get_by_role("main")).to_contain_text(words)
    with step("the garden group is right"):
        page.get_by_role("button", name="Yes, that is right").click()
        expect(page.get_by_text("You said that it is right.")).to_be_visible()
    with step("she was not at the choir; without words she is asked what is wrong"):
        page.get_by_role("link", name="Choir").click()
        page.get_by_role("button", name="No, something is wrong").click()
        expect(page.get_by_role("alert")).to_contain_text("Write what is wrong")
        page.get_by_label("What is wrong?").fill("I was ill and stayed at home.")
        page.get_by_role("button", name="No, something is wrong").click()
        expect(page.get_by_text("Nothing is billed for it before it is settled.")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="Choir")).to_contain_text("You said that it is wrong")


def _petra_answers(people: Visitors) -> None:
    with step("Petra finds the dispute among what is to do, and explains the register"):
        page = people.as_(PETRA)
        menu(page, "Today")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="To do").click()
        page.get_by_role("main").get_by_role("link", name="disputed").first.click()
        page.get_by_role("main").get_by_role("link", name=EMMA).click()
        expect(page.get_by_role("main")).to_contain_text("I was ill and stayed at home.")
        looks_well(page)
        page.get_by_role("radio", name="The register is right").check()
        page.get_by_label("What did you find?").fill("Emma sang the first song with us.")
        page.get_by_role("button", name="Answer").click()
        expect(page.get_by_text("The person is told your answer.")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text=EMMA)).to_contain_text(
            "waits for the person or the council"
        )


def _petra_bills(people: Visitors) -> None:
    with step("Petra makes the month’s invoices: one to Harbour and one to Dan"):
        page = people.as_(PETRA)
        menu(page, "Invoices")
        page.get_by_role("link", name="To be billed").click()
        expect(page.get_by_role("main")).to_contain_text("3 sessions to bill")
        page.get_by_role("button", name="See the invoices for").click()
        looks_well(page)
        page.get_by_role("button", name="Make 2 invoices").click()
        expect(page.get_by_text("2 invoices made")).to_be_visible()
    with step("the invoice to Harbour has the garden group and not the choir"):
        menu(page, "Invoices")
        page.get_by_role("link", name="Billed: 2 invoices").click()
        page.get_by_role("row").filter(has_text="Harbour").get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text("£38.50")
        expect(page.get_by_role("main")).not_to_contain_text("Choir")
        looks_well(page)
    with step("Ann is ticked afterwards: she is to be billed"):
        page = _on_tablet(people, STELLA)
        _session(page, "Choir")
        page.get_by_role("group", name=ANN).get_by_role("radio", name="Attended").check()
        page.get_by_role("button", name="Save register").click()
        expect(page.get_by_text("The register is filled in: 3 people.")).to_be_visible()


def _the_money_ties(people: Visitors) -> None:
    world = people.site.world
    with step("to be billed, disputed and billed are together what was delivered, to the penny"):
        page = people.as_(PETRA)
        menu(page, "Today")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Money").click()
        row = page.get_by_role("row").filter(has_text="Together")
        told = [Money.parse(cell.strip().lstrip("£")) for cell in row.get_by_role("cell").all_inner_texts()]
        # To be billed: Ann's choir. Disputed: Emma's. Billed: both in the garden, and half of the choir Dan missed.
        assert [each.pence for each in told] == [1_200, 1_200, 8_300, 0, 0]
        looks_well(page)
    with step("the people's money says the same"):
        anns = people.site.run(
            lambda: db.fetch_value(
                "SELECT f.id FROM fund f JOIN person p ON p.id = f.person_id WHERE p.name = $1", ANN
            )
        )
        owed = [money_of(people, fund)[2] for fund in (world.emma_isf, world.dan_direct, anns)]
        assert owed == [3_850 + 1_200, 3_850 + 600, 1_200]
        assert sum(owed) == sum(each.pence for each in told)
