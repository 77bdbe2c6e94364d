"""The rest of the parties: sellers, the council, the clock with its jobs, and the money that follows."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import hypothesis.strategies as st

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from isf.endings.liabilities import drop_liability, pay_liability, set_aside
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind
from marketplace.bookings.cancelling.commands import cancel_date, cancel_dates
from marketplace.bookings.checks.commands import Answer, answer_dispute, confirm_by_time, decide_dispute
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.ownership.commands import take_in_house
from marketplace.bookings.pauses.retainers import charge_kept_places
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.reprovision.commands import (
    answer_with,
    book_back,
    book_instead,
    not_wanted,
    release_provider,
    suspend_provider,
)
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.waitlist.offers import settle_lines
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.suspensions.commands import SuspensionDraft
from tests.withstand.booking_books import as_it_is
from tests.withstand.booking_cards import CardModel
from tests.withstand.booking_exceptions import ExceptionModel
from tests.withstand.booking_moves import DAY, WHO, much
from tests.withstand.booking_prices import PriceModel
from tests.withstand.booking_relatives import RelativeModel
from tests.withstand.booking_scene import START, Somebody
from tests.withstand.booking_timetables import TimetableModel
from tests.withstand.booking_transitions import TransitionModel
from tests.withstand.moving import NTH, among, move

CAME = st.sampled_from([Outcome.ATTENDED, Outcome.ATTENDED, Outcome.ABSENT])


class AllParties(CardModel, TimetableModel, TransitionModel, ExceptionModel, RelativeModel, PriceModel):
    """Everybody at once."""

    def _staff_of(self, booking: UUID) -> Any:
        session = self.rows("SELECT activity_session_id AS id FROM booking WHERE id = $1", booking)[0]["id"]
        return self.scene.offer_of(session).staff

    @move(10, hours=st.sampled_from([1, 5, 12, 24, 24, 48, 72]))
    def time_passes(self, hours: int) -> None:
        """Hours to days."""
        self.clock = FixedClock(self.clock.now() + timedelta(hours=hours))
        self.the_company_looks_at_the_clock()
        self.reached.done["time_passes"] += 1

    @move(4)
    def jobs_run(self) -> None:
        """What the schedule does."""
        self.run(self._jobs)
        assert self.rows("SELECT 1 FROM booking_news WHERE told_at IS NULL") == []

    async def _jobs(self) -> None:
        today = clock.today()
        await settle_lines()
        await waive_refilled(SYSTEM, today - timedelta(days=7), today)
        await charge_kept_places()
        await confirm_by_time()
        await tell_what_happened()

    @move(6, among("bookings", "confirmed", "delivered", "missed"), nth=NTH, outcome=CAME)
    def records(self, nth: int, outcome: Outcome) -> None:
        """What came of a booking, or a correction of it."""
        rows = self._begun("'confirmed', 'delivered', 'missed'")
        if found := self.nth_of(nth, rows):
            staff, booking = self._staff_of(found[0]["id"]), found[0]["id"]
            self.run(lambda: record_attendance(staff, booking, outcome))

    @move(3, among("bookings", "confirmed"), nth=NTH)
    def records_a_whole_day(self, nth: int) -> None:
        """Everybody of a date was there."""
        rows = self._begun("'confirmed'")
        if found := self.nth_of(nth, rows):
            session = found[0]["session_id"]
            staff = self.scene.offer_of(session).staff
            for row in rows:
                if row["session_id"] == session:
                    self.run_in_parts(partial(record_attendance, staff, row["id"], Outcome.ATTENDED))

    @move(2, among("bookings", "confirmed"), nth=NTH, outcome=CAME)
    def records_at_any_time(self, nth: int, outcome: Outcome) -> None:
        """Also before the day: refused then."""
        if found := self.nth_booking(nth, "confirmed"):
            staff = self._staff_of(found[0])
            self.run(lambda: record_attendance(staff, found[0], outcome))

    def _begun(self, states: str) -> list[db.Row]:
        """What is booked for today or was before."""
        return self.rows(
            "SELECT id, person_id, activity_session_id AS session_id FROM booking"
            f" WHERE service_on <= $3 AND state IN ({states}) ORDER BY array_position($2::uuid[], activity_session_id),"
            " array_position($1::uuid[], person_id), booked_at",
            self.people(), self.scene.sessions, self.clock.now().date(),
        )  # fmt: skip

    def _dispute(self, nth: int) -> UUID:
        found = self.rows(
            "SELECT b.id FROM attendance_check c JOIN booking b ON b.id = c.booking_id"
            " WHERE c.state IN ('disputed', 'answered')"
            " ORDER BY array_position($1::uuid[], b.person_id), array_position($2::uuid[], b.activity_session_id),"
            " b.booked_at", self.people(), self.scene.sessions,
        )  # fmt: skip
        booking: UUID = found[nth % len(found)]["id"]
        return booking

    @move(9, among("checks", "disputed"), nth=NTH, outcome=CAME | st.none())
    def a_seller_answers_a_dispute(self, nth: int, outcome: Outcome | None) -> None:
        """Explains, or corrects the register."""
        booking = self._dispute(nth)
        staff = self._staff_of(booking)
        self.run(lambda: answer_dispute(staff, booking, Answer("We looked at the book.", outcome)))

    @move(2, among("checks", "disputed", "answered"), nth=NTH, outcome=CAME | st.none())
    def the_council_decides_a_dispute(self, nth: int, outcome: Outcome | None) -> None:
        """Answered or not."""
        booking, answer = self._dispute(nth), Answer("We asked both sides.", outcome)
        self.run(lambda: decide_dispute(self.scene.world.care_manager, booking, answer))

    @move(2, among("bookings", "confirmed"), nth=NTH)
    def a_seller_cancels_a_booking(self, nth: int) -> None:
        """At no cost."""
        if found := self.nth_booking(nth, "confirmed"):
            staff = self._staff_of(found[0])
            assert self.run(lambda: cancel_booking(staff, found[0], Reason.PROVIDER)) in (None, Money(0))

    @move(2, among("bookings", "confirmed"), nth=NTH)
    def the_council_cancels_a_booking(self, nth: int) -> None:
        """What its own money pays for, and nothing else."""
        if found := self.nth_booking(nth, "confirmed"):
            council = self.scene.world.care_manager
            done = self.run(lambda: cancel_booking(council, found[0], Reason.COUNCIL))
            assert done is None or found[1].route is Route.COUNCIL_MANAGED

    @move(1, much, nth=NTH)
    def a_date_is_cancelled(self, nth: int) -> None:
        """With everybody on it."""
        session, offer = self.nth_session(nth)
        self.run(lambda: cancel_date(offer.manager, session, "The worker is ill"))

    @move(2, much, offer=st.integers(0, 2), day=DAY)
    def a_day_is_cancelled(self, offer: int, day: int) -> None:
        """Every date of a seller's on a day."""
        chosen = self.scene.offers[offer]
        dates = self.rows("SELECT id FROM activity_session WHERE provider_id = $1 AND service_on = $2",
                          chosen.provider, (START + timedelta(days=day)).date())  # fmt: skip
        if dates:
            ids = [row["id"] for row in dates]
            self.run(lambda: cancel_dates(chosen.manager, ids, "The hall is closed"))

    @move(1, lambda state: much(state) and not among("stops", "open")(state), offer=st.integers(0, 1))
    def a_seller_is_stopped(self, offer: int) -> None:
        """At once and for everybody."""
        provider, draft = self.scene.offers[offer].provider, SuspensionDraft("Somebody was hurt.", "Sam Safe")
        self.run(lambda: suspend_provider(self.scene.world.commissioner, provider, draft))

    def _loss(self, nth: int) -> tuple[db.Row, Somebody] | None:
        rows = self.rows(
            "SELECT i.id, i.person_id, b.provider_id FROM reprovision_item i JOIN booking b ON b.id = i.booking_id"
            " WHERE i.state = 'open' ORDER BY array_position($1::uuid[], i.person_id),"
            " array_position($2::uuid[], b.activity_session_id), i.opened_at", self.people(), self.scene.sessions,
        )  # fmt: skip
        return self.nth_of(nth, rows)

    def _elsewhere(self, item: db.Row, date: int) -> UUID:
        """A date of somebody else's."""
        others = [each for each in self.scene.offers if each.provider != item["provider_id"]]
        dates = [session for each in others for session in each.sessions]
        return dates[date % len(dates)]

    @move(9, among("losses", "open"), nth=NTH, date=NTH)
    def books_something_instead(self, nth: int, date: int) -> None:
        """With somebody else, for what was lost."""
        if found := self._loss(nth):
            item, somebody = found
            session = self._elsewhere(item, date)
            self.run(lambda: book_instead(somebody.books, item["id"], session, somebody.fund))

    @move(6, among("losses", "open"), nth=NTH, date=NTH)
    def says_what_stands_in(self, nth: int, date: int) -> None:
        """A booking of theirs that was made since, perhaps a moment ago; once it stands in, it does not twice."""
        if found := self._loss(nth):
            item, somebody = found
            session = self._elsewhere(item, date)
            self.run(
                partial(book, somebody.books, session, somebody.fund, wish=self.scene.offer_of(session).wish)
            )
            made = self.rows(
                "SELECT id FROM booking WHERE person_id = $1 AND state = 'confirmed'"
                " ORDER BY booked_at DESC, array_position($2::uuid[], activity_session_id)",
                somebody.person, self.scene.sessions,
            )  # fmt: skip
            if made:
                self.run_in_parts(partial(answer_with, somebody.books, item["id"], made[0]["id"]))

    @move(3, among("losses", "open"), nth=NTH)
    def wants_nothing_instead(self, nth: int) -> None:
        """Of what was lost."""
        if found := self._loss(nth):
            self.run(lambda: not_wanted(found[1].books, found[0]["id"], "It was too far."))

    @move(3, among("stops", "open"))
    def a_seller_is_released(self) -> None:
        """And whoever lost something books it back."""
        for row in self.rows("SELECT id FROM suspension WHERE state = 'open'"):
            stop = row["id"]
            self.run(partial(release_provider, self.scene.world.commissioner, stop, "All is well."))
            for each in self.scene.people:
                self.run_in_parts(partial(book_back, each.books, each.person))

    @move(1, much, offer=st.integers(0, 1), day=DAY, days=st.integers(1, 3))
    def the_council_takes_a_seller_over(self, offer: int, day: int, days: int) -> None:
        """For some days: what personal budgets have booked on them is given back (`rules.md` 1)."""
        world, provider = self.scene.world, self.scene.offers[offer].provider
        first = (START + timedelta(days=day)).date()
        last = first + timedelta(days=days)
        self.run(lambda: take_in_house(world.commissioner, provider, world.council, first, last))

    @move(1, much, who=WHO, kind=st.sampled_from(EndKind), day=st.integers(-3, 5))
    def support_ends(self, who: int, kind: EndKind, day: int) -> None:
        """Somebody died or moves away; a bill of theirs is held aside."""
        somebody, last = self.scene.people[who], self.clock.now().date() + timedelta(days=day)
        council = self.scene.world.care_manager
        self.run(lambda: end_person(council, somebody.person, EndDraft(kind, last)))
        draft = LiabilityDraft(LiabilityKind.WAGES, "Last wages", Money(10_00), "Payslip")
        self.run_in_parts(lambda: set_aside(council, somebody.fund, draft))

    @move(8, among("bills", "open"), pays=st.booleans())
    def a_bill_is_settled(self, pays: bool) -> None:
        """What was held aside is paid, or not owed after all."""
        for row in self.rows(
            "SELECT id FROM fund_liability WHERE state = 'open' ORDER BY entered_at LIMIT 1"
        ):
            world, today = self.scene.world, self.clock.now().date()
            if pays:
                self.run(partial(pay_liability, world.finance_officer, row["id"], today, "BACS 1"))
            else:
                self.run(partial(drop_liability, world.care_manager, row["id"], "Paid by others"))

    @move(4, among("bookings", "delivered", "missed"), back=st.integers(0, 1))
    def is_billed(self, back: int) -> None:
        """This month, or the one before."""
        month = self.clock.now().date().replace(day=1)
        if back:
            month = (month - timedelta(days=1)).replace(day=1)
        self.run(lambda: issue_invoices(SYSTEM, month))

    @move(4, among("invoices"), nth=NTH)
    def is_paid(self, nth: int) -> None:
        """By whoever holds the money, twice with one reference."""
        found = self.rows(
            "SELECT i.id, i.number, i.payer_organisation_id AS payer FROM invoice i ORDER BY i.state = 'paid', number"
        )
        if found:
            chosen, world = found[nth % len(found)], self.scene.world
            payer = {world.harbour: world.broker, world.council: world.finance_officer}.get(
                chosen["payer"], self.scene.people[1].books
            )
            pay = partial(mark_paid, payer, chosen["id"], chosen["number"])
            first = self.run(lambda: pay(clock.today()))
            if first is not None:
                assert self.run_in_parts(lambda: pay(clock.today())) == first

    def teardown(self) -> None:
        """When everything has run its course, the card company and our books say the same."""
        if hasattr(self, "scene"):
            self.time_passes(2)
            self.state = self._run(as_it_is)
            self.card_jobs_run()
            self.the_company_knows_the_same()
        super().teardown()
