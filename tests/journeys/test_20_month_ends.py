"""Journey 20: an ISF holder's month end, from what was delivered to what the bank says, tied to the penny."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from invoicing.bank_details.rules import Account, Purpose
from marketplace.identity.rules import Role
from marketplace.kernel import clock
from tests.invoicing.bank_details.making import ACCOUNT, PAYS, in_force, second_broker, second_manager
from tests.invoicing.delivering import deliver
from tests.journeys.beginning import menu
from tests.journeys.looking import looks_well
from tests.journeys.paying import (
    approves_and_sends,
    came_back,
    gives_in_statement,
    invoices,
    months_bill,
    numbers_of,
    proposes_run,
    sees_money,
    stands,
    went_out,
    work_of_invoices,
)
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, heading
from tests.pdf_tools import text_of
from tests.world import World, persona

BRENDA, BELLA, PETRA, OSCAR = "Brenda Broker", "Bella Broker", "Petra Manager", "Oscar Manager"
WRONG = "Emma went home at once: nobody came to open the garden."
ENABLE = Account("1st Enable Ltd", "180002", "00000190")


async def delivered(world: World) -> None:
    """Last month Emma went three times to the garden and once to music; all three organisations have accounts."""
    end = clock.today().replace(day=1)
    garden = await world.activity(price="38.50")
    music = await world.activity(world.other_manager, title="Music", price="20.00")
    for days in (12, 9, 5):
        await deliver(world, world.broker, world.emma_isf, end - timedelta(days=days), activity=garden)
    await deliver(
        world,
        world.broker,
        world.emma_isf,
        end - timedelta(days=7),
        activity=music,
        manager=world.other_manager,
    )
    await in_force(world.broker, await second_broker(world), PAYS, Purpose.FROM)
    await in_force(world.manager, await second_manager(world), ACCOUNT)
    oona = await persona("Oona Second", Role.PROVIDER_MANAGER, world.other_manager.organisation_id)
    await in_force(world.other_manager, oona, ENABLE)


@pytest.mark.row("V1")
@pytest.mark.row("V4")
@pytest.mark.row("V5")
@pytest.mark.row("V7")
def test_an_isf_holders_month_end(people: Visitors) -> None:
    site = people.site
    site.run(lambda: delivered(site.world))
    stands(site, "emma_isf", left=86_450, payable=13_550, paid=0)
    months_bill(people, PETRA, "1 invoice, together £115.50", "Harbour Brokerage: £115.50")
    months_bill(people, OSCAR, "1 invoice, together £20.00")
    _sees_what_is_to_pay(people)
    _queries(people)
    _is_credited(people)
    stands(site, "emma_isf", left=90_300, payable=9_700, paid=0)
    _reads_the_credit_note(people)
    sees_money(people, PETRA, "£77.00 billed, not paid yet", "£0.00 queried by the payer", "£0.00 paid")
    proposes_run(people, BRENDA, "£97.00", "2 payees")
    transfers = {each.payee: each for each in approves_and_sends(people, BELLA, "£97.00")}
    assert set(transfers) == {ACCOUNT.name, ENABLE.name}
    stands(site, "emma_isf", left=90_300, payable=0, paid=9_700)
    back = transfers[ENABLE.name]
    gives_in_statement(people, BRENDA, *(went_out(each) for each in transfers.values()), came_back(back))
    stands(site, "emma_isf", left=90_300, payable=2_000, paid=7_700)
    _is_open_again(people, back.reference)
    proposes_run(people, BELLA, "£20.00", "1 payee")
    (again,) = approves_and_sends(people, BRENDA, "£20.00")
    assert (again.payee, again.reference != back.reference) == (ENABLE.name, True)
    gives_in_statement(people, BRENDA, went_out(again))
    stands(site, "emma_isf", left=90_300, payable=0, paid=9_700)
    _all_ties(people)


def _garden_invoice(page: Page) -> None:
    page.get_by_role("row").filter(has_text="Pettypool").get_by_role("link").first.click()
    expect(heading(page)).to_contain_text("Invoice PET-")


def _sees_what_is_to_pay(people: Visitors) -> None:
    with step("Brenda sees both invoices, what each is for and when to pay, and opens one"):
        page = invoices(people, BRENDA, "To pay: 2 invoices")
        for seller, total in (("Pettypool", "£115.50"), ("1st Enable", "£20.00")):
            expect(page.get_by_role("row").filter(has_text=seller)).to_contain_text(total)
        expect(page.get_by_role("row").filter(has_text="together")).to_contain_text("£135.50")
        _garden_invoice(page)
        expect(page.get_by_role("article").get_by_role("row").filter(has_text="Garden group")).to_have_count(
            3
        )


def _queries(people: Visitors) -> None:
    page = people.as_(BRENDA)
    with step(
        "she queries one line, says what is wrong and asks for a credit note; the rest stays to be paid"
    ):
        page.get_by_role("button", name="Query a line").click()
        page.get_by_role("group", name="Line").get_by_role("radio").first.check()
        page.get_by_label("What is wrong?").fill(WRONG)
        page.get_by_label("A credit note for the whole line").check()
        page.get_by_role("button", name="Query the line").click()
        expect(page.get_by_text("Pettypool is told. The other lines stay to be paid by")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(WRONG)
        looks_well(page)
    with step("what is to be paid and what is to be checked add up"):
        page = invoices(people, BRENDA, "To check: 1 invoice")
        numbers_of(page, "£97.00 To pay: 2 invoices", "£38.50 To check: 1 invoice")


def _is_credited(people: Visitors) -> None:
    with step(
        "Petra finds the query among her invoices, reads it and issues the credit note that is asked for"
    ):
        page = work_of_invoices(people, PETRA, "Queried lines")
        page.get_by_role("row").filter(has_text="Garden group").get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text(WRONG)
        looks_well(page)
        page.get_by_role("button", name="Check the credit note").click()
        expect(page.get_by_role("row").filter(has_text="Together")).to_contain_text("£38.50")
        looks_well(page)
        page.get_by_role("button", name="Issue the credit note").click()
        expect(page.get_by_text("is issued. Harbour Brokerage is told.")).to_be_visible()


def _reads_the_credit_note(people: Visitors) -> None:
    with step("Brenda finds the credit note, as a page and as a PDF"):
        page = work_of_invoices(people, BRENDA, "Credit notes")
        page.get_by_role("row").filter(has_text="Pettypool").get_by_role("link").first.click()
        expect(page.get_by_role("article")).to_contain_text("£38.50")
        path = page.get_by_role("button", name="Open the PDF").get_attribute("href")
        answer = page.request.get(f"{people.site.url}{path}")
        assert answer.headers["content-type"] == "application/pdf"
        printed = text_of(answer.body())
        assert "£38.50" in printed
        assert WRONG in " ".join(printed.split())
    with step("the invoice says what is left of it"):
        page = invoices(people, BRENDA, "To pay: 2 invoices")
        _garden_invoice(page)
        expect(page.get_by_role("main")).to_contain_text("Still to pay: £77.00")
        looks_well(page)


def _is_open_again(people: Visitors, reference: str) -> None:
    with step("Oscar sees that what 1st Enable was paid came back, and is to be paid again"):
        page = work_of_invoices(people, OSCAR, "Payments")
        row = page.get_by_role("row").filter(has_text=reference)
        expect(row).to_contain_text("£20.00")
        row.get_by_role("link").first.click()
        expect(page.get_by_role("main")).to_contain_text("What it paid is open again")
        looks_well(page)
    sees_money(people, OSCAR, "£20.00 billed, not paid yet", "£0.00 paid")
    with step("Brenda has it to pay again, and nothing else"):
        page = invoices(people, BRENDA, "To pay: 1 invoice")
        numbers_of(page, "£20.00 To pay: 1 invoice", "£0.00 To check: 0 invoices", "£77.00 Paid: 1 invoice")


def _all_ties(people: Visitors) -> None:
    sees_money(people, PETRA, "£0.00 billed, not paid yet", "£0.00 queried by the payer", "£77.00 paid")
    sees_money(people, OSCAR, "£0.00 billed, not paid yet", "£20.00 paid")
    with step("Brenda's lists say the same: nothing to pay or to check, £97.00 paid"):
        page = invoices(people, BRENDA, "Paid: 2 invoices")
        numbers_of(page, "£0.00 To pay: 0 invoices", "£0.00 To check: 0 invoices", "£97.00 Paid: 2 invoices")
        expect(page.get_by_role("row").filter(has_text="together")).to_contain_text("£97.00")
    with step("so does Emma's money"):
        page = people.go(BRENDA, f"/funds/{people.site.world.emma_isf}")
        expect(page.get_by_role("main")).to_contain_text(
            "£97.00 is used: £97.00 is paid, £0.00 is still to be paid."
        )
    with step("and so does what was paid: three payments, of which one came back"):
        menu(page, "Invoices")
        page.get_by_role("main").get_by_role("link", name="Payments", exact=True).click()
        expect(page.get_by_role("row").filter(has_text="£20.00")).to_have_count(2)
        expect(page.get_by_role("row").filter(has_text="£77.00")).to_have_count(1)
