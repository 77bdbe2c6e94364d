"""Any order of book, cancel, attend, invoice and pay, against the real database, leaves every penny with an owner."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, time
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.apart import Apart
from tests.database import empty_database, make_database_apart
from tests.world import World, balances, make_world

PRICES = {9: "38.50", 11: "12.00", 13: "6.21", 15: "0.00"}
OPENING = 6_000


class MoneyModel(RuleBasedStateMachine):
    """What should be in each fund, kept in four numbers, beside what is."""

    apart: ClassVar[Apart]
    bookings = Bundle("bookings")

    @initialize()
    def make(self) -> None:
        """Three people with £60 each, four sessions of today with two places each, one of them at the same time."""
        noon = datetime.combine(clock.today(), time(8), tzinfo=LONDON)
        self.clock = FixedClock(noon)
        self.run(self._make)
        self.money = {fund: [OPENING, 0, 0, 0] for fund in self.funds}
        self.held: dict[UUID, tuple[UUID, int]] = {}
        self.delivered: dict[UUID, tuple[UUID, int, int]] = {}
        self.billed: dict[UUID, int] = {}
        self.given_up: set[UUID] = set()

    async def _make(self) -> None:
        await empty_database()
        self.world: World = await make_world()
        made = [await self.world.person_with_fund(f"Person {n}", Route.ISF, "60.00") for n in range(3)]
        self.funds = [fund for _, fund in made]
        self.sessions: list[tuple[UUID, int]] = []
        for hour, price in PRICES.items():
            activity = await self.world.activity(title=f"At {hour}", price=price, terms=Terms(48, 50))
            for _ in range(2):
                session = await self.world.session(
                    activity, day=clock.today(), at=time(hour, len(self.sessions)), capacity=2
                )
                self.sessions.append((session, Money.parse(price).pence))

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run a command by this model's clock."""
        with use_clock(self.clock):
            return self.apart.run(work)

    @rule(target=bookings, fund=st.integers(0, 2), session=st.integers(0, 7))
    def book(self, fund: int, session: int) -> Any:
        """Book, and expect exactly the price to move; a refusal moves nothing."""
        fund_id, (session_id, price) = self.funds[fund], self.sessions[session]
        try:
            booked = self.run(lambda: book(self.world.broker, session_id, fund_id))
        except Conflict as refusal:
            assert refusal.code in {"session_full", "person_busy", "fund_exhausted"}
            if refusal.code == "fund_exhausted":
                assert self.money[fund_id][0] < price
            return multiple()
        self._move(fund_id, 0, 1, price)
        self.held[booked.id] = (fund_id, price)
        return booked.id

    @rule(booking=bookings, because=st.sampled_from([Reason.PERSON_ILL, Reason.CHANGED_MIND]))
    def cancel(self, booking: UUID, because: Reason) -> None:
        """Cancel inside the notice window: half is charged, the rest is left again; a second time is refused."""
        try:
            charge = self.run(lambda: cancel_booking(self.world.broker, booking, because))
        except DomainError as refusal:
            assert refusal.code == "state_conflict"
            assert booking not in self.held
            return
        fund, price = self.held.pop(booking)
        assert charge == Money(price).share(50)
        self._move(fund, 1, 2, charge.pence)
        self._move(fund, 1, 0, price - charge.pence)
        self.delivered[booking] = (fund, price, charge.pence)
        self.given_up.add(booking)

    @rule(booking=bookings, outcome=st.sampled_from([Outcome.ATTENDED, Outcome.ABSENT]))
    def attend(self, booking: UUID, outcome: Outcome) -> None:
        """Fill in the register, again or otherwise; once billed it stands."""
        try:
            charge = self.run(lambda: record_attendance(self.world.staff, booking, outcome)).pence
        except Conflict:
            assert booking not in self.held
            return
        if booking in self.held:
            fund, price = self.held.pop(booking)
        else:
            fund, price, before = self.delivered[booking]
            if booking in self.billed:
                assert charge == before
                return
            # The correction takes the first register back: the whole price is booked again.
            self._move(fund, 2, 1, before)
            self._move(fund, 0, 1, price - before)
        self._move(fund, 1, 2, charge)
        self._move(fund, 1, 0, price - charge)
        self.delivered[booking] = (fund, price, charge)

    @rule()
    def invoice(self) -> None:
        """Bill the month: what is owed and not yet billed, once."""
        run = self.run(lambda: issue_invoices(SYSTEM, clock.today().replace(day=1)))
        # A place given up late waits for the end of its session, which this model's clock never reaches.
        owed = {
            booking: charge
            for booking, (_, _, charge) in self.delivered.items()
            if charge and booking not in self.given_up
        }
        new = {booking: charge for booking, charge in owed.items() if booking not in self.billed}
        assert run.total.pence == sum(new.values())
        self.billed.update(new)

    @rule()
    def pay(self) -> None:
        """Pay every unpaid invoice; paying with the same reference again changes nothing."""
        unpaid = self.run(lambda: db.fetch_all("SELECT id, number FROM invoice WHERE state = 'issued'"))
        for invoice in unpaid:
            for fund, pence in self.run(partial(self._pay_twice, invoice["id"], invoice["number"])):
                self._move(fund, 2, 3, pence)

    async def _pay_twice(self, invoice: UUID, reference: str) -> list[tuple[UUID, int]]:
        for _ in range(2):
            await mark_paid(self.world.broker, invoice, reference, clock.today())
        lines = await db.fetch_all(
            "SELECT fund_id, gross_pence FROM invoice_line WHERE invoice_id = $1", invoice
        )
        return [(line["fund_id"], line["gross_pence"]) for line in lines]

    def _move(self, fund: UUID, frm: int, to: int, pence: int) -> None:
        self.money[fund][frm] -= pence
        self.money[fund][to] += pence

    @invariant()
    def every_fund_is_as_expected(self) -> None:
        """Available, committed, payable and paid are what the model says, and none is below zero."""
        for fund, expected in getattr(self, "money", {}).items():
            found = self.run(partial(balances, fund))
            told = [found[kind] for kind in ("available", "committed", "payable", "paid")]
            assert told == expected
            assert min(told) >= 0
            assert sum(told) == OPENING

    def teardown(self) -> None:
        """The books prove themselves, every place is accounted for, and nothing is billed twice."""
        assert self.run(verify) == []
        wrong = self.run(
            lambda: db.fetch_value(
                "SELECT count(*) FROM activity_session s WHERE places_taken <> (SELECT count(*) FROM booking b"
                " WHERE b.activity_session_id = s.id AND b.state IN ('held', 'confirmed', 'delivered', 'missed'))"
            )
        )
        assert wrong == 0
        billed = self.run(lambda: db.fetch_all("SELECT booking_id FROM invoice_line"))
        assert len(billed) == len({row["booking_id"] for row in billed}) == len(self.billed)


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Connections of their own for the model."""
    made = Apart(make_database_apart("_model"))
    yield made
    made.close()


@pytest.mark.row("B2")
@pytest.mark.row("V1")
@pytest.mark.row("V9")
def test_any_order_of_events_leaves_every_penny_with_an_owner(apart: Apart) -> None:
    MoneyModel.apart = apart
    MoneyModel.TestCase.settings = settings(
        max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    MoneyModel.TestCase().runTest()
