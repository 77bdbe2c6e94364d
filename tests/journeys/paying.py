"""Invoices, payment runs and the bank, told by the pages: what both month ends have in common."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple
from xml.etree import ElementTree as ET

from playwright.sync_api import FilePayload, Page, expect

from isf.ledger.verify import verify
from marketplace.kernel import clock, formats
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.journeys.beginning import menu
from tests.journeys.looking import looks_well
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.site import Site
from tests.world import balances

PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"


class Transfer(NamedTuple):
    """What the file for the bank says of one payment, in pounds."""

    reference: str
    amount: Decimal
    payee: str


def last_month() -> date:
    """Its first day."""
    return (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)


def months_bill(people: Visitors, who: str, *seen: str) -> Page:
    """A provider looks at what last month's billing run would make, then makes it; answers the page of the run."""
    month = formats.month(last_month())
    with step(f"{who} sees what would be billed for {month}"):
        page = people.as_(who)
        menu(page, "Invoices")
        page.get_by_role("navigation", name="Invoices by state").get_by_role(
            "link", name="To be billed"
        ).click()
        page.get_by_role("button", name=f"See the invoices for {month}").click()
        for words in seen:
            expect(page.get_by_role("main")).to_contain_text(words)
    with step(f"{who} makes exactly these invoices"):
        page.get_by_role("button", name=re.compile(r"^Make \d+ invoice")).click()
        expect(page.get_by_text(re.compile(r"\d invoices? made"))).to_be_visible()
    return page


def invoices(people: Visitors, who: str, state: str) -> Page:
    """Somebody's invoices where the money is in a state, like `To pay`."""
    page = people.as_(who)
    menu(page, "Invoices")
    page.get_by_role("navigation", name="Invoices by state").get_by_role("link", name=state).click()
    return page


def work_of_invoices(people: Visitors, who: str, name: str) -> Page:
    """What belongs to somebody's invoices: payment runs, bank statements, credit notes."""
    page = people.as_(who)
    menu(page, "Invoices")
    page.get_by_role("main").get_by_role("link", name=name, exact=True).click()
    return page


def proposes_run(people: Visitors, who: str, amount: str, payees: str) -> None:
    """The first person proposes to pay what is due in the next weeks, and cannot approve it."""
    with step(f"{who} proposes to pay {amount} to {payees}, and cannot approve it"):
        page = work_of_invoices(people, who, "Payment runs")
        fill_day(page, "Pay what is due until", clock.today() + timedelta(days=35))
        page.get_by_role("button", name="Propose a payment run").click()
        expect(page.get_by_text("The payment run is proposed.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(f"{amount} to {payees}")
        expect(page.get_by_text("You cannot approve this, because you proposed it.")).to_be_visible()
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)


def approves_and_sends(people: Visitors, who: str, amount: str) -> list[Transfer]:
    """The second person approves it, sends it and takes the file for the bank; answers what the file says."""
    with step(f"{who} approves it, and sends it"):
        page = work_of_invoices(people, who, "Payment runs")
        expect(page.get_by_role("row").filter(has_text="Approve it")).to_contain_text(amount)
        page.get_by_role("row").filter(has_text="Approve it").get_by_role("link").click()
        page.get_by_role("button", name=f"Approve {amount}").click()
        looks_well(page)
        page.get_by_role("button", name=f"Send {amount}").click()
        expect(page.get_by_role("row").filter(has_text="Together")).to_contain_text(amount)
        looks_well(page)
    with step(f"{who} takes the file for the bank, which says the same"):
        with page.expect_download() as taken:
            page.get_by_role("button", name="Take the file for the bank").click()
        transfers = _transfers(taken.value.path().read_bytes())
        assert formats.money(int(100 * sum(each.amount for each in transfers))) == amount
    return transfers


def _transfers(file: bytes) -> list[Transfer]:
    root = ET.fromstring(file)  # noqa: S314 - made by the site under test
    return [
        Transfer(
            each.findtext(f"{PAIN}PmtId/{PAIN}EndToEndId", ""),
            Decimal(each.findtext(f"{PAIN}Amt/{PAIN}InstdAmt", "")),
            each.findtext(f"{PAIN}Cdtr/{PAIN}Nm", ""),
        )
        for each in root.iter(f"{PAIN}CdtTrfTxInf")
    ]


def went_out(transfer: Transfer) -> str:
    """The bank's line for a payment that it made today."""
    return entry(
        str(transfer.amount), day=formats.iso(clock.today()), reference=f"B-{transfer.reference}",
        end_to_end=transfer.reference, who=transfer.payee,
    )  # fmt: skip


def came_back(transfer: Transfer) -> str:
    """The bank's line for a payment that the payee's bank sent back today."""
    return entry(
        str(transfer.amount), side="CRDT", day=formats.iso(clock.today()), reference=f"R-{transfer.reference}",
        end_to_end=transfer.reference, who=transfer.payee, more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
    )  # fmt: skip


def gives_in_statement(people: Visitors, who: str, *lines: str) -> Page:
    """Somebody gives in what the bank sent, every line of which explains itself."""
    with step(f"{who} gives in the bank's statement"):
        page = work_of_invoices(people, who, "Bank statements")
        page.get_by_role("button", name="Give in a statement").click()
        file = FilePayload(name="statement.xml", mimeType="application/xml", buffer=camt053(*lines))
        page.get_by_label("Statement", exact=True).set_input_files(file)
        page.get_by_role("button", name="Give it in").click()
        count = formats.count(len(lines), "line")
        expect(page.get_by_text(f"{count} explained.")).to_be_visible()
        expect(page.get_by_text("Nothing waits.")).to_be_visible()
        page.get_by_role("link", name="Explained").click()
        looks_well(page)
    return page


def numbers_of(page: Page, *told: str) -> None:
    """The numbers at the top of a page, like `£20.00 paid`, each on its own."""
    shown = [" ".join(each.split()) for each in page.locator(".fairday-numbers__link").all_inner_texts()]
    for words in told:
        assert words in shown, (words, shown)


def sees_money(people: Visitors, who: str, *told: str) -> None:
    """A provider's money page."""
    with step(f"{who} sees {', '.join(told)}"):
        page = people.as_(who)
        menu(page, "Activities")
        page.get_by_role("navigation", name="Your pages").get_by_role("link", name="Money").click()
        expect(heading(page)).to_have_text("Where is the money for what you did?")
        numbers_of(page, *told)


def stands(site: Site, fund: str, *, left: int, payable: int, paid: int) -> None:
    """A fund's ledger in pence; the books are proved on the way."""

    async def ask() -> tuple[int, int, int]:
        assert await verify() == []
        held = await balances(getattr(site.world, fund))
        return held["available"], held["payable"], held["paid"]

    assert site.run(ask) == (left, payable, paid)
