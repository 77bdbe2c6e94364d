"""`kill -9` in the middle of things: nothing lost, nothing doubled, the books whole."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from uuid import UUID, uuid4

import httpx
import pytest

from isf.ledger.verify import verify
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.settings import ROOT
from tests.site import Site, running_site
from tests.world import actor_again

pytestmark = pytest.mark.browser  # It drives a server from outside, so it runs among the last.


@pytest.fixture(scope="module")
def fragile() -> Iterator[Site]:
    """A site of two processes that will be killed."""
    with running_site("_kill", processes=2) as site:
        site.fresh_world()
        yield site


def _book_until_killed(
    site: Site, token: str, wanted: list[tuple[UUID, UUID, str]], killed: Event
) -> dict[str, str]:
    """POST bookings from 8 threads; answers what was confirmed (key → booking id) before the lights went out."""
    confirmed: dict[str, str] = {}

    def one(request: tuple[UUID, UUID, str]) -> None:
        key = request[2]
        try:
            answer = _ask(client, request)
        except httpx.TransportError:
            return
        if answer.status_code == 201:
            confirmed[key] = answer.json()["id"]
            if len(confirmed) == 25:
                site.kill()
                killed.set()

    with site.client(token) as client, ThreadPoolExecutor(8) as threads:
        list(threads.map(one, wanted))
    return confirmed


def _ask(client: httpx.Client, request: tuple[UUID, UUID, str]) -> httpx.Response:
    session, fund, key = request
    return client.post(
        "/api/v1/bookings",
        json={"activity_session_id": str(session), "fund_id": str(fund)},
        headers={"Idempotency-Key": key},
    )


@pytest.mark.row("B2")
@pytest.mark.row("X3")
def test_a_server_killed_among_bookings_loses_and_doubles_nothing(fragile: Site) -> None:
    world = fragile.world

    async def prepare() -> tuple[str, list[tuple[UUID, UUID, str]]]:
        activity = await world.activity(price="1.00", title="Killed")
        sessions = [
            await world.session(activity, day=clock.today() + timedelta(days=3 + n), capacity=50)
            for n in range(4)
        ]
        funds = [(await world.person_with_fund(f"Kill {n}", Route.ISF, "50.00"))[1] for n in range(20)]
        wanted = [(session, fund, str(uuid4())) for session in sessions for fund in funds]
        return await world.token(world.broker), wanted

    token, wanted = fragile.run(prepare)
    killed = Event()
    confirmed = _book_until_killed(fragile, token, wanted, killed)
    assert killed.is_set()
    fragile.start()

    kept = {str(row["id"]) for row in fragile.run(lambda: db.fetch_all("SELECT id FROM booking"))}
    assert set(confirmed.values()) <= kept, "a booking that was confirmed is gone"
    # Everybody tries again with the same keys, as a client does that got no answer.
    again = _retry(fragile, token, wanted)
    assert len(again) == len(wanted)
    assert all(again[key] == booking for key, booking in confirmed.items())
    assert fragile.run(lambda: db.fetch_value("SELECT count(*) FROM booking")) == len(wanted)
    assert fragile.run(lambda: db.fetch_value("SELECT sum(places_taken) FROM activity_session")) == len(
        wanted
    )
    assert fragile.run(verify) == []


def _retry(site: Site, token: str, wanted: list[tuple[UUID, UUID, str]]) -> dict[str, str]:
    answers = {}
    with site.client(token) as client:
        for request in wanted:
            answer = _ask(client, request)
            assert answer.status_code == 201, answer.text
            answers[request[2]] = answer.json()["id"]
    return answers


def _start_invoice_run(site: Site) -> subprocess.Popen[bytes]:
    month = clock.today().strftime("%Y-%m")
    return subprocess.Popen(
        [sys.executable, "-m", "marketplace", "jobs", "run", "invoices", "--month", month],
        cwd=ROOT,
        env=site.environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


@pytest.mark.row("V1")
@pytest.mark.row("V3")
def test_an_invoice_run_killed_three_times_bills_everything_once_without_gaps(fragile: Site) -> None:
    world = fragile.fresh_world()
    people = 40

    async def deliver() -> None:
        session = await world.session_today(capacity=people)
        for n in range(people):
            _, fund = await world.person_with_fund(f"Payer{n} Example", Route.DIRECT_PAYMENT, "100.00")
            holder = await db.fetch_value("SELECT holder_user_id FROM fund WHERE id = $1", fund)
            booked = await book(await actor_again(holder), session, fund)
            await record_attendance(world.staff, booked.id, Outcome.ATTENDED)

    fragile.run(deliver)

    def issued() -> int:
        return int(fragile.run(lambda: db.fetch_value("SELECT count(*) FROM invoice")))

    for enough in (5, 15, 25):
        run = _start_invoice_run(fragile)
        while run.poll() is None and issued() < enough:
            time.sleep(0.002)
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert _start_invoice_run(fragile).wait(timeout=60) == 0
    assert _start_invoice_run(fragile).wait(timeout=60) == 0

    lines = fragile.run(lambda: db.fetch_all("SELECT booking_id FROM invoice_line"))
    assert len(lines) == len({row["booking_id"] for row in lines}) == people
    numbers = fragile.run(lambda: db.fetch_all("SELECT number FROM invoice ORDER BY number"))
    told = [int(row["number"].rsplit("-", 1)[1]) for row in numbers]
    assert told == list(range(1, people + 1))
    assert fragile.run(verify) == []
