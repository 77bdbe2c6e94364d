"""A direct payment by card: bought, given up, refunded in part by the seller at Stripe, refused by a bank, disputed."""

import logging
from datetime import timedelta
from functools import partial

import httpx
import hypothesis.strategies as st

from invoicing.cards.commands import pay
from invoicing.cards.reconciling import reconcile
from invoicing.cards.settling import settle
from marketplace.bookings.commands import cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import db
from tests.invoicing.cards.table import ACCOUNT, PAYS
from tests.withstand.money_bank import BankModel
from tests.withstand.money_machine import CAME
from tests.withstand.money_scene import Offer, Somebody
from tests.withstand.moving import NTH, among, move

logging.getLogger("httpx").setLevel(logging.WARNING)


class MoneyModel(BankModel):
    """All money that leaves, by every way."""

    @property
    def payer(self) -> Somebody:
        """Ben."""
        return self.scene.people[1]

    def what_is_due_went_back(self) -> None:
        """Not while a bank disputes it, or does not take it: what waits is told below, when all has run its course."""

    @move(5, days=st.sampled_from([0, 0, 1, 5]), returns=st.booleans())
    def buys_by_card(self, days: int, returns: bool) -> None:
        """A place in the garden group, paid on the card company's page; he comes back to us or not."""
        garden = self.scene.offers[0]
        started = self.run(partial(self._begin, garden, days))
        if started is None:
            return
        self.company.submit_card(started.url, PAYS)
        if returns:
            payment = self._card(0, f"p.booking_id = '{started.booking_id}'")
            assert payment is not None
            self.run_in_parts(partial(settle, payment["checkout_id"], ACCOUNT))

    async def _begin(self, garden: Offer, days: int) -> object:
        session = await self._date(garden, self.today() + timedelta(days=days))
        return await pay(self.payer.books, session, self.payer.fund)

    def _card(self, nth: int, which: str = "true") -> db.Row | None:
        return self.chosen(
            nth, "SELECT p.*, b.service_on FROM card_payment p JOIN booking b ON b.id = p.booking_id"
            f" WHERE {which} ORDER BY b.starts_at",
        )  # fmt: skip

    @move(8, among("cards", "paid"), nth=NTH, came=CAME)
    def what_was_paid_happens_or_not(self, nth: int, came: Outcome | None) -> None:
        """Recorded, or given up in time or late."""
        found = self._card(nth, "b.state = 'confirmed'")
        if found is None:
            return
        if came is None or found["service_on"] > self.today():
            self.run(partial(cancel_booking, self.payer.books, found["booking_id"], Reason.CHANGED_MIND))
        else:
            self.run(partial(record_attendance, self.scene.offers[0].manager, found["booking_id"], came))

    @move(
        3, among("cards", "paid", "refunded", "charged_back"), nth=NTH, pence=st.sampled_from([1, 1000, 3850])
    )
    def the_seller_sends_money_back_itself(self, nth: int, pence: int) -> None:
        """On the card company's own pages: refused there when it is more than is left."""
        if found := self._card(nth, "p.payment_intent IS NOT NULL"):
            httpx.post(
                f"{self.company.url}/v1/refunds",
                data={"payment_intent": found["payment_intent"], "amount": str(pence)},
                headers={"Authorization": f"Bearer {self.company.api_key}", "Stripe-Account": ACCOUNT},
            )

    @move(4, among("cards", "refunded"), nth=NTH)
    def the_cards_bank_takes_no_refund(self, nth: int) -> None:
        """It comes back to the seller, who owes it."""
        found = self.chosen(nth, "SELECT r.id FROM card_refund r JOIN card_payment p ON p.id = r.card_payment_id"
                            " JOIN booking b ON b.id = p.booking_id WHERE r.state = 'succeeded'"
                            " ORDER BY b.starts_at, r.created_at, r.amount_pence")  # fmt: skip
        if found:
            self._lever(f"refunds/{found['id']}/fail")

    @move(5, among("cards", "paid", "refund_due", "refunded"), nth=NTH)
    def the_payers_bank_asks_it_back(self, nth: int) -> None:
        """A dispute of what has not gone back."""
        found = self._card(nth, "p.payment_intent IS NOT NULL AND p.refunded_pence < p.amount_pence"
                           " AND NOT EXISTS (SELECT 1 FROM card_dispute d WHERE d.card_payment_id = p.id)")  # fmt: skip
        if found:
            self._lever("disputes", payment_intent=found["payment_intent"])

    @move(6, among("disputed"), nth=NTH, status=st.sampled_from(["lost", "lost", "won", "under_review"]))
    def the_payers_bank_decides(self, nth: int, status: str) -> None:
        """One way or the other; also back, on appeal."""
        found = self.chosen(nth, "SELECT d.id FROM card_dispute d JOIN card_payment p ON p.id = d.card_payment_id"
                            " JOIN booking b ON b.id = p.booking_id ORDER BY b.starts_at")  # fmt: skip
        assert found is not None
        self._lever(f"disputes/{found['id']}", status=status)

    def _lever(self, path: str, **body: object) -> None:
        try:
            self.company.control(path, **body)
        except httpx.HTTPStatusError as refusal:
            assert refusal.response.status_code < 500, refusal.response.text

    @move(2, among("cards"))
    def the_company_is_asked(self) -> None:
        """The job that finds what no message told."""
        self.run_in_parts(reconcile)

    def teardown(self) -> None:
        """When everything has run its course, both sides, the books and the card company say the same."""
        if self.made:
            self.state = self._run(self.as_it_is)
            for _ in range(2):
                self.card_jobs_run()
                self.run_in_parts(reconcile)
            self.the_company_knows_the_same()
            wrong = self._run(self.what_is_wrong)
            assert wrong == [], wrong
            self.both_sides_see_the_same()
        super().teardown()
