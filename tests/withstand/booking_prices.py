"""What a date costs from a day on: lower at any time, higher only when the council agreed (row P6)."""

from datetime import date, timedelta
from functools import partial
from uuid import UUID

import hypothesis.strategies as st

from marketplace.bookings.uplifts.commands import decide, propose, withdraw
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate
from providers.rules import PriceUnit, Rate, SupportRatio
from providers.uplifts.rules import Verdict
from tests.marketplace.bookings.uplifts.living import REASON
from tests.withstand.booking_books import as_it_is
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_scene import START, Dates
from tests.withstand.moving import NTH, among, move

SINGLE = st.sampled_from([0, 1, 3])
"""Activities whose price nobody shares."""
AHEAD = st.integers(0, 12)
TOO_MUCH = Money(99_00)


class PriceModel(PeopleModel):
    """Sellers who want more, and the commissioner."""

    def _priced(self, offer: int, ahead: int) -> tuple[Dates, int, date]:
        """An activity, what it cost in the beginning, and a day."""
        chosen = self.scene.offers[offer]
        first = self.rows(
            "SELECT price_pence FROM rate WHERE activity_id = $1 ORDER BY starts_on LIMIT 1", chosen.activity
        )[0]["price_pence"]
        return chosen, first, START.date() + timedelta(days=ahead)

    def _proposed(self, nth: int) -> tuple[UUID, Dates]:
        rows = self.rows(
            "SELECT id, activity_id FROM price_uplift WHERE state = 'proposed' ORDER BY proposed_at, price_pence"
        )
        chosen = rows[nth % len(rows)]
        return chosen["id"], next(
            each for each in self.scene.offers if each.activity == chosen["activity_id"]
        )

    @move(3, offer=SINGLE, ahead=AHEAD, more=st.sampled_from([50, 300]))
    def a_higher_price_is_proposed(self, offer: int, ahead: int, more: int) -> None:
        """From a day on, with the reason."""
        chosen, first, day = self._priced(offer, ahead)
        rate = Rate(
            day,
            Money(first + more),
            VatCategory.EXEMPT,
            0,
            SupportRatio.GROUP,
            PriceUnit.SESSION,
        )
        self.run(lambda: propose(chosen.manager, chosen.activity, rate, REASON))

    @move(7, among("uplifts", "proposed"), nth=NTH, verdict=st.sampled_from([*Verdict, Verdict.APPROVED]))
    def the_council_answers_a_higher_price(self, nth: int, verdict: Verdict) -> None:
        """What is booked keeps its price either way."""
        uplift, _ = self._proposed(nth)
        self.run(partial(decide, self.scene.world.commissioner, uplift, verdict, "We looked at the wages."))

    @move(1, among("uplifts", "proposed"), nth=NTH)
    def a_higher_price_is_taken_back(self, nth: int) -> None:
        """Before it is answered."""
        uplift, chosen = self._proposed(nth)
        self.run(partial(withdraw, chosen.manager, uplift))

    @move(1, offer=SINGLE, ahead=AHEAD)
    def nobody_raises_a_price_alone(self, offer: int, ahead: int) -> None:
        """Refused: councils rely on it."""
        chosen, _, day = self._priced(offer, ahead)
        self.run(partial(set_rate, chosen.manager, chosen.activity, day, TOO_MUCH, VatCategory.EXEMPT))
        assert self._run(as_it_is) == self.state
        self.reached.done["nobody_raises_a_price_alone"] += 1

    @move(2, offer=SINGLE, ahead=AHEAD, less=st.sampled_from([0, 100, 250]))
    def a_price_goes_down(self, offer: int, ahead: int, less: int) -> None:
        """From a day on: the seller sets it."""
        chosen, first, day = self._priced(offer, ahead)
        price = Money(first - less)
        self.run(partial(set_rate, chosen.manager, chosen.activity, day, price, VatCategory.EXEMPT))
