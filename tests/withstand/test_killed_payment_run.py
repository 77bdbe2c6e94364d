"""`kill -9` between the steps of a payment run: it is wholly sent or not at all, and again changes nothing."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from invoicing.bank_details.rules import Account, Purpose
from invoicing.payment_runs.commands import approve_run
from invoicing.payment_runs.proposing import propose_run
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import ROOT
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.invoicing.bank_details.making import in_force, second_broker, second_manager
from tests.world import World, make_world

pytestmark = pytest.mark.browser  # It drives processes from outside, so it runs among the last.

PEOPLE = 12
STEPS = (
    "UPDATE ON payment_run",
    "UPDATE ON payment",
    "UPDATE ON invoice",
    "INSERT ON outbox_message",
    "INSERT ON journal",
)
WORK = (
    "import sys\n"
    "from uuid import UUID\n"
    "from invoicing.payment_runs.commands import send_run\n"
    "from marketplace.cli import on_database\n"
    "from marketplace.identity.access import Actor\n"
    "from marketplace.identity.rules import Role\n"
    "user, organisation, run = (UUID(word) for word in sys.argv[1:])\n"
    "actor = Actor(user, organisation, frozenset({Role.BROKER}))\n"
    "on_database(lambda: send_run(actor, run))\n"
)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """A database of its own."""
    made = Apart(make_database_apart("_payment_runs"))
    yield made
    made.close()


async def _approved() -> tuple[UUID, UUID, UUID]:
    await empty_database()
    world: World = await make_world()
    second = await second_broker(world)
    await in_force(world.manager, await second_manager(world))
    await in_force(world.broker, second, Account("Harbour", "118765", "64371389"), Purpose.FROM)
    session = await world.session_today(capacity=PEOPLE)
    for number in range(PEOPLE):
        _, fund = await world.person_with_fund(f"Paid{number} Example", Route.ISF, "100.00")
        booked = await book(world.broker, session, fund)
        await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    run = await propose_run(second, clock.today() + timedelta(days=40), clock.today())
    await approve_run(world.broker, run)
    return world.broker.user_id, world.harbour, run


def _start(apart: Apart, words: tuple[UUID, UUID, UUID]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK, *(str(word) for word in words)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": apart.dsn},
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


async def _wait_at(step: str) -> None:
    """Make the step so slow that a process is killed in it."""
    await db.execute(
        "CREATE OR REPLACE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$"
    )
    await db.execute(f"CREATE TRIGGER slowly BEFORE {step} FOR EACH ROW EXECUTE FUNCTION slowly()")


async def _let_go(step: str) -> None:
    await db.execute(f"DROP TRIGGER slowly ON {step.rsplit(' ', 1)[1]}")


async def _told() -> dict[str, object]:
    row = await db.fetch_one(
        "SELECT (SELECT string_agg(DISTINCT state, ',') FROM payment_run) AS run,"
        " (SELECT string_agg(DISTINCT state, ',') FROM payment) AS payments,"
        " (SELECT string_agg(DISTINCT state, ',') FROM invoice) AS invoices,"
        " (SELECT count(*) FROM journal WHERE kind = 'settle') AS journals,"
        " (SELECT coalesce(sum(balance_pence), 0)::bigint FROM account WHERE kind = 'paid') AS paid,"
        " (SELECT count(*) FROM outbox_message WHERE subject LIKE '%PY-%') AS letters"
    )
    assert row is not None
    return row


@pytest.mark.row("V7")
@pytest.mark.row("V9")
def test_a_payment_run_killed_in_every_step_is_sent_once_and_loses_nothing(apart: Apart) -> None:
    words = apart.run(_approved)
    waits = {
        "run": "approved", "payments": "proposed", "invoices": "issued", "journals": 0, "paid": 0, "letters": 0,
    }  # fmt: skip
    assert apart.run(_told) == waits
    for step in STEPS:
        apart.run(lambda step=step: _wait_at(step))  # type: ignore[misc]
        running = _start(apart, words)
        for _ in range(2000):
            asleep = apart.run(
                lambda: db.fetch_value("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            )
            if asleep or running.poll() is not None:
                break
            time.sleep(0.01)
        assert asleep, f"it was not killed in {step}"
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        # The server notices only at the next word to its client.
        apart.run(
            lambda: db.fetch_all(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            )
        )
        apart.run(lambda step=step: _let_go(step))  # type: ignore[misc]
        assert apart.run(_told) == waits

    together = [_start(apart, words), _start(apart, words)]
    assert [running.wait(timeout=120) for running in together] == [0, 0]
    told = apart.run(_told)
    assert told == {
        "run": "sent", "payments": "sent", "invoices": "paid", "journals": PEOPLE, "paid": PEOPLE * 3850, "letters": 1,
    }  # fmt: skip
    assert apart.run(verify) == []
