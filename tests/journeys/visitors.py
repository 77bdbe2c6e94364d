"""People at their browsers: each has one of their own and keeps it while somebody else has a turn."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.site import Site
from tests.world import PASSWORD, email_of

# Two slow cores are shared with another worker and a server: patience costs nothing when all is well.
PATIENCE_MS = 20_000


class Scripts(StrEnum):
    """Whether a browser runs JavaScript."""

    ON = "with JavaScript"
    OFF = "without JavaScript"


@dataclass
class Visitors:
    """Opens browsers on the site; `as_` signs somebody in once and gives back their page afterwards."""

    browser: Browser
    site: Site
    scripts: Scripts = Scripts.ON
    _contexts: list[BrowserContext] = field(default_factory=list, repr=False)
    _pages: dict[str, Page] = field(default_factory=dict, repr=False)

    def anyone(self) -> Page:
        """A browser that nobody has signed in with, at the front page."""
        context = self.browser.new_context(
            java_script_enabled=self.scripts is Scripts.ON, locale="en-GB", timezone_id="Europe/London"
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.goto(self.site.url)
        return page

    def as_(self, name: str) -> Page:
        """The browser of somebody by the name in the world: `Brenda Broker`."""
        if name not in self._pages:
            page = self.anyone()
            page.get_by_role("banner").get_by_role("link", name="Sign in").click()
            fill_sign_in(page, email_of(name), PASSWORD)
            expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            self._pages[name] = page
        return self._pages[name]

    def go(self, name: str, path: str) -> Page:
        """Somebody's browser at an address that they kept or were sent."""
        page = self.as_(name)
        page.goto(f"{self.site.url}{path}")
        return page

    def close(self) -> None:
        """Close every browser."""
        for context in self._contexts:
            context.close()


def fill_sign_in(page: Page, email: str, password: str) -> None:
    """Type into the sign-in page and send it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def heading(page: Page) -> Locator:
    """The page's question."""
    return page.get_by_role("heading", level=1)


def fill_day(page: Page, legend: str, day: date) -> None:
    """Type a date into its three fields."""
    fields = page.get_by_role("group", name=legend)
    fields.get_by_label("Day").fill(str(day.day))
    fields.get_by_label("Month").fill(str(day.month))
    fields.get_by_label("Year").fill(str(day.year))
