"""What the tests of card payments say and look at."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from invoicing.cards.commands import Started, pay
from isf.ledger.verify import verify
from marketplace.kernel import db
from tests.stripe_server.process import StripeServer
from tests.stripe_server.receiver import WebhookReceiver
from tests.world import World, balances

ACCOUNT = "acct_1Pettypool"
PAYS, DECLINED = "4242 4242 4242 4242", "4000 0000 0000 0002"
PRICE = 3850
ALL = 50_000


@dataclass
class Table:
    """The people, the card company, and questions about what became of a payment."""

    world: World
    server: StripeServer
    receiver: WebhookReceiver

    async def begin(self, session: UUID | None = None) -> Started:
        """Dan presses the button: the place is held and the page is open."""
        return await pay(self.world.dan_user, session or await self.world.session(), self.world.dan_direct)

    def type_card(self, page: str | None, number: str = PAYS) -> int:
        """Somebody types a card number on the page; answers the page's status (303: paid)."""
        assert page is not None
        return self.server.submit_card(page, number).status_code

    async def payment(self, booking_id: UUID) -> db.Row:
        """The payment of a booking."""
        row = await db.fetch_one("SELECT * FROM card_payment WHERE booking_id = $1", booking_id)
        assert row is not None
        return row

    async def booking(self, booking_id: UUID) -> str:
        """The state of a booking."""
        return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking_id))

    async def places_taken(self) -> int:
        """How many places are taken in all sessions together."""
        return int(await db.fetch_value("SELECT sum(places_taken) FROM activity_session"))

    async def money(self) -> tuple[int, int, int]:
        """Dan's pence: left, booked, paid; the books are proved on the way."""
        assert await verify() == []
        held = await balances(self.world.dan_direct)
        return held["available"], held["committed"], held["paid"]

    async def letters(self, recipient: str = "dan@example.com") -> list[str]:
        """The subjects of the letters to somebody, oldest first."""
        rows = await db.fetch_all(
            "SELECT subject FROM outbox_message WHERE recipient = $1 ORDER BY created_at, subject", recipient
        )
        return [row["subject"] for row in rows]

    def pages_opened(self, account: str = ACCOUNT) -> list[dict[str, Any]]:
        """Every payment page that the card company was asked for."""
        return self.server.pages(account)
