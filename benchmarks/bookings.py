"""`POST /api/v1/bookings` at 1, 8 and 32 clients on two server processes, against the bare floor."""

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import msgspec

from benchmarks.floor import FUNCTION
from benchmarks.load import Load, request_bytes, run_load
from marketplace.kernel import db
from marketplace.kernel.ids import new_id
from marketplace.kernel.settings import ROOT
from marketplace.serving import free_port
from tests.world import World, make_world

PEOPLE = 6_000
SESSIONS = 2_000
CLIENTS = (1, 8, 32)
REQUESTS = {1: 400, 8: 1_200, 32: 1_600}
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ours and the floor, and the ratio (for rates: higher is better)."""

    name: str
    ours: str
    floor: str
    ratio: float


_PEOPLE_SQL = """
WITH made AS (
    INSERT INTO person (id, council_id, reference, name)
    SELECT gen_random_uuid(), $1, 'PN-B' || n, 'Person ' || n FROM generate_series(1, $3::int) AS n
    RETURNING id, council_id
), budget AS (
    INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT gen_random_uuid(), id, 1, 100000000, 0, CURRENT_DATE - 30, CURRENT_DATE + 335 FROM made
    RETURNING id, person_id
), funds AS (
    INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence,
                      starts_on, ends_on)
    SELECT gen_random_uuid(), b.id, b.person_id, $1, 'isf', $2, 100000000, CURRENT_DATE - 30, CURRENT_DATE + 335
      FROM budget b RETURNING id, person_id, budget_id
), shares AS (
    INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, starts_on, ends_on)
    SELECT gen_random_uuid(), budget_id, id, 100000000, 0, CURRENT_DATE - 30, CURRENT_DATE + 335 FROM funds
), reach AS (
    INSERT INTO authority (id, person_id, organisation_id, kind, scopes, starts_on)
    SELECT gen_random_uuid(), id, $2, 'isf_holder', ARRAY['see', 'book'], CURRENT_DATE - 30 FROM made
)
SELECT id FROM funds
"""


_PLANS_SQL = """
    INSERT INTO plan_version (id, person_id, number, state, budget_id, allocated_pence, starts_on, ends_on, started_by)
    SELECT gen_random_uuid(), b.person_id, 1, 'draft', b.id, 100000000, b.starts_on, b.ends_on, $1
      FROM personal_budget b WHERE b.council_share_pence = 100000000
"""
_ITEMS_SQL = """
    INSERT INTO plan_item (id, version_id, position, title, cost_pence, frequency, paid_from)
    SELECT gen_random_uuid(), id, 1, 'Anything', 100000000, 'once', 'isf' FROM plan_version WHERE state = 'draft'
"""
_KEYS_SQL = """
    INSERT INTO approval_key (id, version_id, kind, turned_by, fingerprint)
    SELECT gen_random_uuid(), v.id, kind, $1, '' FROM plan_version v,
           unnest(ARRAY['needs', 'allocation', 'risk', 'safe_and_well']) AS kind
     WHERE v.state = 'waiting_for_keys'
"""


async def _make_load(world: World) -> tuple[list[UUID], list[UUID], UUID]:
    """Funds, sessions at distinct hours, and one hot session; by set-based SQL, because it is only load."""
    rows = await db.fetch_all(_PEOPLE_SQL, world.council, world.harbour, PEOPLE)
    funds = [row["id"] for row in rows]
    async with db.connection() as conn:
        await conn.execute("SELECT count(open_ledger(id)) FROM fund WHERE amount_pence = 100000000")
        await conn.execute(
            "SELECT count(ledger_post(id, 'fund:' || id || ':promise', 'promise', id, CURRENT_DATE, NULL, '',"
            " ARRAY['promised', 'available'], ARRAY[-100000000, 100000000]::bigint[]))"
            " FROM fund WHERE amount_pence = 100000000"
        )
    await _agree_plans()
    activity = await world.activity()
    provider = await db.fetch_value("SELECT provider_id FROM activity WHERE id = $1", activity)
    sessions = [new_id() for _ in range(SESSIONS)]
    await db.execute(
        "INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, service_on, capacity,"
        " owner_council_id) SELECT s.id, $2, $3, t.at, t.at + interval '50 minutes', CURRENT_DATE, 1000000, $3"
        " FROM unnest($1::uuid[]) WITH ORDINALITY AS s(id, n),"
        " LATERAL (SELECT date_trunc('hour', now()) + interval '1 day' + n * interval '1 hour' AS at) AS t",
        sessions,
        activity,
        provider,
    )
    # The hot session lies outside the hours of the others.
    hot = new_id()
    await db.execute(
        "INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, service_on, capacity,"
        " owner_council_id) VALUES ($1, $2, $3, now() + interval '200 days', now() + interval '201 days',"
        " CURRENT_DATE, 10000000, $3)",
        hot,
        activity,
        provider,
    )
    async with db.connection() as conn:
        await conn.execute(FUNCTION)
        await conn.execute("VACUUM ANALYZE")
    return funds, sessions, hot


async def _agree_plans() -> None:
    """Every plan written by nobody in particular and agreed: four keys, then the money is free."""
    writer, holder = await db.fetch_value("SELECT array_agg(id) FROM (SELECT id FROM app_user LIMIT 2) u")
    async with db.unit_of_work():
        await db.execute(_PLANS_SQL, writer)
        await db.execute(_ITEMS_SQL)
        await db.execute("UPDATE plan_version SET state = 'waiting_for_keys' WHERE state = 'draft'")
        await db.execute(_KEYS_SQL, holder)
        await db.execute(
            "UPDATE plan_version SET state = 'agreed', agreed_at = now() WHERE state = 'waiting_for_keys'"
        )
        await db.execute(
            "INSERT INTO fund_release (id, fund_id, plan_version_id) SELECT gen_random_uuid(), f.id, v.id"
            " FROM fund f JOIN plan_version v ON v.person_id = f.person_id WHERE f.amount_pence = 100000000"
        )


@contextmanager
def _server(target: str, dsn: str) -> Iterator[str]:
    """Two server processes of an application; answers their address."""
    port = free_port()
    code = (
        "from granian.server import Server; from granian.constants import Interfaces;"
        f"Server('{target}', factory=True, interface=Interfaces.ASGI, port={port}, workers=2, websockets=False,"
        " log_enabled=False).serve()"
    )
    environment = {**os.environ, "DATABASE_URL": dsn, "PORT": str(port), "POOL_SIZE": "4"}
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment)
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1).close()
                break
            except urllib.error.HTTPError:
                break  # The floor has no such page, but it answers.
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


class _Pairs:
    """Fund and session for each request, never the same twice."""

    def __init__(self, funds: list[UUID], sessions: list[UUID], hot: UUID) -> None:
        self.funds, self.sessions, self.hot = funds, sessions, hot
        self.spread = self.crowd = 0

    def take(self, count: int, *, crowded: bool) -> list[tuple[UUID, UUID]]:
        if crowded:
            first, self.crowd = self.crowd, self.crowd + count
            return [(self.hot, self.funds[n % PEOPLE]) for n in range(first, first + count)]
        first, self.spread = self.spread, self.spread + count
        return [
            (self.sessions[(n + n // PEOPLE) % SESSIONS], self.funds[n % PEOPLE])
            for n in range(first, first + count)
        ]


def _requests(url: str, pairs: list[tuple[UUID, UUID]], token: str | None) -> list[bytes]:
    made = []
    for session, fund in pairs:
        body = msgspec.json.encode({"activity_session_id": session, "fund_id": fund})
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())} if token else {}
        made.append(request_bytes(url, body, headers))
    return made


async def _clear_hot(hot: UUID) -> None:
    # The crowd may come again: each person is free at that hour once more.
    await db.execute("UPDATE booking SET state = 'cancelled' WHERE activity_session_id = $1", hot)


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(4)
    world = await make_world()
    token = await world.token(world.broker)
    pairs = _Pairs(*await _make_load(world))
    rows = []
    with (
        _server("benchmarks.floor:create_app", dsn) as floor,
        _server("marketplace.app:create_app", dsn) as ours,
    ):
        for crowded in (False, True):
            rows += [
                await _compare(
                    pairs, clients, f"{ours}/api/v1/bookings", f"{floor}/bookings", token, crowded=crowded
                )
                for clients in CLIENTS
            ]
    await db.close_pool()
    return rows


async def _compare(pairs: _Pairs, clients: int, ours: str, floor: str, token: str, *, crowded: bool) -> Row:
    found: dict[str, list[Load]] = {"ours": [], "floor": []}
    # In turn, so that a machine that slows down slows both; the first round warms up and does not count.
    for counted in range(ROUNDS + 1):
        for name, url, key in (("floor", floor, None), ("ours", ours, token)):
            if crowded:
                await _clear_hot(pairs.hot)
            count = REQUESTS[clients] if counted else 200
            load = await run_load(url, _requests(url, pairs.take(count, crowded=crowded), key), clients)
            assert set(load.statuses) == {201}, f"{name}: {load.statuses}"
            if counted:
                found[name].append(load)
    middle = {
        name: sorted(loads, key=lambda load: load.per_second)[ROUNDS // 2] for name, loads in found.items()
    }
    told = {
        name: f"{load.per_second:,.0f}/s (p50 {load.p50_ms:.1f} ms, p99 {load.p99_ms:.1f} ms)"
        for name, load in middle.items()
    }
    where = "one hot session" if crowded else "uncontended"
    ratio = middle["ours"].per_second / middle["floor"].per_second
    return Row(f"booking, {where}, {clients} clients", told["ours"], told["floor"], ratio)


def run(dsn: str) -> list[Row]:
    """Measure on an empty, migrated, durable database."""
    return asyncio.run(_measure(dsn))
