"""`kill -9` between every two steps of a webhook and of a refund: the next delivery finishes it, nothing twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from invoicing.cards.gateway import close_gateway
from invoicing.connect.commands import connect_account
from isf.ledger.verify import verify
from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.settings import settings
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.stripe_server.process import stripe_server
from tests.stripe_server.receiver import Letter, webhook_receiver
from tests.world import make_world

pytestmark = pytest.mark.browser  # It drives processes from outside, so it runs among the last.

DYING = Path(__file__).with_name("dying.py")


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """A database of its own."""
    made = Apart(make_database_apart("_webhook"))
    yield made
    made.close()


@pytest.fixture
def table(apart: Apart, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """Dan, Pettypool and the card company; every process here and below knows where it is."""
    with webhook_receiver() as receiver, stripe_server(receiver.url) as server:
        for name, value in (
            ("STRIPE_API_KEY", server.api_key),
            ("STRIPE_API_BASE", server.url),
            ("STRIPE_WEBHOOK_SECRET", server.webhook_secret),
        ):
            monkeypatch.setenv(name, value)
        settings.cache_clear()

        async def make() -> Table:
            await empty_database()
            world = await make_world()
            await connect_account(SYSTEM, world.pettypool, ACCOUNT)
            return Table(world, server, receiver)

        yield apart.run(make)
        apart.run(close_gateway)
    settings.cache_clear()


def killed(apart: Apart, *words: str, body: bytes = b"") -> int:
    """Run the work, killed at every step, until it is done; answers how often it was killed."""
    done = subprocess.run(
        [sys.executable, str(DYING), *words],
        input=body,
        env={**os.environ, "DATABASE_URL": apart.dsn},
        stdout=subprocess.PIPE,
        check=True,
        timeout=240,
    )
    return int(done.stdout)


def taken(apart: Apart, letter: Letter) -> int:
    """A message whose taking is killed at every step, and which is sent again until it is answered."""
    body, signature = letter
    return killed(apart, "event", signature, body=body)


def begin_and_pay(apart: Apart, table: Table) -> UUID:
    """Dan has paid at the card company, and nobody here knows."""

    async def begin() -> UUID:
        started = await table.begin()
        table.type_card(started.url)
        return started.booking_id

    return apart.run(begin)


def journals(apart: Apart, booking: UUID) -> list[str]:
    """The movements of a booking that stand, sorted."""
    rows = apart.run(
        lambda: db.fetch_all(
            "SELECT kind FROM journal j WHERE subject_id = $1 AND reverses_id IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM journal r WHERE r.reverses_id = j.id)",
            booking,
        )
    )
    return sorted(row["kind"] for row in rows)


@pytest.mark.row("V7")
@pytest.mark.row("X3")
def test_every_message_killed_at_every_step_ends_as_if_it_had_come_once(apart: Apart, table: Table) -> None:
    booking = begin_and_pay(apart, table)
    assert taken(apart, table.receiver.wait_for("checkout.session.completed")) > 10
    assert apart.run(table.money) == (ALL - PRICE, 0, PRICE)
    assert journals(apart, booking) == ["card", "hold"]

    apart.run(lambda: cancel_booking(table.world.dan_user, booking, Reason.CHANGED_MIND))
    assert killed(apart, "refunds") > 10
    assert apart.run(table.money) == (ALL, 0, 0)
    assert journals(apart, booking) == ["card", "card_refund", "hold"]

    refund = apart.run(lambda: db.fetch_value("SELECT id FROM card_refund"))
    table.server.control(f"refunds/{refund}/fail")
    assert taken(apart, table.receiver.wait_for("refund.failed")) > 10
    assert apart.run(table.money) == (ALL - PRICE, 0, PRICE)
    assert apart.run(lambda: db.fetch_value("SELECT state FROM card_payment")) == "refund_failed"
    letters = apart.run(table.letters)
    assert [each.split(":")[0] for each in letters if "card" in each and "£" in each] == [
        "£38.50 is on its way back to your card",
        "£38.50 could not go back to your card",
    ]


@pytest.mark.row("V7")
@pytest.mark.row("X3")
def test_a_lost_dispute_killed_at_every_step_gives_the_money_back_once(apart: Apart, table: Table) -> None:
    booking = begin_and_pay(apart, table)
    taken(apart, table.receiver.wait_for("checkout.session.completed"))
    intent = apart.run(lambda: db.fetch_value("SELECT payment_intent FROM card_payment"))
    dispute = table.server.control("disputes", payment_intent=intent)["id"]
    assert taken(apart, table.receiver.wait_for("charge.dispute.created")) > 5
    table.server.control(f"disputes/{dispute}", status="lost")
    assert taken(apart, table.receiver.wait_for("charge.dispute.closed")) > 10
    assert apart.run(table.money) == (ALL, 0, 0)
    assert journals(apart, booking) == ["card", "card_refund", "hold"]
    assert apart.run(lambda: db.fetch_value("SELECT count(*) FROM card_dispute")) == 1
    assert apart.run(verify) == []
