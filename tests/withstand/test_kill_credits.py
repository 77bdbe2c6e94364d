"""`kill -9` among credit notes: each is issued once, numbers have no gap, and the books are whole."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from uuid import UUID

import httpx
import pytest

from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.routes_of_money import Route
from tests.site import running_site

pytestmark = pytest.mark.browser  # It drives a server from outside, so it runs among the last.
PEOPLE = 24


def _send(client: httpx.Client, invoice: UUID, position: int) -> httpx.Response:
    return client.post(
        f"/api/v1/invoices/{invoice}/credit-notes",
        json={"lines": [{"position": position}], "because": "Billed by mistake"},
        headers={"Idempotency-Key": f"credit {position}"},
    )


@pytest.mark.row("V3")
@pytest.mark.row("X3")
def test_a_server_killed_among_credit_notes_loses_and_doubles_nothing() -> None:
    with running_site("_kill_credits", processes=2) as site:
        world = site.fresh_world()

        async def prepare() -> tuple[str, UUID]:
            session = await world.session_today(capacity=PEOPLE)
            for number in range(PEOPLE):
                _, fund = await world.person_with_fund(f"Kill{number} Example", Route.ISF, "100.00")
                booked = await book(world.broker, session, fund)
                await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
            (invoice,) = (await issue_invoices(SYSTEM, clock.today().replace(day=1))).invoices
            return await world.token(world.manager), invoice.invoice_id

        token, invoice = site.run(prepare)
        confirmed: dict[int, str] = {}
        killed = Event()

        def one(position: int) -> None:
            try:
                answer = _send(client, invoice, position)
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                confirmed[position] = answer.json()["id"]
                if len(confirmed) == 8 and not killed.is_set():
                    killed.set()
                    site.kill()

        with site.client(token) as client, ThreadPoolExecutor(6) as threads:
            list(threads.map(one, range(1, PEOPLE + 1)))
        assert killed.is_set()
        assert len(confirmed) < PEOPLE
        site.start()

        kept = {str(row["id"]) for row in site.run(lambda: db.fetch_all("SELECT id FROM credit_note"))}
        assert set(confirmed.values()) <= kept, "a credit note that was confirmed is gone"
        # Everybody tries again with the same keys, as a client does that got no answer.
        with site.client(token) as client:
            for position in range(1, PEOPLE + 1):
                answer = _send(client, invoice, position)
                assert answer.status_code == 201, answer.text
                assert answer.json()["id"] == confirmed.get(position, answer.json()["id"])
        told = site.run(lambda: db.fetch_all("SELECT number, gross_pence FROM credit_note ORDER BY number"))
        assert [int(row["number"][-6:]) for row in told] == list(range(1, PEOPLE + 1))
        assert site.run(lambda: db.fetch_value("SELECT state FROM invoice")) == "credited"
        owed = site.run(
            lambda: db.fetch_value("SELECT sum(balance_pence)::int FROM account WHERE kind = 'payable'")
        )
        assert owed == 0
        assert site.run(verify) == []
