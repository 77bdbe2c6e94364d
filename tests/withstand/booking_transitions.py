"""The way off the council's own service: talked about with the person first, or not at all (row B8)."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import hypothesis.strategies as st

from marketplace.bookings.transitions.commands import agree, record_consultation, start, stop
from marketplace.bookings.transitions.commands import move as move_off
from marketplace.kernel import clock
from tests.marketplace.bookings.transitions.living import SAID
from tests.withstand.booking_books import as_it_is
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_moves import DAY
from tests.withstand.booking_scene import START
from tests.withstand.moving import NTH, among, move

MOSTLY_CAL = st.sampled_from([2, 2, 2, 0])
MOSTLY_OWN = st.sampled_from([4, 4, 4, 0])


def _day(day: int) -> date:
    return START.date() + timedelta(days=day)


class TransitionModel(PeopleModel):
    """The care manager, and who is talked with."""

    def _way_off(self, nth: int, *states: str) -> UUID:
        rows = self.rows(
            "SELECT id FROM in_house_transition WHERE state = ANY ($1)"
            " ORDER BY started_at, array_position($2::uuid[], person_id), provider_id = $3",
            list(states), self.people(), self.scene.world.vivo,
        )  # fmt: skip
        found: UUID = rows[nth % len(rows)]["id"]
        return found

    @move(2, who=MOSTLY_CAL, offer=MOSTLY_OWN)
    def another_place_is_thought_of(self, who: int, offer: int) -> None:
        """Instead of the council's own service; refused where it is somebody else's, or thought of already."""
        person, provider = self.scene.people[who].person, self.scene.offers[offer].provider
        council = self.scene.world.care_manager
        self.run(lambda: start(council, person, provider, "There is more to do elsewhere."))

    @move(5, among("ways_off", "started"), nth=NTH, day=DAY)
    def nobody_is_moved_before_they_were_asked(self, nth: int, day: int) -> None:
        """Neither agreed nor made: refused."""
        council, way, first = self.scene.world.care_manager, self._way_off(nth, "started"), _day(day)
        self.run(lambda: agree(council, way, max(first, clock.today()), "The garden group"))
        self.run(partial(move_off, council, way))
        assert self._run(as_it_is) == self.state
        self.reached.done["nobody_is_moved_before_they_were_asked"] += 1

    @move(5, among("ways_off", "started"), nth=NTH)
    def the_person_is_asked(self, nth: int) -> None:
        """By a practitioner, with what they said written down."""
        council, way = self.scene.world.care_manager, self._way_off(nth, "started")
        self.run(lambda: record_consultation(council, way, replace(SAID, held_on=clock.today())))

    @move(10, among("ways_off", "consulted"), nth=NTH, day=DAY)
    def another_place_is_agreed(self, nth: int, day: int) -> None:
        """From a day on; not from one that is over."""
        council, way, first = self.scene.world.care_manager, self._way_off(nth, "consulted"), _day(day)
        self.run(lambda: agree(council, way, first, "The garden group"))

    @move(14, among("ways_off", "agreed"), nth=NTH)
    def they_go_elsewhere(self, nth: int) -> None:
        """What is booked there from the day on is given back at no cost; what is before it stays."""
        way = self._way_off(nth, "agreed")
        moved = self.run(partial(move_off, self.scene.world.care_manager, way))
        assert moved is None or not self.rows(
            "SELECT 1 FROM booking b JOIN in_house_transition t USING (person_id, provider_id) WHERE t.id = $1"
            " AND b.route = 'council_managed' AND b.owner_council_id = b.council_id AND b.service_on >= t.move_from"
            " AND b.starts_at > $2 AND b.state IN ('held', 'confirmed')",
            way, self.clock.now(),
        )  # fmt: skip

    @move(1, among("ways_off", "started", "consulted", "agreed"), nth=NTH)
    def they_stay_where_they_are(self, nth: int) -> None:
        """After all."""
        way = self._way_off(nth, "started", "consulted", "agreed")
        self.run(partial(stop, self.scene.world.care_manager, way, "It is near the sister."))
