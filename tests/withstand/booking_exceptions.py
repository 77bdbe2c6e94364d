"""A one-off session of the council's own service, asked for by one and allowed by another (`rules.md` 2)."""

from functools import partial
from uuid import UUID

import hypothesis.strategies as st

from marketplace.bookings.exceptions.commands import (
    Question,
    approve_exception,
    ask_exception,
    refuse_exception,
    withdraw_exception,
)
from tests.marketplace.bookings.exceptions.asking import WHY, YES
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_moves import WHO
from tests.withstand.moving import NTH, among, move

MOSTLY_OWN = st.sampled_from([4, 4, 4, 4, 0])


class ExceptionModel(PeopleModel):
    """The care manager asks; the finance officer decides."""

    def _asked(self, nth: int) -> UUID:
        rows = self.rows(
            "SELECT id FROM in_house_exception WHERE state = 'asked' ORDER BY asked_at,"
            " array_position($1::uuid[], person_id), array_position($2::uuid[], activity_session_id)",
            self.people(), self.scene.sessions,
        )  # fmt: skip
        found: UUID = rows[nth % len(rows)]["id"]
        return found

    @move(3, who=WHO, offer=MOSTLY_OWN, nth=NTH)
    def a_one_off_session_is_asked_for(self, who: int, offer: int, nth: int) -> None:
        """From a personal budget; refused where the service is not the council's, or nothing is left to net it from."""
        somebody, dates = self.scene.people[who], self.scene.offers[offer].sessions
        question = Question(dates[nth % len(dates)], somebody.fund, WHY)
        self.run(lambda: ask_exception(self.scene.world.care_manager, somebody.person, question))

    @move(7, among("one_offs", "asked"), nth=NTH)
    def a_one_off_session_is_allowed(self, nth: int) -> None:
        """And booked with it."""
        self.run(partial(approve_exception, self.scene.world.finance_officer, self._asked(nth), YES))

    @move(1, among("one_offs", "asked"), nth=NTH)
    def a_one_off_session_is_not_allowed(self, nth: int) -> None:
        """With the reason."""
        self.run(partial(refuse_exception, self.scene.world.finance_officer, self._asked(nth), "Not needed."))

    @move(1, among("one_offs", "asked"), nth=NTH)
    def a_one_off_session_is_asked_for_no_more(self, nth: int) -> None:
        """Before it is decided."""
        self.run(partial(withdraw_exception, self.scene.world.care_manager, self._asked(nth)))
