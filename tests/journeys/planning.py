"""A plan in the person's words, its four keys, and the agreement: told by the pages."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.journeys.beginning import CAROL, CORA, FIONA, Story, menu
from tests.journeys.steps import step
from tests.journeys.visitors import heading

WORDS = {
    "What is important to me": "My friends, and to be asked first.",
    "What keeps me well": "Being outside every week.",
    "The support I want": "Somebody beside me when I try something new.",
    "How my money is used": "For the garden, and for company.",
    "What I pay": "My own part, every month.",
}


@dataclass(frozen=True)
class Item:
    """Something to do: how it is paid, what it costs each time, how often a week."""

    title: str
    paid_from: str
    cost: str
    times: str = "1"
    kind: str = ""
    with_whom: str = ""


GARDEN = Item(
    "Garden group on Tuesday",
    "Individual Service Fund (ISF)",
    "38.50",
    kind="Gardening",
    with_whom="Pettypool",
)


def writes_plan(story: Story, who: str, *items: Item, own_part: bool = False) -> Page:
    """Somebody begins the plan, writes every chapter, and puts in what the person will do; answers their page."""
    with step(f"{who} begins {story.called}’s plan and writes in {story.called}’s words"):
        page = story.hub(who, "Plan")
        page.get_by_role("button", name="Write the plan").click()
        for chapter, words in WORDS.items():
            if own_part or chapter != "What I pay":
                writes(page, story, chapter, words)
    for item in items:
        with step(f"{item.title} goes into the plan; the total moves"):
            adds(page, item)
    return page


def writes(page: Page, story: Story, chapter: str, words: str) -> None:
    """One chapter."""
    page.get_by_role("link", name=f"Write {chapter.lower()}", exact=True).click()
    expect(heading(page)).to_contain_text(chapter)
    page.get_by_label(f"In {story.called}’s own words").fill(words)
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text(words)).to_be_visible()


def adds(page: Page, item: Item) -> None:
    """One thing to do: worked out first, then kept."""
    page.get_by_role("button", name="Add something to do").click()
    page.get_by_label("What it is").fill(item.title)
    if item.kind:
        page.get_by_label("Kind of activity").select_option(label=item.kind)
    if item.with_whom:
        page.get_by_label("With whom").select_option(label=item.with_whom)
    page.get_by_label(item.paid_from, exact=True).check()
    page.get_by_label("What it costs each time").fill(item.cost)
    page.get_by_label("How many times").fill(item.times)
    page.get_by_label("a week", exact=True).check()
    page.get_by_role("button", name="Work out what it comes to").click()
    expect(page.get_by_role("heading", name="What it comes to")).to_be_visible()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text(f"{item.title} is in the plan.")).to_be_visible()


def names_helper(page: Page, kind: str, name: str, how: str) -> None:
    """Say who helped with the plan, and go back to it."""
    page.get_by_role("link", name="Say who helped").click()
    page.get_by_role("group", name="Who are they?").get_by_label(kind, exact=True).check()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("How did they help?").fill(how)
    page.get_by_role("button", name="Name them").click()
    expect(page.get_by_text(f"{name} is named.")).to_be_visible()
    page.get_by_role("region", name="Where you are").get_by_role("link", name="plan").click()


def sends_plan(page: Page) -> None:
    """Send the plan for its keys."""
    page.get_by_role("button", name="Send it for its keys").click()
    expect(page.get_by_text("Nothing is missing.")).to_be_visible()
    page.get_by_role("button", name="Send it for its keys").click()
    expect(page.get_by_text("The plan is sent. It waits for its keys now.")).to_be_visible()


def turns_key(story: Story, who: str, key: str, because: str) -> Page:
    """Somebody of the council turns one key, having read what it covers."""
    page = story.as_(who)
    menu(page, "Council")
    page.get_by_role("main").get_by_role("link", name="wait").filter(has_text="keys").click()
    page.get_by_role("link", name=f"{key} for {story.name}").click()
    expect(heading(page)).to_contain_text(key)
    page.get_by_label("Why?").fill(because)
    page.get_by_role("button", name="Turn the key").click()
    return page


def turns_all_keys(story: Story, care_manager: str = CORA) -> None:
    """Three keys by a care manager who did not write the plan, one by finance: the fourth agrees it."""
    with step(f"{care_manager} and Fiona turn the four keys; the fourth agrees the plan"):
        for key in ("Meets the needs", "Risks are thought through", "Keeps safe and well"):
            page = turns_key(story, care_manager, key, "Talked about it with them at home.")
            expect(page.get_by_text(f"The key “{key}” is turned.")).to_be_visible()
        page = turns_key(story, FIONA, "Fits the money", "It costs less than there is.")
        expect(page.get_by_text("This was the fourth key: the plan is agreed")).to_be_visible()


def drafts_agreement(story: Story, *, fund: str = "", fee: str = "", notice: str = "28") -> None:
    """Carol writes the agreement about a fund (the only one when not named), and offers it."""
    with step(f"Carol writes the agreement {fund} and offers it to everybody"):
        page = story.hub(CAROL, "Agreements")
        page.get_by_role("button", name="Write the agreement").filter(has_text=fund).click()
        if fee:
            page.get_by_label("The same each week").check()
            page.get_by_label("Fee without VAT").fill(fee)
            page.get_by_label("VAT on the fee").fill("20")
            page.get_by_role("group", name="also sell to").get_by_label("No", exact=True).check()
        page.get_by_label("Days of notice").fill(notice)
        page.get_by_role("button", name="Save the draft").click()
        expect(page.get_by_text("The draft is made. Read it, then offer it to everybody.")).to_be_visible()
        page.get_by_role("button", name="Offer it to everybody").click()
        expect(page.get_by_text("Everybody can read and sign it now.")).to_be_visible()


def opens_agreement(story: Story, who: str, fund: str = "") -> Page:
    """Somebody opens the newest agreement about a fund (the only one when not named)."""
    page = story.hub(who, "Agreements")
    about = page.get_by_role("main").locator("section").filter(has=page.get_by_role("heading", name=fund))
    about.get_by_role("row").get_by_role("link", name="Version").first.click()
    return page


def names_account(story: Story, fund: str = "Direct payment") -> None:
    """The person says in which account a direct payment is kept, before anything can be signed."""
    with step(f"{story.called} says in which account the direct payment is kept"):
        page = opens_agreement(story, story.name, fund)
        page.get_by_role("button", name="Read and sign").click()
        page.get_by_role("link", name="Say in which account the money is kept").click()
        page.get_by_label("Name of the bank").fill("Weaver Bank")
        page.get_by_label("Last 4 digits of the account number").fill("4821")
        page.get_by_label("This account is used for nothing else").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("main")).to_contain_text("4821")


def signs(story: Story, who: str, fund: str = "") -> Page:
    """Somebody reads an agreement that waits for them, and signs it."""
    with step(f"{who} reads the agreement {fund} and signs"):
        page = opens_agreement(story, who, fund)
        page.get_by_role("button", name="Read and sign").click()
        expect(heading(page)).to_contain_text("Do you agree to this?")
        page.get_by_label("I have read this, and I agree to it").check()
        page.get_by_role("button", name="Sign", exact=True).click()
        expect(page.get_by_text("You have signed this agreement.")).to_be_visible()
    return page
