"""From the first meeting to a budget, told by the pages: whose story it is, and what Carol and Fiona do for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from playwright.sync_api import Page, expect

from marketplace.identity.rules import Role
from marketplace.kernel import clock
from tests.isf.payments.making import second_officer
from tests.journeys.looking import NARROW
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_day, heading
from tests.world import email_of, persona

CAROL, CORA, FIONA, FRANK = "Carol Manager", "Cora Keyholder", "Fiona Finance", "Frank Finance"
BRENDA, PETRA = "Brenda Broker", "Petra Manager"
HARBOUR = "Harbour Brokerage"
ISF, DIRECT, MANAGED = (
    "Individual Service Fund (ISF)",
    "Direct payment",
    "Managed by the council",
)


def menu(page: Page, link: str) -> None:
    """Choose something from the menu at the top."""
    page.get_by_role("navigation", name="Menu").get_by_role("link", name=link, exact=True).click()


@dataclass
class Story:
    """Whose journey it is, and everybody's browsers. `record` is the address of their page, once it is made.

    `telephone` is the person's own browser, where it is another than those of the offices.
    """

    people: Visitors
    name: str
    called: str
    record: str = ""
    telephone: Visitors | None = None

    def as_(self, who: str) -> Page:
        """Somebody's browser where they left it."""
        if who != self.name or self.telephone is None:
            return self.people.as_(who)
        page = self.telephone.as_(who)
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        return page

    def own(self) -> Page:
        """The person at their own money and week."""
        page = self.as_(self.name)
        menu(page, "My money and week")
        expect(heading(page)).to_have_text(f"{self.called}’s money and week")
        return page

    def hub(self, who: str, part: str = "") -> Page:
        """Somebody finds the person, and a part of their affairs by its name."""
        if who == self.name:
            page = self.own()
            page.get_by_role("link", name="About you").click()
        elif who == BRENDA:
            page = self.as_(who)
            menu(page, "Broker’s desk")
            page.get_by_role("link", name=self.name, exact=True).click()
            page.get_by_role("link", name=f"About {self.called}").click()
        else:
            page = self.as_(who)
            menu(page, "People")
            page.get_by_role("link", name=self.name, exact=True).click()
        expect(heading(page)).to_contain_text(self.name)
        if part:
            page.get_by_role("main").get_by_role("link", name=part, exact=True).click()
        return page


def signed_up(people: Visitors, name: str, role: Role = Role.DIRECT_PAYMENT_HOLDER) -> None:
    """Somebody has made an account, and no more; the council has a second finance officer."""

    async def make() -> None:
        await persona(name, role)

    people.site.run(make)


def second_finance_officer(people: Visitors) -> None:
    """Frank works at the council too."""

    async def make() -> None:
        await second_officer(people.site.world)

    people.site.run(make)


def meets(people: Visitors, name: str, called: str, *, needs: str, email: bool = True) -> Story:
    """Carol makes somebody's record, with how to communicate with them."""
    story = Story(people, name, called)
    with step(f"Carol records {called}, and how to communicate with them"):
        page = people.as_(CAROL)
        menu(page, "People")
        page.get_by_role("link", name="Add a person").click()
        page.get_by_label("Full name").fill(name)
        page.get_by_label("What they like to be called").fill(called)
        page.get_by_label("Communication needs").fill(needs)
        page.get_by_label("They agree that providers are told how to communicate with them").check()
        if email:
            page.get_by_label("E-mail they sign in with").fill(email_of(name))
        page.get_by_role("button", name="Add the person").click()
        expect(page.get_by_text("The record is made. Next: give them a budget.")).to_be_visible()
        expect(page.get_by_role("complementary", name=f"How to communicate with {called}")).to_contain_text(
            needs
        )
    story.record = page.url.removeprefix(people.site.url).split("?")[0]
    return story


def finds_needs(story: Story, need: str, outcome: str) -> None:
    """Carol writes down the assessment, a need that the council must meet, and what the person wants."""
    with step(f"Carol records what {story.called} needs and wants"):
        page = story.hub(CAROL, "Needs and outcomes")
        page.get_by_role("button", name="Record an assessment").click()
        page.get_by_label("In short").fill("At home, over two afternoons.")
        page.get_by_role("button", name="Record the assessment").click()
        page.get_by_role("button", name="Add a need").click()
        page.get_by_role("group", name="What is it about?").get_by_role("radio").first.check()
        page.get_by_label("The need in a few words").fill(need)
        page.get_by_role("group", name="Does the council have to meet it?").get_by_label("Yes").check()
        page.get_by_role("button", name="Record the need").click()
        expect(page.get_by_role("row").filter(has_text=need)).to_contain_text("Must meet it")
        page.get_by_role("button", name="Add what they want").click()
        page.get_by_label(f"In {story.called}’s words").fill(outcome)
        page.get_by_label("Which need does it answer?").select_option(label=need)
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_role("blockquote").filter(has_text=outcome)).to_be_visible()


def assesses_money(story: Story, weekly: str) -> None:
    """Fiona agrees what the person pays a week, and the page says why in lines."""
    with step(f"Fiona makes the financial assessment: {story.called} pays {weekly} a week at most"):
        page = story.hub(FIONA, "Contribution")
        page.get_by_role("button", name="Make a financial assessment").click()
        page.get_by_label("Light-touch assessment").check()
        page.get_by_label("Agreed amount a week").fill(weekly)
        page.get_by_label("Note").fill("Seen: a letter about benefits.")
        page.get_by_role("button", name="Work it out first").click()
        expect(page.get_by_role("heading", name="Worked out, not kept yet")).to_be_visible()
        page.get_by_role("button", name="Keep this assessment").click()
        expect(page.get_by_text("The financial assessment is kept.")).to_be_visible()
        expect(page.get_by_role("main")).to_contain_text(f"is £{weekly} a week")


def gives_budget(
    story: Story, parts: Mapping[str, str], *, council: str, own: str = "0", weeks: int = 52, holder: str = ""
) -> None:
    """Carol gives a budget by the week; `parts` are the ways of the money with their weekly amounts."""
    with step(f"Carol gives {story.called} a budget by the week"):
        page = story.hub(CAROL)
        # A button where nothing runs yet, a line in a list where urgent support does.
        asked = page.get_by_role("main").get_by_text("Give a budget", exact=True)
        asked.click()
        page.get_by_label("From the council").fill(council)
        page.get_by_label(f"From {story.called}", exact=True).fill(own)
        fill_day(page, "Last day", clock.today() + timedelta(weeks=weeks, days=-1))
        for way, amount in parts.items():
            part = page.get_by_role("group", name=way)
            part.get_by_label("Amount").fill(amount)
            if way == ISF:
                part.get_by_label("Organisation that holds it").select_option(label=HARBOUR)
            if way == DIRECT and holder:
                part.get_by_label("E-mail of who holds it").fill(email_of(holder))
        page.get_by_role("button", name="Add it up first").click()
        expect(page.get_by_text("That fits.")).to_be_visible()
        expect(page.get_by_text(f"For {weeks} weeks")).to_be_visible()
        page.get_by_role("button", name="Give the budget").click()
        expect(page.get_by_text("The budget is made. The money can be used when the plan")).to_be_visible()
