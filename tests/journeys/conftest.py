"""Fixtures of the journeys: people with browsers, with and without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.lived_in import live_in
from tests.journeys.looking_everywhere import Look, begin_to_pay, paid_out
from tests.journeys.page_list import Finder
from tests.journeys.visitors import PATIENCE_MS, Scripts, Visitors
from tests.site import Site

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture
def people(browser: Browser, site: Site) -> Iterator[Visitors]:
    """Everybody's browsers, with JavaScript."""
    visitors = Visitors(browser, site)
    yield visitors
    visitors.close()


@pytest.fixture(params=list(Scripts), ids=str)
def people_with_and_without_scripts(
    browser: Browser, site: Site, request: pytest.FixtureRequest
) -> Iterator[Visitors]:
    """Everybody's browsers, once with JavaScript and once without."""
    visitors = Visitors(browser, site, request.param)
    yield visitors
    visitors.close()


@pytest.fixture
def look(browser: Browser, site: Site) -> Iterator[Look]:
    """A site in use, a card payment of Dan's begun."""
    values = dict(site.run(lambda: live_in(site.world)))
    made = Look(browser, site, values, Finder(site, values))
    values["checkout"] = begin_to_pay(made)
    values["payout_id"] = paid_out(made)
    yield made
    for context in browser.contexts:
        context.close()
