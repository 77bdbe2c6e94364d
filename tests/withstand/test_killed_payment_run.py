"""`kill -9` between every two steps of a payment run and what surrounds it: each is wholly done or not at all.

Proposed, approved, sent and returned; a month that is closed; a supplier's own invoice. A step is a statement or the
commit: the process that does it is killed before the first of them, then before the second, and so on.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import takewhile
from pathlib import Path
from uuid import UUID

import pytest

from invoicing.bank_details.rules import Account, Purpose
from invoicing.credits.commands import CreditDraft, issue_credit_note
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads.commands import check_ubl
from isf.ledger.verify import verify
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.invoicing.bank_details.making import in_force, second_broker, second_manager
from tests.invoicing.delivering import deliver
from tests.invoicing.made_invoices import ONE, invoice
from tests.world import World, make_world

pytestmark = pytest.mark.browser  # It drives processes from outside, so it runs among the last.

DYING = Path(__file__).with_name("dying.py")
PRICE = 3850
# All that must be as before or as afterwards, and nothing between.
LOOK = """
    SELECT concat_ws(' ',
        (SELECT string_agg(state, ',') FROM payment_run),
        (SELECT string_agg(state, ',' ORDER BY gross_pence) FROM payment),
        (SELECT string_agg(state, ',' ORDER BY gross_pence) FROM invoice), (SELECT count(*) FROM claim),
        (SELECT count(*) FROM journal), (SELECT count(*) FROM credit_settlement), (SELECT count(*) FROM audit_record),
        (SELECT count(*) FROM outbox_message), (SELECT count(*) FROM closed_period),
        (SELECT string_agg(state, ',') FROM received_invoice), (SELECT string_agg(state, ',') FROM received_line))
"""


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """A database of its own."""
    made = Apart(make_database_apart("_payment_runs"))
    yield made
    made.close()


def last_month() -> date:
    """Its first day."""
    return (clock.today().replace(day=1) - timedelta(days=10)).replace(day=1)


async def scene() -> tuple[World, Actor]:
    """Pettypool is owed for two visits of Emma's, and owes a pound for one before; accounts are in use."""
    await empty_database()
    world = await make_world()
    second = await second_broker(world)
    await in_force(world.manager, await second_manager(world))
    await in_force(world.broker, second, Account("Harbour", "118765", "64371389"), Purpose.FROM)
    activity, day = await world.activity(), last_month().replace(day=10)
    await deliver(world, world.broker, world.emma_isf, day, activity=activity)
    (first,) = (await issue_invoices(SYSTEM, last_month())).invoices
    await mark_paid(world.broker, first.invoice_id, "BACS 1", clock.today())
    line = await db.fetch_value("SELECT id FROM invoice_line")
    await issue_credit_note(
        world.manager, first.invoice_id, CreditDraft({line: Money(100)}, "A pound too much")
    )
    for hour in (12, 14):
        await deliver(world, world.broker, world.emma_isf, day, activity=activity, at=time(hour))
    await issue_invoices(SYSTEM, last_month())
    return world, second


def killed(apart: Apart, *works: tuple[str, Actor, str]) -> None:
    """Each in turn is killed at every step, and all is as before each time, until it comes to its end: then not."""
    asked = []
    for name, actor, about in works:
        (role,) = actor.roles
        who = {"user": str(actor.user_id), "organisation": str(actor.organisation_id), "role": str(role)}
        asked.append({"name": name, "about": about, "look": LOOK, **who})
    done = subprocess.run(
        [sys.executable, str(DYING), "all"], input=json.dumps(asked), env={**os.environ, "DATABASE_URL": apart.dsn},
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told, seen_before = done.stdout.splitlines(), set()
    for name, _, _ in works:
        assert told.pop(0) == name
        (before, *_) = seen = list(takewhile(lambda line: not line.isdigit(), told))
        times = int(told[len(seen)])
        del told[: len(seen) + 1]
        # One look before each try; a run of fewer places than these would not be one transaction of all of it.
        assert len(seen) == times + 1 > 6, name
        assert set(seen) == {before}, name
        assert before not in seen_before, f"nothing was done before {name}"
        seen_before.add(before)
    assert apart.run(lambda: db.fetch_value(LOOK)) not in seen_before
    assert apart.run(verify) == []


@pytest.mark.row("V7")
@pytest.mark.row("V9")
def test_a_payment_run_killed_before_every_step_is_done_once_and_loses_nothing(apart: Apart) -> None:
    world, second = apart.run(scene)
    run, payment = "SELECT id FROM payment_run", "SELECT id FROM payment WHERE payment_run_id IS NOT NULL"
    killed(
        apart,
        ("propose", second, f"SELECT date '{clock.today() + timedelta(days=40)}'"),
        ("approve", world.broker, run),
        ("send", world.broker, run),
    )
    # What was credited of the invoice before is taken off.
    amount = "SELECT amount_pence FROM payment WHERE payment_run_id IS NOT NULL"
    assert apart.run(lambda: db.fetch_value(amount)) == 2 * PRICE - 100
    assert apart.run(_paid) == 3 * PRICE - 100
    killed(apart, ("return", world.broker, payment), ("close", world.broker, f"SELECT date '{last_month()}'"))
    assert apart.run(_paid) == PRICE


@pytest.mark.row("V5")
def test_a_suppliers_own_invoice_killed_before_every_step_is_sent_once(apart: Apart) -> None:
    world, _ = apart.run(scene)
    apart.run(lambda: _own_invoice(world))
    killed(apart, ("send their own", world.manager, "SELECT id FROM received_invoice"))
    own = "SELECT gross_pence FROM invoice WHERE number = 'OWN-1'"
    assert apart.run(lambda: db.fetch_value(own)) == PRICE


async def _paid() -> int:
    return int(await db.fetch_value("SELECT sum(balance_pence)::bigint FROM account WHERE kind = 'paid'"))


async def _own_invoice(world: World) -> UUID:
    """A draft for one more visit."""
    day = last_month().replace(day=12)
    booking = await deliver(world, world.broker, world.emma_isf, day)
    reference = await db.fetch_value("SELECT reference FROM booking WHERE id = $1", booking)
    written = invoice(ONE, number="OWN-1", issued_on=clock.today(), due_on=clock.today())
    (person,) = written.people
    line = replace(person.lines[0], booking_reference=reference, service_date=day)
    return await check_ubl(
        world.manager, world.harbour, ubl_invoice(replace(written, people=(replace(person, lines=(line,)),)))
    )
