"""People and those who act for them: booking, giving up, waiting, pausing, saying what was right."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import initialize

from isf.pauses.rules import PauseKind
from marketplace.bookings.checks.commands import accept_answer, confirm_attendance, dispute_attendance
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.pauses.commands import book_again, move_end, pause
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.rules import Reason
from marketplace.bookings.series.commands import SeriesDraft, book_series, cancel_series
from marketplace.bookings.series.rules import Mode
from marketplace.bookings.waitlist.commands import accept, decline, join, leave
from marketplace.kernel import db
from marketplace.kernel.clock import FixedClock
from marketplace.kernel.idempotency import Key
from tests.withstand.booking_books import as_it_is, what_is_wrong, what_is_wrong_at_first
from tests.withstand.booking_moves import DAY, GONE, KNOWN, WHO
from tests.withstand.booking_scene import START, Dates, Scene, Somebody, laid_again
from tests.withstand.moving import NTH, MovingModel, among, move


class PeopleModel(MovingModel):
    """What people ask for, in any order."""

    known = frozenset(KNOWN | GONE)

    @initialize(asked=st.lists(st.tuples(WHO, NTH), min_size=4, max_size=24))
    def make(self, asked: list[tuple[int, int]]) -> None:
        """The same small world at the same moment, with something booked."""
        self.clock = FixedClock(START)
        self.scene: Scene = self._run(partial(laid_again, self.apart.dsn))
        self.prices: dict[str, list[int]] = {}
        self.made = True
        self.opens()
        for who, nth in asked:
            self.run_in_parts(self._booking(who, nth))
        self.state = self._run(as_it_is)

    def _booking(self, who: int, nth: int) -> Callable[[], Awaitable[Any]]:
        somebody, session = self.scene.people[who], self.scene.sessions[nth % len(self.scene.sessions)]
        return partial(book, somebody.books, session, somebody.fund, wish=self.scene.offer_of(session).wish)

    def nth_of(self, nth: int, rows: list[db.Row]) -> tuple[db.Row, Somebody] | None:
        """One of these rows, with the person that it is about."""
        if not rows:
            return None
        chosen = rows[nth % len(rows)]
        return chosen, next(each for each in self.scene.people if each.person == chosen["person_id"])

    def people(self) -> list[UUID]:
        """Their ids, in an order that is the same in every run."""
        return [each.person for each in self.scene.people]

    def nth_session(self, nth: int) -> tuple[UUID, Dates]:
        """One of the dates, with its activity."""
        session = self.scene.sessions[nth % len(self.scene.sessions)]
        return session, self.scene.offer_of(session)

    def nth_booking(self, nth: int, states: str) -> tuple[UUID, Somebody] | None:
        """One of the bookings in one of these states, with whose it is."""
        found = self.rows(
            "SELECT b.id, array_position($1::uuid[], b.person_id) - 1 AS whose FROM booking b"
            " WHERE b.state = ANY ($3) ORDER BY 2, array_position($2::uuid[], b.activity_session_id), b.booked_at,"
            " b.cancelled_at",
            self.people(), self.scene.sessions, states.split(),
        )  # fmt: skip
        if not found:
            return None
        chosen = found[nth % len(found)]
        return chosen["id"], self.scene.people[chosen["whose"]]

    @move(8, who=WHO, nth=NTH)
    def books(self, who: int, nth: int) -> None:
        """A place, in the way that the activity is booked."""
        self.run(self._booking(who, nth))

    @move(1, who=WHO, nth=NTH)
    def books_twice_with_one_key(self, who: int, nth: int) -> None:
        """The second time answers what the first did, whatever came between."""
        somebody, session = self.scene.people[who], self.scene.sessions[nth % len(self.scene.sessions)]
        key = Key(somebody.books.user_id, f"{who}-{nth}", "the same")
        first = self.run(lambda: book(somebody.books, session, somebody.fund, key=key))
        if first is not None:
            self.state = self._run(as_it_is)
            assert self.run(lambda: book(somebody.books, session, somebody.fund, key=key)) == first

    @move(who=WHO, offer=st.integers(0, 3), mode=st.sampled_from(Mode))
    def books_a_series(self, who: int, offer: int, mode: Mode) -> None:
        """All dates of one activity: what fits, or all or nothing."""
        somebody, dates = self.scene.people[who], self.scene.offers[offer]
        draft = SeriesDraft(somebody.fund, dates.sessions, mode, wish=dates.wish)
        self.run(lambda: book_series(somebody.books, draft))

    @move(2, lambda state: state["series"] > 0, nth=NTH, day=DAY)
    def gives_up_a_series(self, nth: int, day: int) -> None:
        """From a day on."""
        rows = self.rows("SELECT id, person_id FROM series ORDER BY made_at, array_position($1::uuid[], person_id)",
                         self.people())  # fmt: skip
        if found := self.nth_of(nth, rows):
            first = START.date() + timedelta(days=day)
            self.run(lambda: cancel_series(found[1].books, found[0]["id"], first, Reason.OTHER))

    @move(
        4,
        among("bookings", "confirmed"),
        nth=NTH,
        because=st.sampled_from([Reason.PERSON_ILL, Reason.CHANGED_MIND]),
    )
    def gives_up(self, nth: int, because: Reason) -> None:
        """A place, early or late."""
        if found := self.nth_booking(nth, "confirmed"):
            self.run(lambda: cancel_booking(found[1].books, found[0], because))

    @move(1, nth=NTH)
    def gives_up_what_is_over(self, nth: int) -> None:
        """Again, or after it was recorded: refused."""
        if found := self.nth_booking(nth, "cancelled delivered missed lapsed"):
            assert self.run(lambda: cancel_booking(found[1].books, found[0], Reason.OTHER)) is None
            self.reached.done["gives_up_what_is_over"] += 1

    @move(7, who=WHO, nth=NTH)
    def waits(self, who: int, nth: int) -> None:
        """For a place on a date that is full, or was a moment ago."""
        somebody = self.scene.people[who]
        full = self.rows(
            "SELECT id FROM activity_session WHERE id = ANY ($1) AND state = 'scheduled'"
            " AND places_taken + places_offered >= capacity ORDER BY array_position($1::uuid[], id)",
            self.scene.sessions,
        )
        dates = [row["id"] for row in full] or self.scene.sessions
        self.run(partial(join, somebody.books, dates[nth % len(dates)], somebody.fund))

    def _answers(self, nth: int, states: str, how: Callable[..., Awaitable[Any]]) -> None:
        rows = self.rows(
            "SELECT id, person_id FROM waitlist_entry WHERE state = ANY ($2) ORDER BY state, joined_at,"
            " array_position($1::uuid[], person_id), array_position($3::uuid[], activity_session_id)",
            self.people(), states.split(), self.scene.sessions,
        )  # fmt: skip
        if found := self.nth_of(nth, rows):
            self.run(partial(how, found[1].books, found[0]["id"]))

    @move(10, among("lines", "offered"), nth=NTH)
    def takes_a_place_that_is_kept(self, nth: int) -> None:
        """Yes to an offer."""
        self._answers(nth, "offered", accept)

    @move(6, among("lines", "offered"), nth=NTH)
    def declines_a_place_that_is_kept(self, nth: int) -> None:
        """No to an offer: it goes to the next in line."""
        self._answers(nth, "offered", decline)

    @move(1, among("lines", "waiting", "offered"), nth=NTH)
    def waits_no_more(self, nth: int) -> None:
        """Out of the line, offered or not."""
        self._answers(nth, "waiting offered", leave)

    @move(
        who=WHO,
        day=DAY,
        days=st.integers(1, 7) | st.none(),
        keep=st.booleans(),
        kind=st.sampled_from(PauseKind),
    )
    def pauses(self, who: int, day: int, days: int | None, keep: bool, kind: PauseKind) -> None:
        """From a day on, with or without an end, keeping places where that is agreed."""
        somebody, first = self.scene.people[who], START.date() + timedelta(days=day)
        draft = PauseDraft(kind, first, first + timedelta(days=days) if days else None, keep)
        self.run(lambda: pause(somebody.books, somebody.person, draft))

    @move(3, among("pauses"), nth=NTH, day=st.integers(0, 13) | st.none())
    def comes_back(self, nth: int, day: int | None) -> None:
        """Earlier, later, or not before further notice; and books again what was given back."""
        rows = self.rows(
            "SELECT id, person_id FROM pause ORDER BY made_at, starts_on, array_position($1::uuid[], person_id)",
            self.people(),
        )
        if found := self.nth_of(nth, rows):
            back = START.date() + timedelta(days=day) if day is not None else None
            if self.run(lambda: move_end(found[1].books, found[0]["id"], back)) is not None:
                self.run_in_parts(lambda: book_again(found[1].books, found[0]["id"]))

    @move(2, among("bookings", "delivered", "missed"), nth=NTH)
    def says_that_it_was_so(self, nth: int) -> None:
        """About a visit."""
        if found := self.nth_booking(nth, "delivered missed"):
            self.run(partial(confirm_attendance, found[1].books, found[0]))

    @move(6, among("bookings", "delivered", "missed"), nth=NTH)
    def says_that_it_was_not_so(self, nth: int) -> None:
        """About a visit, or a charge for what was given up."""
        if found := self.nth_booking(nth, "delivered missed cancelled"):
            self.run(partial(dispute_attendance, found[1].books, found[0], "It was not so."))

    @move(8, among("checks", "answered"), nth=NTH)
    def is_content_with_the_answer(self, nth: int) -> None:
        """To a dispute."""
        rows = self.rows(
            "SELECT b.id, b.person_id FROM attendance_check c JOIN booking b ON b.id = c.booking_id"
            " WHERE c.state = 'answered' ORDER BY array_position($1::uuid[], b.person_id),"
            " array_position($2::uuid[], b.activity_session_id), b.booked_at", self.people(), self.scene.sessions,
        )  # fmt: skip
        if found := self.nth_of(nth, rows):
            self.run(partial(accept_answer, found[1].books, found[0]["id"]))

    async def what_is_wrong(self) -> list[tuple[str, str]]:
        """See `booking_books`."""
        return await what_is_wrong()

    async def as_it_is(self) -> str:
        """See `booking_books`."""
        return await as_it_is()

    def looked_at(self) -> None:
        """No price or term ever changes."""
        now = self.seen()["prices"]
        assert {booking: now.get(booking) for booking in self.prices} == self.prices
        if made := sorted(now.keys() - self.prices.keys()):
            wrong = self._run(partial(what_is_wrong_at_first, made))
            assert not wrong, wrong
        self.prices = now
