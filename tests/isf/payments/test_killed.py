"""`kill -9` while an approved payment is entered in the books: nothing lost, nothing paid twice."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from isf.ledger.verify import verify
from isf.payments.paying_in import commands
from isf.rules import for_days
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.settings import ROOT
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.isf.payments.making import Version, fund_with, pays_unsigned, proposed, second_officer
from tests.world import World, make_world

pytestmark = pytest.mark.browser  # It drives processes from outside, so it runs among the last.

PEOPLE = 60
# Entering goes in batches of two lines here, so that there are many moments to be killed in.
WORK = (
    "from marketplace.cli import on_database\n"
    "from isf.payments.paying_in import posting\n"
    "posting.BATCH = 2\n"
    "print(on_database(posting.resume_all))\n"
)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """A database of its own."""
    made = Apart(make_database_apart("_payments"))
    yield made
    made.close()


async def _approved() -> UUID:
    await empty_database()
    world: World = await make_world()
    await pays_unsigned(world)
    frank = await second_officer(world)
    today, weekly = clock.today(), Money(5_001)
    for number in range(PEOPLE):
        await fund_with(
            world,
            f"Killed Example{number}",
            [Version(today, today + timedelta(days=364), for_days(weekly, 364), council_weekly=weekly)],
        )
    payment = await proposed(world)
    await commands.check_payment(frank, payment)
    async with db.unit_of_work():  # Approved, and nothing entered yet.
        await commands.approve_payment(world.finance_officer, payment)
    # So slow that there is time to be killed on the way, on any machine.
    await db.execute(
        "CREATE OR REPLACE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END $$"
    )
    await db.execute(
        "CREATE OR REPLACE TRIGGER slowly BEFORE UPDATE ON payment_in_line FOR EACH ROW EXECUTE FUNCTION slowly()"
    )
    return payment


def _start(apart: Apart) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": apart.dsn},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.row("I1")
def test_a_process_killed_among_payments_pays_nobody_twice_and_another_goes_on(apart: Apart) -> None:
    payment = apart.run(_approved)

    def paid() -> int:
        return int(
            apart.run(lambda: db.fetch_value("SELECT count(*) FROM payment_in_line WHERE state = 'paid'"))
        )

    for enough in (4, 20, 36):
        run = _start(apart)
        while run.poll() is None and paid() < enough:
            time.sleep(0.001)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert 0 < paid() < PEOPLE + 3, "it was killed on the way"
    assert apart.run(lambda: _state(payment)) == "approved"
    together = [_start(apart), _start(apart)]
    assert [run.wait(timeout=60) for run in together] == [0, 0]

    assert apart.run(lambda: _state(payment)) == "paid"
    rows = apart.run(
        lambda: db.fetch_all(
            "SELECT l.amount_pence, -a.balance_pence AS funded FROM payment_in_line l"
            " JOIN account a ON a.fund_id = l.fund_id AND a.kind = 'funding'"
        )
    )
    assert len(rows) == PEOPLE + 3
    assert all(row["amount_pence"] == row["funded"] for row in rows)
    letters = apart.run(
        lambda: db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject LIKE '%PI-%'")
    )
    assert letters == 2
    assert apart.run(verify) == []


async def _state(payment: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM payment_in WHERE id = $1", payment))
