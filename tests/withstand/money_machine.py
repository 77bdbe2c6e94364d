"""Visits, bills, credits, queries, disputes and closed months, by sellers, payers and people."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import initialize

from invoicing.credits.commands import CreditDraft, bill_again, issue_credit_note
from invoicing.line_queries.commands import query_line, write_to_query
from invoicing.line_queries.rules import Step
from invoicing.periods.commands import close_month
from invoicing.runs.commands import issue_invoices, self_bill
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands as uploads
from marketplace.bookings.checks.commands import (
    Answer,
    accept_answer,
    answer_dispute,
    decide_dispute,
    dispute_attendance,
)
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from providers.commands import SessionDraft, add_single_session
from tests.invoicing.made_invoices import EXEMPT, invoice
from tests.withstand.card_company import CompanyModel
from tests.withstand.money_books import as_it_is, what_is_shown_wrong, what_is_wrong
from tests.withstand.money_scene import START, Offer, Scene, Somebody, laid_again, month_before
from tests.withstand.moving import NTH, among, move

WHO, OFFER = st.integers(0, 3), st.sampled_from([0, 0, 0, 1, 1, 2])
CAME = st.sampled_from([Outcome.ATTENDED, Outcome.ATTENDED, Outcome.ATTENDED, Outcome.ABSENT, None])
LOOK_EVERY = 6
"""Steps after which both sides look at their pages."""


class VisitModel(CompanyModel):
    """What happened, what was billed of it, and what was wrong with that."""

    known = frozenset({
        "conflict", "state_conflict", "invalid", "fund_exhausted", "in_house_blocked", "nothing_left_to_credit",
        "not_credited_whole", "line_queried_already", "cannot_close_period", "self_billed", "number_taken",
        "not_the_proposer", "payment_run_open", "payment_not_owed", "line_in_a_payment", "nothing_to_pay",
        "bank_line_in_the_books", "statement_refused", "already_recorded", "not_by_card", "person_busy",
        "session_begun", "starts_in_the_past", "forbidden", "not_found",
    })  # fmt: skip

    async def as_it_is(self) -> str:
        """See `money_books`."""
        return await as_it_is()

    async def what_is_wrong(self) -> list[tuple[str, str]]:
        """See `money_books`."""
        return await what_is_wrong()

    @initialize(
        visits=st.lists(st.tuples(WHO, OFFER, CAME), min_size=4, max_size=9),
        billed=st.sampled_from([True, True, False]),
    )
    def make(self, visits: list[tuple[int, int, Outcome | None]], billed: bool) -> None:
        """The same small world at the same moment, with some visits a week ago, most often billed."""
        self.clock = FixedClock(START)
        self.scene: Scene = self._run(partial(laid_again, self.apart.dsn))
        self.state = self._run(as_it_is)
        self.made, self.looks, self.given = True, 0, 0
        self.opens()
        for who, offer, came in visits:
            self.state = self._run(as_it_is)
            self.visits(who, offer, came)
        self.clock = FixedClock(START + timedelta(days=9))
        self.the_company_looks_at_the_clock()
        if billed:
            self.run_in_parts(partial(issue_invoices, SYSTEM, self._month(1)))
            self.run_in_parts(partial(self_bill, self.scene.offices[0].first, self._month(1)))
        self.state = self._run(as_it_is)

    def looked_at(self) -> None:
        """Now and then both sides look at their pages."""
        self.looks += 1
        if self.looks % LOOK_EVERY == 0:
            self.both_sides_see_the_same()

    def both_sides_see_the_same(self) -> None:
        """As `what_is_shown_wrong` says."""
        sellers = [each.manager for each in self.scene.offers]
        payers = [each.first for each in self.scene.offices] + [self.scene.people[1].books]
        wrong = self._run(partial(what_is_shown_wrong, sellers, payers))
        assert wrong == [], wrong

    def today(self) -> date:
        """By the model's clock."""
        return self.clock.now().date()

    def chosen(self, nth: int, query: str, *arguments: object) -> db.Row | None:
        """One of the rows."""
        found = self.rows(query, *arguments)
        return found[nth % len(found)] if found else None

    def _somebody(self, person: UUID) -> Somebody:
        return next(each for each in self.scene.people if each.person == person)

    # --- What happened ---------------------------------------------------------------------------------------------

    async def _date(self, offer: Offer, day: date) -> UUID:
        """A date of its own for each visit, five minutes long, so that nobody is in two places at once."""
        taken = await db.fetch_value("SELECT count(*) FROM activity_session WHERE service_on = $1", day)
        at = time(10 + taken // 12, taken % 12 * 5)
        return await add_single_session(offer.manager, offer.activity, SessionDraft(day, at, 5, 1))

    async def _visit(self, somebody: Somebody, offer: Offer, came: Outcome | None) -> None:
        async with db.unit_of_work():
            session = await self._date(offer, self.today())
            booked = await book(somebody.books, session, somebody.fund, wish=offer.wish)
            if came is None:
                await cancel_booking(somebody.books, booked.id, Reason.CHANGED_MIND)
            else:
                await record_attendance(offer.manager, booked.id, came)

    @move(5, who=WHO, offer=OFFER, came=CAME)
    def visits(self, who: int, offer: int, came: Outcome | None) -> None:
        """Booked for today and recorded, or given up late. What a council may not buy from itself is refused."""
        self.run(partial(self._visit, self.scene.people[who], self.scene.offers[offer], came))

    @move(4, days=st.sampled_from([1, 2, 5, 9, 15]))
    def time_passes(self, days: int) -> None:
        """Days to weeks."""
        self.clock = FixedClock(self.clock.now() + timedelta(days=days))
        self.the_company_looks_at_the_clock()
        self.reached.done["time_passes"] += 1

    def _visited(self, nth: int, which: str) -> db.Row | None:
        return self.chosen(
            nth, "SELECT b.id, b.person_id, b.provider_id FROM booking b JOIN attendance t ON t.booking_id = b.id"
            f" LEFT JOIN attendance_check c ON c.booking_id = b.id WHERE {which} ORDER BY b.starts_at",
        )  # fmt: skip

    @move(3, among("bookings", "delivered", "missed"), nth=NTH, came=st.sampled_from(["attended", "absent"]))
    def a_register_is_corrected(self, nth: int, came: str) -> None:
        """Before it is billed, or after it was opened to be billed anew."""
        if found := self._visited(nth, "t.outcome <> 'late_cancelled'"):
            seller = self.scene.seller(found["provider_id"])
            self.run(partial(record_attendance, seller, found["id"], Outcome(came)))

    @move(3, among("bookings", "delivered", "missed"), nth=NTH)
    def a_visit_is_disputed(self, nth: int) -> None:
        """By the person's side, billed or not."""
        if found := self._visited(nth, "true"):
            self.run(
                partial(dispute_attendance, self._somebody(found["person_id"]).books, found["id"], "Not so")
            )

    @move(4, among("checks", "disputed", "answered"), nth=NTH, came=CAME, how=st.integers(0, 2))
    def a_dispute_goes_on(self, nth: int, came: Outcome | None, how: int) -> None:
        """The seller answers, the person is content, or the council decides."""
        found = self._visited(nth, "c.state IN ('disputed', 'answered')")
        assert found is not None
        answer, booking = Answer("We looked", came), found["id"]
        ways = (
            partial(answer_dispute, self.scene.seller(found["provider_id"]), booking, answer),
            partial(accept_answer, self._somebody(found["person_id"]).books, booking),
            partial(decide_dispute, self.scene.world.care_manager, booking, answer),
        )
        self.run(ways[how])

    # --- Bills -----------------------------------------------------------------------------------------------------

    def _month(self, back: int) -> date:
        month = self.today().replace(day=1)
        return month_before(month) if back else month

    @move(6, among("bookings", "delivered", "missed", "cancelled"), back=st.integers(0, 1))
    def is_billed(self, back: int) -> None:
        """This month, or the one before, by the schedule."""
        self.run(partial(issue_invoices, SYSTEM, self._month(back)))

    @move(4, among("bookings", "delivered", "missed"), back=st.integers(0, 1))
    def harbour_writes_its_suppliers_invoices(self, back: int) -> None:
        """What 1st Enable delivered on its money."""
        self.run(partial(self_bill, self.scene.offices[0].first, self._month(back)))

    @move(5, among("bookings", "delivered", "missed"), who=WHO, most=st.integers(1, 3),
          off=st.sampled_from([0, 0, 0, 1, 700]))  # fmt: skip
    def pettypool_sends_its_own_invoice(self, who: int, most: int, off: int) -> None:
        """For some of what waits; the last line may ask too much."""
        somebody, seller = self.scene.people[who], self.scene.offers[0]
        rows = self.rows(
            "SELECT b.reference, b.service_on, t.charge_pence FROM booking b JOIN attendance t ON t.booking_id = b.id"
            "  JOIN fund f ON f.id = b.fund_id WHERE b.provider_id = $1 AND t.charge_pence > 0"
            "   AND $2 IN (f.holder_organisation_id, f.holder_user_id) ORDER BY b.starts_at DESC LIMIT $3",
            seller.provider, somebody.payer, most,
        )  # fmt: skip
        if rows:
            self.given += 1
            file = _own_invoice(rows, off, f"OWN-{self.given}", self.today())
            draft = self.run(partial(uploads.check_ubl, seller.manager, somebody.payer, file))
            if draft is not None:
                self.run_in_parts(partial(uploads.send, seller.manager, draft))

    @move(2, among("asked", "queried"), nth=NTH)
    def a_line_that_differs_is_withdrawn(self, nth: int) -> None:
        """Of a supplier's own invoice."""
        found = self.chosen(
            nth, "SELECT l.id, l.received_id FROM received_line l JOIN received_invoice r ON r.id = l.received_id"
            " WHERE l.state = 'queried' ORDER BY r.number, l.position",
        )  # fmt: skip
        assert found is not None
        self.run(partial(uploads.withdraw, self.scene.offers[0].manager, found["received_id"], found["id"]))

    # --- What is wrong with them -----------------------------------------------------------------------------------

    def _line(self, nth: int, which: str = "true") -> db.Row | None:
        return self.chosen(
            nth, "SELECT l.id, l.invoice_id, l.booking_id, i.provider_id, i.payer_organisation_id AS payer,"
            " l.gross_pence - line_credited_pence(l.id) AS left"
            " FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id"
            f" WHERE {which} ORDER BY i.number, l.position",
        )  # fmt: skip

    @move(7, among("invoices"), nth=NTH, share=st.sampled_from([1, 50, 100, 100, None]))
    def is_credited(self, nth: int, share: int | None) -> None:
        """A penny of a line, half of it, all that is left of it, or the whole invoice."""
        found = self._line(nth, "line_credited_pence(l.id) < l.gross_pence")
        if found is None:
            return
        wanted = [found]
        if share is None:
            wanted = self.rows(
                "SELECT id, gross_pence - line_credited_pence(id) AS left FROM invoice_line"
                " WHERE invoice_id = $1 AND gross_pence > line_credited_pence(id)",
                found["invoice_id"],
            )
        amounts = {each["id"]: _share(each["left"], share) for each in wanted}
        draft = CreditDraft(amounts, "It was wrong", new_id())
        self.run(
            partial(issue_credit_note, self.scene.seller(found["provider_id"]), found["invoice_id"], draft)
        )

    @move(5, among("credits"), nth=NTH)
    def is_opened_to_be_billed_anew(self, nth: int) -> None:
        """What was credited whole, once its money is back."""
        found = self._line(nth, "line_credited_pence(l.id) = l.gross_pence")
        if found:
            self.run(
                partial(bill_again, self.scene.seller(found["provider_id"]), found["booking_id"], "Wrong")
            )

    @move(5, among("invoices", "issued", "part_paid"), nth=NTH)
    def a_line_is_queried(self, nth: int) -> None:
        """By its payer: the rest stays payable."""
        found = self._line(nth, "line_open_pence(l.id) > 0")
        if found:
            payer = self.scene.payer(found["payer"])
            self.run(partial(query_line, payer, found["invoice_id"], found["id"], "What is this?"))

    @move(6, among("queries", "asked", "explained", "disputed"), nth=NTH,
          step=st.sampled_from([Step.EXPLAIN, Step.DISPUTE, Step.ACCEPT]))  # fmt: skip
    def a_query_goes_on(self, nth: int, step: Step) -> None:
        """Explained by the seller, accepted or kept up by the payer."""
        found = self.chosen(
            nth, "SELECT q.id, i.provider_id, i.payer_organisation_id AS payer FROM line_query q"
            " JOIN invoice_line l ON l.id = q.invoice_line_id JOIN invoice i ON i.id = l.invoice_id"
            " WHERE q.state IN ('asked', 'explained', 'disputed') ORDER BY i.number, l.position",
        )  # fmt: skip
        assert found is not None
        seller, payer = self.scene.seller(found["provider_id"]), self.scene.payer(found["payer"])
        self.run(
            partial(write_to_query, seller if step is Step.EXPLAIN else payer, found["id"], step, "So it was")
        )

    @move(2, office=st.integers(0, 1))
    def a_month_is_closed(self, office: int) -> None:
        """Whatever is corrected afterwards counts later."""
        self.run(partial(close_month, self.scene.offices[office].first, month_before(self.today())))


def _share(left: int, percent: int | None) -> Money:
    return Money(1 if percent == 1 else max(1, left * (percent or 100) // 100))


def _own_invoice(rows: Sequence[dict[str, Any]], off: int, number: str, today: date) -> bytes:
    """What the provider's own program writes."""
    asked = [row["charge_pence"] for row in rows]
    asked[-1] += off
    document = invoice(
        [("P-1", 1, "Garden group", EXEMPT, pence) for pence in asked],
        number=number, issued_on=today, due_on=today, period_starts=today, period_ends=today,
    )  # fmt: skip
    (person,) = document.people
    lines = tuple(
        replace(line, booking_reference=row["reference"], service_date=row["service_on"])
        for line, row in zip(person.lines, rows, strict=True)
    )
    return ubl_invoice(replace(document, people=(replace(person, lines=lines),)))
