"""Looking at many pages of a site that is in use, as everybody who may see them.

The pages are many: the tests of them are several files, so that several workers share them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import stripe
from playwright.sync_api import Browser, Page

from marketplace.identity.http import SESSION_COOKIE
from marketplace.identity.rules import Permission
from tests.journeys.lived_in import ACCOUNT
from tests.journeys.looking import WIDE, Looker, grave
from tests.journeys.page_list import NOBODY, CannotFill, Finder, PageOf, Suits, any_page, fill, routes
from tests.journeys.visitors import PATIENCE_MS
from tests.site import Site
from tests.stripe_server.process import StripeServer

# The same pages in other states: who, the address, and what it answers where that is not 200.
STATES: tuple[tuple[str, str, int], ...] = (
    (
        NOBODY,
        "/?q=garden&near=CW8+2EA&within_miles=25&day=weekday&time=morning&max_price=50&sort=nearest",
        200,
    ),
    (NOBODY, "/?q=elephants&near=Sandiway&time=evening", 200),
    (NOBODY, "/?near=Atlantis&max_price=cheap", 422),
    (NOBODY, "/activities/{in_house_activity_id}", 200),
    (NOBODY, "/no-such-page", 404),
    ("stranger", "/people/{person_id}/week", 404),
    ("stranger", "/desk", 200),
    ("broker", "/people/new", 403),
    ("broker", "/people/{person_id}/week?print=on", 200),
    ("broker", "/", 200),
    ("broker", "/activities/{activity_id}", 200),
    ("broker", "/activities/{in_house_activity_id}", 200),
    ("broker", "/invoices?show=to-pay", 200),
    ("broker", "/desk?show=ideas&sort=left", 200),
    ("broker", "/desk?search=nobody+of+this+name", 200),
    ("broker", "/people/{person_id}/money?back=/desk?show=ideas", 200),
    ("care_manager", "/people?search=nobody+of+this+name", 200),
    ("care_manager", "/people/{person_id}/week", 200),
    ("care_manager", "/council", 200),
    ("care_manager", "/people/{ended_person_id}/end", 200),
    ("care_manager", "/people/{ended_person_id}", 200),
    ("finance_officer", "/people/{ended_person_id}/end", 200),
    ("emma_user", "/people/{person_id}/pauses?easy=on", 200),
    ("emma_user", "/people/{person_id}/relatives?easy=on", 200),
    ("care_manager", "/desk", 200),
    ("finance_officer", "/council", 200),
    ("commissioner", "/council", 200),
    ("commissioner", "/council/providers?show=all", 200),
    ("manager", "/provider/sessions/{today_session_id}", 200),
    ("manager", "/provider/activities/{activity_id}/dates?page=2", 200),
    ("manager", "/invoices?show=to-be-billed", 200),
    ("dan_user", "/people/{dan_person_id}/week", 200),
    ("dan_user", "/funds/{dan_fund_id}", 200),
    ("emma_user", "/people/{person_id}/week?easy=on", 200),
    ("emma_user", "/people/{person_id}/money?easy=on", 200),
    ("emma_user", "/people/{person_id}/money?easy=off", 200),
    ("emma_user", "/funds/{fund_id}?easy=on", 200),
    ("emma_user", "/people/{person_id}/book/{session_id}", 200),
    ("emma_user", "/people/{person_id}/waitlist/{full_session_id}", 200),
    ("emma_user", "/people/{person_id}/waitlist/{full_session_id}?easy=on", 200),
    ("emma_user", "/people/{person_id}/book/{full_session_id}?easy=off", 200),
    ("emma_user", "/waitlist/{entry_id}?easy=on", 200),
    ("emma_user", "/waitlist/{waiting_entry_id}?easy=off", 200),
    ("emma_user", "/bookings/{booking_id}", 200),
    ("emma_user", "/activities/{activity_id}", 200),
    ("emma_user", "/providers/{slug}", 200),
    ("emma_user", "/", 200),
    ("emma_user", "/ways-to-pay", 200),
    ("emma_user", "/accessibility", 200),
    ("emma_user", "/open-data", 200),
)

_LINKS = """() => [...document.querySelectorAll("a[href^='/']")]
  .map((link) => link.getAttribute("href").split("#")[0])"""


@dataclass
class Look:
    """Everybody's browser on a site that is in use, and the faults found so far by page."""

    browser: Browser
    site: Site
    values: dict[str, object]
    finder: Finder
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    links: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def page_of(self, who: str) -> Page:
        """A new browser of somebody who has signed in."""
        context = self.browser.new_context(viewport=WIDE, locale="en-GB")  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        if who != NOBODY:
            cookie = self.finder.cookies[who]
            context.add_cookies([{"name": SESSION_COOKIE, "value": cookie, "url": self.site.url}])
        return context.new_page()

    def at(self, who: str, told: str, looker: Looker, path: str, status: int = 200) -> None:
        """Look at a page and note what is wrong, and where its links go."""
        self.faults[f"{told}, as {who}"] += looker.open(self.site.url + path, status=status)
        # This address gives a place up: following it is not looking.
        self.links[who] |= {
            href for href in looker.page.evaluate(_LINKS) if href and not href.startswith("/card/back")
        }

    def dead_links(self, who: str, page: Page) -> list[str]:
        """The links met so far that lead to nothing, or to what may not be seen."""
        answers = {href: page.request.get(self.site.url + href).status for href in sorted(self.links[who])}
        # 422 is a page too: the search, with an error at a field.
        return [
            f"{href} leads to {status}" for href, status in answers.items() if status >= 400 and status != 422
        ]

    def told(self) -> list[str]:
        """Every grave fault as a line; the others are printed."""
        lines = [f"{page}: {fault}" for page, faults in self.faults.items() for fault in faults]
        print(*(f"advice: {line}" for line in lines), sep="\n")
        return [
            f"{page}: {fault}" for page, faults in self.faults.items() for fault in faults if grave(fault)
        ]


def begin_to_pay(look: Look) -> str:
    """Dan chooses the card and leaves the card page open: its name."""
    page = look.page_of("dan_user")
    page.goto(look.site.url + fill("/people/{person_id:uuid}/pay/{session_id:uuid}", look.values, "dan_"))
    page.get_by_label("Card", exact=True).check()
    page.get_by_role("button", name="Continue").click()
    assert page.url.startswith(look.site.stripe_url)
    return page.url.rsplit("/", 1)[1]


def paid_out(look: Look) -> str:
    """Something that Pettypool sold elsewhere was paid by card and is on its way to its bank: the payout."""
    server = StripeServer(look.site.stripe_url, "")
    params: Any = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {"currency": "gbp", "unit_amount": 1200, "product_data": {"name": "A cake"}},
            }
        ],
        "success_url": look.site.url,
    }
    client = stripe.StripeClient(server.api_key, base_addresses={"api": server.url})
    page = client.v1.checkout.sessions.create(params, {"stripe_account": ACCOUNT})
    server.submit_card(str(page.url), "4242 4242 4242 4242")
    return str(server.control("payouts", account=ACCOUNT)["id"])


def pages_of(
    finder: Finder, wanted: Mapping[str, Permission], suits: Suits = any_page
) -> tuple[dict[str, list[PageOf]], list[str]]:
    """Every page wanted, by who looks at it, and what could not be filled."""
    by_person: dict[str, list[PageOf]] = defaultdict(list)
    unfilled = []
    for route, permission in wanted.items():
        try:
            found = finder.find(route, permission, suits)
        except CannotFill as failure:
            unfilled.append(str(failure))
        else:
            if found is not None:
                by_person[found.who].append(found)
    return by_person, unfilled


def _states(values: Mapping[str, object], chosen: Callable[[str], bool]) -> dict[str, list[tuple[str, int]]]:
    by_person: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for who, path, status in STATES:
        if chosen(path):
            by_person[who].append((path.format(**values), status))
    return by_person


def of_work(path: str) -> bool:
    """Whether a page is one of a council's or a provider's work, not of a person's or everybody's."""
    return path.split("/")[1] in {"council", "provider"}


def look_at_every(look: Look, chosen: Callable[[str], bool]) -> None:
    """Look at every page whose address is chosen, in every state of it, and follow its links."""
    wanted = {route: permission for route, permission in routes().items() if chosen(route)}
    pages, unfilled = pages_of(look.finder, wanted)
    assert not unfilled, "\n".join(unfilled)
    states = _states(look.values, chosen)
    for who in dict.fromkeys([*pages, *states]):
        looker = Looker(look.page_of(who))
        for each in pages[who]:
            look.at(who, each.route, looker, each.path)
        for path, status in states[who]:
            look.at(who, path, looker, path, status)
        look.faults[f"links, as {who}"] += look.dead_links(who, looker.page)
        looker.page.context.close()
    wrong = look.told()
    assert not wrong, "\n".join(wrong)
