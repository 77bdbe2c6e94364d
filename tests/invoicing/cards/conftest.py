"""Card payment switched on, with the test card server as the card company and its webhooks kept for the test."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio

from invoicing.cards.gateway import close_gateway
from invoicing.connect.commands import connect_account
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.settings import settings
from tests.invoicing.cards.table import ACCOUNT, Table
from tests.stripe_server.process import StripeServer, stripe_server
from tests.stripe_server.receiver import WebhookReceiver, webhook_receiver
from tests.world import World


@pytest.fixture(scope="session")
def card_receiver() -> Iterator[WebhookReceiver]:
    """Takes in what the card company tells."""
    with webhook_receiver() as running:
        yield running


@pytest.fixture(scope="session")
def card_server(card_receiver: WebhookReceiver) -> Iterator[StripeServer]:
    """The card company, in a process of its own."""
    with stripe_server(card_receiver.url) as running:
        yield running


@pytest_asyncio.fixture
async def table(
    world: World, card_server: StripeServer, card_receiver: WebhookReceiver
) -> AsyncIterator[Table]:
    """Dan, who has £500 as a direct payment, Pettypool, which takes cards, and the card company between them."""
    card_server.control("reset")
    card_receiver.letters.clear()
    await connect_account(SYSTEM, world.pettypool, ACCOUNT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRIPE_API_KEY", card_server.api_key)
        patch.setenv("STRIPE_API_BASE", card_server.url)
        patch.setenv("STRIPE_WEBHOOK_SECRET", card_server.webhook_secret)
        settings.cache_clear()
        yield Table(world, card_server, card_receiver)
        await close_gateway()
    settings.cache_clear()
