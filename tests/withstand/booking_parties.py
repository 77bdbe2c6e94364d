"""The rest of the parties: sellers, the council, the clock with its jobs, and the money that follows."""

from datetime import time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import hypothesis.strategies as st

from invoicing.commands import issue_invoices
from invoicing.payment_runs.by_hand import mark_paid
from isf.endings.liabilities import drop_liability, pay_liability, set_aside
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind
from marketplace.bookings.cancelling.commands import cancel_date, cancel_dates
from marketplace.bookings.checks.commands import Answer, answer_dispute, confirm_by_time, decide_dispute
from marketplace.bookings.commands import cancel_booking, record_attendance
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.pauses.retainers import charge_kept_places
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.reprovision.commands import book_back, release_provider, suspend_provider
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.bookings.timetable_changes.rules import Movers
from marketplace.bookings.waitlist.offers import settle_lines
from marketplace.kernel import clock
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.suspensions.commands import SuspensionDraft
from providers.timetables.changing import Change
from tests.withstand.booking_machine import DAY, NTH, WHO, PeopleModel, move
from tests.withstand.booking_scene import START, Dates

CAME = st.sampled_from([Outcome.ATTENDED, Outcome.ATTENDED, Outcome.ABSENT])
CHANGES = (
    *(Change(day=(START + timedelta(days=n)).date()) for n in range(1, 13)),
    *(Change(start_time=time(hour)) for hour in (9, 10, 11, 14, 15)),
    *(Change(capacity=n) for n in (1, 2, 3, 5)),
    Change(later_minutes=30),
    Change(stop=True),
)


class AllParties(PeopleModel):
    """Everybody at once."""

    def _session(self, nth: int) -> tuple[UUID, Dates]:
        session = self.scene.sessions[nth % len(self.scene.sessions)]
        return session, self.scene.offer_of(session)

    def _staff_of(self, booking: UUID) -> Any:
        session = self.rows("SELECT activity_session_id AS id FROM booking WHERE id = $1", booking)[0]["id"]
        return self.scene.offer_of(session).staff

    @move(5, hours=st.sampled_from([1, 5, 12, 24, 24, 48, 72]))
    def time_passes(self, hours: int) -> None:
        """Hours to days."""
        self.clock = FixedClock(self.clock.now() + timedelta(hours=hours))

    @move(4)
    def jobs_run(self) -> None:
        """What the schedule does."""
        self.run(self._jobs)

    async def _jobs(self) -> None:
        today = clock.today()
        await settle_lines()
        await waive_refilled(SYSTEM, today - timedelta(days=7), today)
        await charge_kept_places()
        await confirm_by_time()

    @move(4, nth=NTH, outcome=CAME)
    def records(self, nth: int, outcome: Outcome) -> None:
        """What came of a booking, or a correction of it."""
        if found := self.nth_booking(nth, "confirmed delivered missed"):
            staff = self._staff_of(found[0])
            self.run(lambda: record_attendance(staff, found[0], outcome))

    @move(4, nth=NTH)
    def records_a_whole_day(self, nth: int) -> None:
        """Everybody of a date was there."""
        session, offer = self._session(nth)
        for row in self.rows("SELECT id FROM booking WHERE activity_session_id = $1 AND state = 'confirmed'"
                             " ORDER BY array_position($2::uuid[], person_id)",
                             session, [each.person for each in self.scene.people]):  # fmt: skip
            self.run_in_parts(partial(record_attendance, offer.staff, row["id"], Outcome.ATTENDED))

    @move(4, nth=NTH, outcome=CAME | st.none(), council=st.booleans())
    def answers_a_dispute(self, nth: int, outcome: Outcome | None, council: bool) -> None:
        """The seller explains or corrects; the council decides."""
        found = self.rows(
            "SELECT b.id FROM attendance_check c JOIN booking b ON b.id = c.booking_id"
            " WHERE c.state IN ('disputed', 'answered')"
            " ORDER BY array_position($1::uuid[], b.person_id), array_position($2::uuid[], b.activity_session_id),"
            " b.booked_at", [each.person for each in self.scene.people], self.scene.sessions,
        )  # fmt: skip
        if not found:
            return
        booking, answer = found[nth % len(found)]["id"], Answer("We looked at the book.", outcome)
        if council:
            self.run(lambda: decide_dispute(self.scene.world.care_manager, booking, answer))
        else:
            staff = self._staff_of(booking)
            self.run(lambda: answer_dispute(staff, booking, answer))

    @move(2, nth=NTH, council=st.booleans())
    def is_cancelled_by_others(self, nth: int, council: bool) -> None:
        """By the seller at no cost, or by the council what its own money pays for."""
        if found := self.nth_booking(nth, "confirmed"):
            booking, somebody = found
            if council:
                done = self.run(
                    lambda: cancel_booking(self.scene.world.care_manager, booking, Reason.COUNCIL)
                )
                assert done is None or somebody.route is Route.COUNCIL_MANAGED
            else:
                staff = self._staff_of(booking)
                assert self.run(lambda: cancel_booking(staff, booking, Reason.PROVIDER)) in (None, Money(0))

    @move(1, nth=NTH)
    def a_date_is_cancelled(self, nth: int) -> None:
        """With everybody on it."""
        if not self.rare():
            return
        session, offer = self._session(nth)
        self.run(lambda: cancel_date(offer.manager, session, "The worker is ill"))

    @move(1, offer=st.integers(0, 2), day=DAY)
    def a_day_is_cancelled(self, offer: int, day: int) -> None:
        """Every date of a seller's on a day."""
        if not self.rare():
            return
        chosen = self.scene.offers[offer]
        dates = self.rows("SELECT id FROM activity_session WHERE provider_id = $1 AND service_on = $2",
                          chosen.provider, (START + timedelta(days=day)).date())  # fmt: skip
        if dates:
            ids = [row["id"] for row in dates]
            self.run(lambda: cancel_dates(chosen.manager, ids, "The hall is closed"))

    def rare(self) -> bool:
        """Whether enough has happened for something that ends much."""
        return len(getattr(self, "prices", ())) > 5

    @move(5, nth=NTH, change=st.sampled_from(CHANGES), movers=st.sampled_from(Movers))
    def a_date_changes(self, nth: int, change: Change, movers: Movers) -> None:
        """Another day, another time, more or fewer places."""
        session, offer = self._session(nth)
        self.run(lambda: make_change(offer.manager, Asked((session,), change, movers=movers)))

    @move(1, offer=st.integers(0, 1))
    def a_seller_is_stopped(self, offer: int) -> None:
        """At once and for everybody."""
        if not self.rare():
            return
        provider, draft = self.scene.offers[offer].provider, SuspensionDraft("Somebody was hurt.", "Sam Safe")
        self.run(lambda: suspend_provider(self.scene.world.commissioner, provider, draft))

    @move(3, nth=NTH)
    def a_seller_is_released(self, nth: int) -> None:
        """And whoever lost something books it back."""
        found = self.rows("SELECT id FROM suspension WHERE state = 'open' ORDER BY starts_at")
        if found:
            stop = found[nth % len(found)]["id"]
            self.run(lambda: release_provider(self.scene.world.commissioner, stop, "All is well."))
            for each in self.scene.people:
                self.run_in_parts(partial(book_back, each.books, each.person))

    @move(1, who=WHO, kind=st.sampled_from(EndKind), day=st.integers(-3, 5))
    def support_ends(self, who: int, kind: EndKind, day: int) -> None:
        """Somebody died or moves away; a bill of theirs is held aside."""
        if not self.rare():
            return
        somebody, last = self.scene.people[who], self.clock.now().date() + timedelta(days=day)
        council = self.scene.world.care_manager
        self.run(lambda: end_person(council, somebody.person, EndDraft(kind, last)))
        draft = LiabilityDraft(LiabilityKind.WAGES, "Last wages", Money(10_00), "Payslip")
        self.run_in_parts(lambda: set_aside(council, somebody.fund, draft))

    @move(pays=st.booleans())
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

    @move(3, back=st.integers(0, 1))
    def is_billed(self, back: int) -> None:
        """This month, or the one before."""
        month = self.clock.now().date().replace(day=1)
        if back:
            month = (month - timedelta(days=1)).replace(day=1)
        self.run(lambda: issue_invoices(SYSTEM, month))

    @move(3, nth=NTH)
    def is_paid(self, nth: int) -> None:
        """By whoever holds the money, twice with one reference."""
        found = self.rows(
            "SELECT i.id, i.number, i.payer_organisation_id AS payer FROM invoice i ORDER BY number"
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
