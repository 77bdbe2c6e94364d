"""A seller who is family: a direct payment pays them only where the council agreed (`rules.md` 3)."""

from datetime import timedelta
from functools import partial

import hypothesis.strategies as st

from isf.relatives.commands import (
    DecisionDraft,
    RelativeDraft,
    decide_relative,
    declare_relative,
    end_relative,
)
from isf.relatives.rules import Kind
from marketplace.bookings.commands import book
from marketplace.bookings.relatives.commands import declare_by_seller, give_back_barred
from marketplace.kernel import clock, db
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_moves import DAY
from tests.withstand.booking_scene import START
from tests.withstand.moving import NTH, among, move

MOSTLY_BEN = st.sampled_from([1, 1, 1, 1, 0])
NEAR = st.sampled_from([Kind.SPOUSE_OR_PARTNER, Kind.SIBLING, Kind.OTHER])
_standing = among("relatives", "standing")


class RelativeModel(PeopleModel):
    """Ben's family, and what the council says to it."""

    def _relative(self, nth: int) -> db.Row:
        rows = self.rows(
            "SELECT id, person_id, provider_id FROM close_relative WHERE ended_on IS NULL"
            " ORDER BY declared_at, array_position($1::uuid[], person_id), name", self.people(),
        )  # fmt: skip
        return rows[nth % len(rows)]

    @move(3, who=MOSTLY_BEN, offer=st.integers(0, 3), kind=NEAR, same_household=st.booleans(),
          since=st.integers(0, 9), by=st.sampled_from(["person", "council", "seller"]))  # fmt: skip
    def a_seller_is_a_relative(
        self, who: int, offer: int, kind: Kind, since: int, by: str, *, same_household: bool
    ) -> None:
        """Said by the person's side, the council, or the seller about somebody who books there."""
        somebody, seller = self.scene.people[who], self.scene.offers[offer]
        first = self.clock.now().date() - timedelta(days=since)
        draft = RelativeDraft(
            seller.provider, f"Kim {offer}", kind, same_household, first, "Said at a visit."
        )
        said = {
            "person": partial(declare_relative, somebody.books, somebody.person, draft),
            "council": partial(declare_relative, self.scene.world.care_manager, somebody.person, draft),
            "seller": partial(declare_by_seller, seller.manager, somebody.person, draft),
        }
        self.run(said[by])

    @move(4, _standing, nth=NTH, agreed=st.booleans(), day=DAY, days=st.integers(1, 7) | st.none())
    def the_council_decides_about_a_relative(
        self, nth: int, day: int, days: int | None, *, agreed: bool
    ) -> None:
        """For some days, or from a day on; the last word counts."""
        relative, first = self._relative(nth)["id"], START.date() + timedelta(days=day)
        last = first + timedelta(days=days) if days else None
        draft = DecisionDraft(agreed, first, last, "We talked about it.")
        self.run(lambda: decide_relative(self.scene.world.second_care_manager, relative, draft))

    @move(5, _standing, nth=NTH, date=NTH)
    def books_with_a_relative(self, nth: int, date: int) -> None:
        """Refused for a direct payment unless the council agreed for that day."""
        relative = self._relative(nth)
        somebody = next(each for each in self.scene.people if each.person == relative["person_id"])
        sold = [each for each in self.scene.offers if each.provider == relative["provider_id"]]
        dates = [session for each in sold for session in each.sessions]
        session = dates[date % len(dates)]
        wish = self.scene.offer_of(session).wish
        barred = self.rows(
            "SELECT 1 FROM activity_session s JOIN fund f ON f.id = $2 WHERE s.id = $1 AND f.route = 'direct_payment'"
            " AND relative_bars(f.person_id, s.provider_id, s.service_on)", session, somebody.fund,
        )  # fmt: skip
        made = self.run(lambda: book(somebody.books, session, somebody.fund, wish=wish))
        if barred:
            assert made is None
            self.reached.done["books_with_a_relative"] += 1

    @move(3, _standing, nth=NTH)
    def what_a_relative_bars_is_given_back(self, nth: int) -> None:
        """At no cost."""
        relative = self._relative(nth)["id"]
        self.run(
            partial(give_back_barred, self.scene.world.care_manager, relative, "The council did not agree.")
        )

    @move(1, _standing, nth=NTH)
    def a_seller_is_no_relative_any_more(self, nth: int) -> None:
        """They moved out."""
        relative = self._relative(nth)["id"]
        self.run(lambda: end_relative(self.scene.world.care_manager, relative, clock.today(), "Moved out."))
