"""Dates that come from a rule: made ahead by the job, changed from one of them on or all, while they are booked."""

from datetime import date, time, timedelta
from uuid import UUID

import hypothesis.strategies as st

from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Movers
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import from_wall
from providers.timetables.changing import Change, Reach
from providers.timetables.commands import end_timetable
from providers.timetables.making import WITH_TERMS, horizon, make_ahead, pattern_with_terms
from providers.timetables.recurrence import Weekday
from tests.withstand.booking_machine import PeopleModel
from tests.withstand.booking_moves import much
from tests.withstand.booking_scene import START, Dates
from tests.withstand.moving import NTH, State, move

CHANGES = (
    *(Change(day=(START + timedelta(days=n)).date()) for n in range(1, 13)),
    *(Change(start_time=time(hour)) for hour in (9, 10, 11, 14, 15)),
    *(Change(capacity=n) for n in (1, 2, 3, 5)),
    Change(later_minutes=30),
    Change(stop=True),
)
OF_THE_RULE = (
    *(Change(weekday=each) for each in (Weekday.MONDAY, Weekday.TUESDAY, Weekday.THURSDAY, Weekday.SATURDAY)),
    *(Change(start_time=time(hour)) for hour in (9, 13, 14)),
    *(Change(capacity=n) for n in (1, 2, 3)),
    Change(minutes=90),
)


def _goes_on(state: State) -> bool:
    return any(ends is None for _, _, ends, *_ in state["rules"].values())


class TimetableModel(PeopleModel):
    """The seller's dates."""

    @property
    def kitchen(self) -> Dates:
        """The activity whose dates come from a rule."""
        return next(each for each in self.scene.offers if each.timetable)

    @move(4, nth=NTH, change=st.sampled_from(CHANGES), movers=st.sampled_from(Movers))
    def a_date_changes(self, nth: int, change: Change, movers: Movers) -> None:
        """Another day, another time, more or fewer places."""
        session, offer = self.nth_session(nth)
        self.run(lambda: make_change(offer.manager, Asked((session,), change, movers=movers)))

    def _rule_changes(self, nth: int, change: Change, reach: Reach, movers: Movers) -> None:
        session = self.kitchen.sessions[nth % len(self.kitchen.sessions)]
        self.run(lambda: make_change(self.kitchen.manager, Asked((session,), change, reach, movers)))

    @move(2, nth=NTH, change=st.sampled_from(OF_THE_RULE), movers=st.sampled_from(Movers))
    def this_and_following_dates_change(self, nth: int, change: Change, movers: Movers) -> None:
        """From one of them on: the rule before it ends, and another follows."""
        self._rule_changes(nth, change, Reach.FOLLOWING, movers)

    @move(2, nth=NTH, change=st.sampled_from(OF_THE_RULE), movers=st.sampled_from(Movers))
    def all_dates_change(self, nth: int, change: Change, movers: Movers) -> None:
        """Every date to come, and the rule."""
        self._rule_changes(nth, change, Reach.ALL, movers)

    @move(1, lambda state: much(state) and _goes_on(state), nth=NTH)
    def a_rule_stops(self, nth: int) -> None:
        """From one of its dates on, with the bookings given back."""
        self._rule_changes(nth, Change(stop=True), Reach.FOLLOWING, Movers.MOVE)

    @move(1, lambda state: much(state) and _goes_on(state), day=st.integers(0, 20))
    def a_rule_ends(self, day: int) -> None:
        """After a day: the dates that nobody booked are taken away."""
        rows = self.rows("SELECT id FROM timetable WHERE ends_on IS NULL")
        last = (START + timedelta(days=day)).date()
        self.run(lambda: end_timetable(self.kitchen.manager, rows[0]["id"], last))

    @move(3, _goes_on)
    def dates_are_made_ahead(self) -> None:
        """Each day of each rule that came near has its date, once, on the wall's time; and again makes none."""
        before = {row["id"]: row["made_until"] for row in self.rows("SELECT id, made_until FROM timetable")}
        self.run(lambda: make_ahead(SYSTEM))
        assert self._run(lambda: _missing(before)) == []
        assert self._run(lambda: make_ahead(SYSTEM)).sessions == 0


async def _missing(made_until: dict[UUID, date]) -> list[tuple[UUID, date]]:
    """Days of the rules after these that have no date."""
    found = []
    for row in await db.fetch_all(WITH_TERMS):
        for day in pattern_with_terms(row).days(made_until[row["id"]] + timedelta(days=1), horizon()):
            there = await db.fetch_value(
                "SELECT EXISTS (SELECT 1 FROM activity_session WHERE timetable_id = $1 AND rule_on = $2"
                " OR activity_id = $3 AND state = 'scheduled' AND starts_at = $4)",
                row["id"], day, row["activity_id"], from_wall(day, row["start_time"]),
            )  # fmt: skip
            found += [] if there else [(row["id"], day)]
    return found
