"""A direct payment by card, on the card company's page: paid, declined, left, come back to at any time."""

from functools import partial

import hypothesis.strategies as st

from invoicing.cards.commands import abandon, book_by_transfer, pay
from invoicing.cards.settling import settle
from marketplace.kernel import db
from tests.invoicing.cards.table import DECLINED, PAYS
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_scene import Somebody
from tests.withstand.card_company import CompanyModel
from tests.withstand.moving import NTH, State, among, move


def _page_is_open(state: State) -> bool:
    return any(payment == "started" and page == "true" for payment, page, _ in state["cards"].values())


class CardModel(CompanyModel, PeopleModel):
    """Ben, who has a direct payment, and the card company."""

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
