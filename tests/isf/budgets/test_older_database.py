"""A database from before budgets had shares and promises keeps working after it is brought to today's shape."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from isf.budgets.commands import change_budget
from isf.budgets.queries import versions_of
from isf.budgets.rules import BudgetChange
from isf.ledger.verify import verify
from isf.rules import FundDraft, Per
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock
from marketplace.kernel.embedded_postgres import Durability, ensure_running
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import ROOT
from tests.apart import Apart
from tests.database import CLUSTER, worker
from tests.world import balances

# The last migration before shares were kept.
BEFORE = "2026-11-21T23:40"
MIGRATE = """
import asyncio, sys
from piccolo.apps.migrations.commands.base import BaseMigrationManager
from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager, run_forwards
from piccolo.conf.apps import Finder

async def main(until):
    for name in BaseMigrationManager().get_sorted_app_names():
        app = Finder().get_app_config(name)
        manager = ForwardsMigrationManager(app_name=name)
        modules = manager.get_migration_modules(app.resolved_migrations_folder_path)
        ids = [one for one in sorted(modules) if one < until]
        if ids:
            assert (await run_forwards(name, ids[-1])).success, name

asyncio.run(main(sys.argv[1]))
"""


def migrate_until(dsn: str, until: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", MIGRATE, until],
        env={**os.environ, "DATABASE_URL": dsn, "PICCOLO_CONF": "marketplace.piccolo_conf"},
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


class Old:
    """Somebody of the older database, with £400 from the council and £100 of their own in one fund."""

    council, harbour, user, person, budget, fund = (uuid4() for _ in range(6))
    starts_on = clock.today() - timedelta(days=10)
    ends_on = clock.today() + timedelta(days=90)

    @property
    def care_manager(self) -> Actor:
        return Actor(self.user, self.council, frozenset({Role.CARE_MANAGER}))


async def _fill(dsn: str, old: Old) -> None:
    conn = await asyncpg.connect(dsn)
    try:
        async with conn.transaction():
            for key, name in ((old.council, "Northshire"), (old.harbour, "Harbour")):
                await conn.execute(
                    "INSERT INTO organisation (id, name, email, address, demonstration) VALUES ($1, $2, '', '', false)",
                    key, name,
                )  # fmt: skip
            await conn.execute("INSERT INTO council (id, slug) VALUES ($1, 'northshire')", old.council)
            await conn.execute(
                "INSERT INTO app_user (id, email, name, active) VALUES ($1, 'carol@example.com', 'Carol', true)",
                old.user,
            )
            await conn.execute(
                "INSERT INTO person (id, council_id, reference, name) VALUES ($1, $2, 'PN-OLD1', 'Nia Jones')",
                old.person, old.council,
            )  # fmt: skip
            await conn.execute(
                "INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence,"
                " starts_on, ends_on) VALUES ($1, $2, 1, 40000, 10000, $3, $4)",
                old.budget, old.person, old.starts_on, old.ends_on,
            )  # fmt: skip
            await conn.execute(
                "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence,"
                " starts_on, ends_on, state) VALUES ($1, $2, $3, $4, 'isf', $5, 50000, $6, $7, 'open')",
                old.fund, old.budget, old.person, old.council, old.harbour, old.starts_on, old.ends_on,
            )  # fmt: skip
            await conn.execute("SELECT open_ledger($1)", old.fund)
            for source, pence in (("funding", 40_000), ("contribution", 10_000)):
                await conn.execute(
                    "SELECT ledger_post($1, $2, $3, $4, $5, NULL, '', ARRAY[$3, 'available'], ARRAY[-$6::bigint, $6])",
                    old.fund, f"fund:{old.fund}:{source}", source, old.budget, old.starts_on, pence,
                )  # fmt: skip
    finally:
        await conn.close()


async def _make(name: str) -> str:
    dsn = ensure_running(CLUSTER, Durability.TEST)
    admin = await asyncpg.connect(dsn)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
    finally:
        await admin.close()
    return dsn.rsplit("/", 1)[0] + "/" + name


@pytest.fixture
def old() -> Iterator[tuple[Old, Apart]]:
    """The older database with its rows, brought to today's shape."""
    with ThreadPoolExecutor(1) as thread:
        dsn = thread.submit(lambda: asyncio.run(_make(f"test_{worker()}_old"))).result()
        told = Old()
        migrate_until(dsn, BEFORE)
        thread.submit(lambda: asyncio.run(_fill(dsn, told))).result()
        migrate_until(dsn, "9")
    apart = Apart(dsn, 2)
    yield told, apart
    apart.close()


@pytest.mark.row("F2")
def test_a_budget_from_before_shares_is_shown_and_changed(old: tuple[Old, Apart]) -> None:
    told, apart = old
    (version,) = apart.run(lambda: versions_of(told.care_manager, told.person))
    assert [(part.council_share_pence, part.contribution_pence) for part in version.parts] == [
        (40_000, 10_000)
    ]
    books = apart.run(lambda: balances(told.fund))
    assert (books["available"], books["promised"], books["top_up"]) == (50_000, 0, 0)
    change = BudgetChange(
        clock.today(), told.ends_on,
        [FundDraft(Route.ISF, Money(60_000), holder_organisation_id=told.harbour, contribution=ZERO)],
        "More help", Per.PERIOD,
    )  # fmt: skip
    made = apart.run(lambda: change_budget(told.care_manager, told.person, change))
    amount = 40_000 * 10 // 100 + 10_000 * 10 // 100 + 60_000
    assert made.effects[0].amount_after == Money(amount)
    books = apart.run(lambda: balances(told.fund))
    assert (books["available"], books["promised"]) == (amount, 50_000 - amount)
    assert apart.run(verify) == []
