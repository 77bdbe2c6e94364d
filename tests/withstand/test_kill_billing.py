"""`kill -9` between every two steps of a billing run: nothing lost, nothing doubled, no gap in the numbers."""

import json
import os
import subprocess
import sys
from datetime import time, timedelta

import pytest

from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import ROOT
from tests.apart import Apart
from tests.database import make_database_apart
from tests.invoicing.delivering import deliver
from tests.world import actor_again, make_world

pytestmark = pytest.mark.browser  # It forks processes, so it runs among the last.

PAYERS = 5


async def _deliver() -> None:
    world = await make_world()
    day = (clock.today().replace(day=1) - timedelta(days=10)).replace(day=10)
    garden, bus = await world.activity(price="10.00"), await world.activity(price="2.50", title="Minibus")
    for number in range(PAYERS):
        _, fund = await world.person_with_fund(f"Payer{number} P", Route.DIRECT_PAYMENT, "100")
        holder = await actor_again(
            await db.fetch_value("SELECT holder_user_id FROM fund WHERE id = $1", fund)
        )
        await deliver(world, holder, fund, day, activity=garden, at=time(8 + number))
        await deliver(world, holder, fund, day, activity=bus, at=time(9 + number))


@pytest.mark.row("V1")
@pytest.mark.row("V3")
@pytest.mark.row("V9")
def test_a_billing_run_killed_before_every_statement_and_commit_is_taken_up_whole() -> None:
    dsn = make_database_apart("_killed_billing")
    apart = Apart(dsn)
    try:
        apart.run(_deliver)
        owed = apart.run(lambda: db.fetch_value("SELECT sum(charge_pence) FROM attendance"))
    finally:
        apart.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.withstand.killed_billing", dsn],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    # Three steps of two payers each make well over thirty places; the last line is of a run that nobody killed.
    assert len(told) > 30
    whole = {
        "lines": 2 * PAYERS,
        "billed": 2 * PAYERS,
        "claims": 2 * PAYERS,
        "invoices": PAYERS,
        "letters": PAYERS,
        "audited": PAYERS,
        "gross": owed,
        "run_gross": owed,
        "run_invoices": PAYERS,
        "unfinished": 0,
        "numbers": list(range(1, PAYERS + 1)),
        "faults": [],
    }
    for place, each in enumerate(told, start=1):
        assert each == whole, f"killed at place {place}"
