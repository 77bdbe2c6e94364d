"""A direct payment by card: the card company in a process of its own, its clock at the model's, its messages held."""

import time
from functools import partial
from typing import ClassVar

import hypothesis.strategies as st

from invoicing.cards.commands import abandon, book_by_transfer, pay
from invoicing.cards.events import take_event
from invoicing.cards.jobs import release_holds, send_refunds
from invoicing.cards.settling import settle
from marketplace.kernel import db
from tests.invoicing.cards.table import ACCOUNT, DECLINED, PAYS
from tests.stripe_server.process import StripeServer
from tests.stripe_server.receiver import WebhookReceiver
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_moves import NTH, State, among, move
from tests.withstand.booking_scene import Somebody


def _page_is_open(state: State) -> bool:
    return any(payment == "started" and page == "true" for payment, page, _ in state["cards"].values())


class CardModel(PeopleModel):
    """Ben, who has a direct payment, and the card company."""

    company: ClassVar[StripeServer]
    receiver: ClassVar[WebhookReceiver]

    def opens(self) -> None:
        self.company.control("reset")
        self.company.control("webhooks/hold")
        self.receiver.letters.clear()
        self.the_company_looks_at_the_clock()

    def the_company_looks_at_the_clock(self) -> None:
        """Its time is the model's, and pages whose time is over are closed."""
        self.company.control("clock", ahead_seconds=int(self.clock.now().timestamp()) - int(time.time()))

    @property
    def payer(self) -> Somebody:
        """Ben."""
        return self.scene.people[1]

    def _payment(self, nth: int, which: str = "true") -> db.Row | None:
        rows = self.rows(
            f"SELECT p.* FROM card_payment p JOIN booking b ON b.id = p.booking_id WHERE {which}"
            " ORDER BY array_position($1::uuid[], b.activity_session_id), p.created_at, p.state",
            self.scene.sessions,
        )
        return rows[nth % len(rows)] if rows else None

    @move(8, nth=NTH)
    def begins_to_pay_by_card(self, nth: int) -> None:
        """The place is held; again while the page is open, it is the same page."""
        session, offer = self.nth_session(nth)
        self.run(partial(pay, self.payer.books, session, self.payer.fund, offer.wish), whole=False)

    @move(12, _page_is_open, nth=NTH, number=st.sampled_from([PAYS, PAYS, DECLINED]), returns=st.booleans())
    def types_a_card(self, nth: int, number: str, returns: bool) -> None:
        """And comes back to us, or is never seen again."""
        payment = self._payment(nth, "p.state = 'started' AND p.checkout_url IS NOT NULL")
        assert payment is not None
        self.company.submit_card(payment["checkout_url"], number)
        if returns:
            self.run(partial(settle, payment["checkout_id"], payment["connected_account"]))

    @move(2, among("cards"), nth=NTH)
    def comes_back_from_the_card_page(self, nth: int) -> None:
        """At any time later, and again."""
        if payment := self._payment(nth, "p.checkout_id IS NOT NULL"):
            self.run(partial(settle, payment["checkout_id"], payment["connected_account"]))

    @move(2, _page_is_open, nth=NTH)
    def turns_back_on_the_card_page(self, nth: int) -> None:
        """Nothing is paid, unless the card was quicker."""
        if payment := self._payment(nth, "p.state = 'started'"):
            self.run(partial(abandon, self.payer.books, payment["booking_id"]), whole=False)

    @move(4, _page_is_open, nth=NTH)
    def pays_by_transfer_after_all(self, nth: int) -> None:
        """The page that was begun is closed first."""
        if payment := self._payment(nth, "p.state = 'started'"):
            session = self.rows(
                "SELECT activity_session_id AS id FROM booking WHERE id = $1", payment["booking_id"]
            )[0]["id"]
            wish = self.scene.offer_of(session).wish
            self.run(partial(book_by_transfer, self.payer.books, session, self.payer.fund, wish), whole=False)

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
        assert self.rows("SELECT 1 FROM card_payment WHERE state = 'refund_due'") == []
        assert (
            self.rows("SELECT 1 FROM booking WHERE state = 'held' AND held_until <= $1", self.clock.now())
            == []
        )

    def the_company_knows_the_same(self) -> None:
        """Once everything has run its course, whatever a card paid and nobody gave back stands in our books."""
        ours = {
            row["checkout_id"]: row
            for row in self.rows("SELECT * FROM card_payment WHERE checkout_id IS NOT NULL")
        }
        for page in self.company.pages(ACCOUNT):
            assert (page["payment_status"] == "paid") == (ours[page["id"]]["state"] in ("paid", "refunded"))
