"""The card company beside a model: a process of its own, its clock at the model's, its messages held back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import ClassVar

import hypothesis.strategies as st
import pytest

from invoicing.cards.events import take_event
from invoicing.cards.gateway import close_gateway
from invoicing.cards.jobs import release_holds, send_refunds
from marketplace.kernel.settings import settings
from tests.apart import Apart
from tests.database import make_database_apart
from tests.invoicing.cards.table import ACCOUNT
from tests.stripe_server.process import StripeServer, stripe_server
from tests.stripe_server.receiver import WebhookReceiver, webhook_receiver
from tests.withstand.moving import MovingModel, Reached, among, move


@contextmanager
def card_company() -> Iterator[tuple[StripeServer, WebhookReceiver]]:
    """The card company, and who takes in what it tells."""
    with (
        webhook_receiver() as receiver,
        stripe_server(receiver.url) as company,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("STRIPE_API_KEY", company.api_key)
        patch.setenv("STRIPE_API_BASE", company.url)
        patch.setenv("STRIPE_WEBHOOK_SECRET", company.webhook_secret)
        settings.cache_clear()
        yield company, receiver
    settings.cache_clear()


class CompanyModel(MovingModel):
    """What the card company tells, and when."""

    company: ClassVar[StripeServer]
    receiver: ClassVar[WebhookReceiver]

    def opens(self) -> None:
        """It knows nothing yet."""
        self.company.control("reset")
        self.company.control("webhooks/hold")
        self.receiver.letters.clear()
        self.the_company_looks_at_the_clock()

    def the_company_looks_at_the_clock(self) -> None:
        """Its time is the model's, and pages whose time is over are closed."""
        self.company.control("clock", ahead_seconds=int(self.clock.now().timestamp()) - int(time.time()))

    @move(6, among("cards"), order=st.sampled_from(["as_happened", "reverse"]), times=st.integers(1, 3))
    def messages_arrive(self, order: str, times: int) -> None:
        """All that were held, in order or the other way round, and each as often as the company likes."""
        self.company.control("webhooks/release", order=order)
        self.company.control("webhooks/hold")
        letters, self.receiver.letters[:] = list(self.receiver.letters), []
        for body, signature in letters * times:
            self.run_in_parts(partial(take_event, body, signature))

    @move(8, among("cards"))
    def card_jobs_run(self) -> None:
        """Holds that are over, and money that goes back; afterwards nothing waits."""
        self.run(release_holds)
        self.run_in_parts(send_refunds)
        self.what_is_due_went_back()
        assert (
            self.rows("SELECT 1 FROM booking WHERE state = 'held' AND held_until <= $1", self.clock.now())
            == []
        )

    def what_is_due_went_back(self) -> None:
        """After the jobs, where nobody disputes anything."""
        assert self.rows("SELECT 1 FROM card_payment WHERE state = 'refund_due'") == []

    def the_company_knows_the_same(self) -> None:
        """Once everything has run its course, whatever a card paid and nobody gave back stands in our books."""
        ours = {
            row["checkout_id"]: row
            for row in self.rows("SELECT * FROM card_payment WHERE checkout_id IS NOT NULL")
        }
        for page in self.company.pages(ACCOUNT):
            state = ours[page["id"]]["state"]
            assert (page["payment_status"] == "paid") == (state not in ("started", "expired")), state


@contextmanager
def beside_a_company(model: type[CompanyModel], database: str) -> Iterator[None]:
    """A model with connections and a card company of its own; it has reached nothing yet."""
    model.apart, model.reached = Apart(make_database_apart(database)), Reached()
    try:
        with card_company() as (model.company, model.receiver):
            yield
    finally:
        model.apart.run(close_gateway)
        model.apart.close()
