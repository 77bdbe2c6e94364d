"""Journey 20, while a billing run is at work: its page says by itself how far it is, and when it is done."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from invoicing.runs import commands
from invoicing.runs.commands import begin, work_on
from invoicing.runs.rules import month_scope
from marketplace.kernel import clock
from tests.invoicing.delivering import deliver
from tests.journeys.looking import looks_well
from tests.journeys.visitors import Visitors
from tests.world import World

PETRA = "Petra Manager"


async def _begun(world: World) -> UUID:
    """A run of last month's sessions of two payers, of which nothing is billed yet."""
    day = clock.today().replace(day=1) - timedelta(days=5)
    garden = await world.activity(price="10.00")
    for booker, fund in (
        (world.broker, world.emma_isf),
        (world.care_manager, world.emma_managed),
    ):
        day += timedelta(days=1)
        await deliver(world, booker, fund, day, activity=garden)
    run_id = await begin(world.manager, month_scope(day.replace(day=1), world.pettypool))
    assert run_id is not None
    return run_id


@pytest.mark.row("V1")
def test_a_run_says_by_itself_how_far_it_is(people: Visitors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "STEP", 1)
    site = people.site
    run_id = site.run(lambda: _begun(site.world))
    page = people.go(PETRA, f"/invoices/runs/{run_id}")
    status = page.get_by_role("status")
    expect(status).to_contain_text("0 of about 2 lines so far, on 0 invoices")
    looks_well(page)
    page.evaluate("window.neverLeft = true")
    site.run(lambda: work_on(site.world.manager, run_id, steps=1))
    expect(status).to_contain_text("1 of about 2 lines so far, on 1 invoice")
    expect(page.get_by_role("button", name="Look again")).to_be_visible()
    site.run(lambda: work_on(site.world.manager, run_id))
    expect(status).to_contain_text("It is done. It made 2 invoices.")
    expect(page.get_by_role("row").filter(has_text="2 invoices, together")).to_contain_text("£20.00")
    expect(page.get_by_role("button", name="Look again")).to_have_count(0)
    assert page.evaluate("window.neverLeft")
