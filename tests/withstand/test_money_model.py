"""Any order of budget versions, holders, bookings, payments in, own money, fees, time and exits: every penny owned.

One machine mixes them all. A refusal changes nothing; whatever is not refused leaves each ledger whole.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import rule

from isf.agreements.commands import sign_agreement
from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.books import purse_of
from isf.agreements.exits.finishing import finish_exit, send_late_money, start_winding_up
from isf.agreements.exits.rules import ExitDraft, ExitReason
from isf.agreements.fees.commands import take_fees
from isf.agreements.rules import Fee, FeeKind, Terms
from isf.commands import give_authority
from isf.ledger.commands import Settled, give_top_up_back, pay_in, settle
from isf.ledger.rules import Account
from marketplace.bookings.commands import cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.apart import Apart
from tests.database import make_database_apart
from tests.isf.agreements.agreed import offered, shown
from tests.withstand.budget_machine import BudgetModel

FEES = (
    Fee(FeeKind.WEEKLY, amount=Money(123), vat_basis_points=2000),
    Fee(FeeKind.MONTHLY, amount=Money(999)),
    Fee(FeeKind.PERCENT, basis_points=425, vat_basis_points=2000),
)
CASH = ("available", "committed", "payable", "promised")


class MoneyModel(BudgetModel):
    """The same person, with agreements and fees, own money that comes and goes, time that passes, and exits."""

    async def _make(self) -> None:
        await super()._make()
        await give_authority(
            self.world.care_manager, self.person, AuthorityKind.NOMINATED_PERSON, [Scope.SEE],
            user_id=self.world.sister.user_id, starts_on=clock.today() - timedelta(days=30),
        )  # fmt: skip
        await self._agree(self.fund, 0, FEES[0])

    def _pick(self, number: int) -> dict[str, Any]:
        funds = self._funds()
        return funds[number % len(funds)]

    @rule(days=st.integers(1, 12))
    def days_pass(self, days: int) -> None:
        """Time goes on, and the clock's jobs run."""
        self.clock = FixedClock(self.clock.now() + timedelta(days=days))
        self.run(lambda: start_winding_up(SYSTEM))

    @rule(fund=st.integers(0, 9), day=st.integers(0, 40), fee=st.sampled_from(FEES))
    def agrees(self, fund: int, day: int, fee: Fee) -> None:
        """A version of an agreement, signed by everybody."""
        chosen = self._pick(fund)["id"]
        self.run(lambda: self._agree(chosen, day, fee))

    async def _agree(self, fund_id: UUID, day: int, fee: Fee) -> None:
        row = await db.fetch_one(
            "SELECT starts_on, holder_organisation_id AS holder FROM fund WHERE id = $1", fund_id
        )
        assert row is not None
        async with db.unit_of_work():
            agreed = Terms(starts_on=row["starts_on"] + timedelta(days=day), fee=fee)
            agreement = await offered(self.world, fund_id, agreed)
            for actor in (self.world.sister, self.world.care_manager, self._who(row["holder"])):
                await sign_agreement(actor, agreement, await shown(agreement))

    @rule()
    def takes_fees(self) -> None:
        """The holders take what is due."""
        self.run(lambda: take_fees(SYSTEM))

    @rule(fund=st.integers(0, 9), pence=st.integers(1, 9_999))
    def gives_own_money_back(self, fund: int, pence: int) -> None:
        """The person wants some of their own money back, perhaps more than it is."""
        chosen, name = self._pick(fund)["id"], str(new_id())
        self.run(
            lambda: give_top_up_back(
                SYSTEM, chosen, Money(pence), clock.today(), reference=name, subject_id=None
            )
        )

    @rule(
        fund=st.integers(0, 9), days=st.integers(-7, 20), to=st.integers(0, 9) | st.none(),
        reason=st.sampled_from([ExitReason.DIED, ExitReason.PERSON_WISH, ExitReason.OVER]),
    )  # fmt: skip
    def announces_an_end(self, fund: int, days: int, to: int | None, reason: ExitReason) -> None:
        """A fund is to end: to the council, or to another fund."""
        running = self.run(
            lambda: db.fetch_all(
                "SELECT id, ends_on FROM fund WHERE person_id = $1 AND state = 'open'"
                " AND id NOT IN (SELECT fund_id FROM fund_exit) ORDER BY ends_on DESC, id",
                self.person,
            )
        )
        if not running:
            return
        chosen = running[fund % len(running)]
        others = [row["id"] for row in running if row is not chosen]
        draft = ExitDraft(
            min(self._today() + timedelta(days=days), chosen["ends_on"]), reason, "A test",
            others[to % len(others)] if others and to is not None else None, "Everybody agreed",
        )  # fmt: skip
        self.run(lambda: exit_fund(self.world.care_manager, chosen["id"], draft))

    def _today(self) -> Any:
        return self.clock.now().date()

    @rule(fund=st.integers(0, 9), to=st.integers(0, 9) | st.none())
    def ends_a_fund_at_once(self, fund: int, to: int | None) -> None:
        """Announced today, without notice, and finished."""
        self.announces_an_end(fund, 0, to, ExitReason.DIED)
        self.finishes_an_end(fund)

    @rule(which=st.integers(0, 9))
    def finishes_an_end(self, which: int) -> None:
        """Whatever is in the way is settled, and the money goes on."""
        exits = self.run(
            lambda: db.fetch_all(
                "SELECT id, fund_id FROM fund_exit WHERE person_id = $1 AND state <> 'completed' AND ends_on <= $2"
                " ORDER BY announced_at DESC, id", self.person, self._today(),
            )
        )  # fmt: skip
        if not exits:
            return
        chosen = exits[which % len(exits)]
        self._clear_bookings(chosen["fund_id"])
        for more in (0, 100_000):  # A last fee can need more than was there.
            self.run(partial(self._pay_what_is_missing, chosen["fund_id"], Money(more)))
            if self.run(lambda: finish_exit(self.world.finance_officer, chosen["id"])) is not None:
                self.run(lambda: self._check_ended(chosen["fund_id"]))
                break

    def _clear_bookings(self, fund_id: UUID) -> None:
        for row in self.run(
            lambda: db.fetch_all("SELECT id FROM booking WHERE fund_id = $1 AND state = 'confirmed'", fund_id)
        ):
            booking = row["id"]
            self.run(partial(cancel_booking, self.world.care_manager, booking, Reason.OTHER))
            self.run(partial(record_attendance, self.world.staff, booking, Outcome.ATTENDED))

    async def _pay_what_is_missing(self, fund_id: UUID, more: Money) -> None:
        now = await purse_of(fund_id)
        async with db.unit_of_work():
            await settle(SYSTEM, [Settled(new_id(), fund_id, now.payable)], clock.today())
            await pay_in(
                SYSTEM, fund_id, Account.FUNDING, now.short + more, clock.today(),
                reference=str(new_id()), subject_id=None,
            )  # fmt: skip

    async def _check_ended(self, fund_id: UUID) -> None:
        row = await db.fetch_one(
            "SELECT f.state, (SELECT count(*) FROM statement s WHERE s.fund_id = f.id AND s.kind = 'final') AS told,"
            "       (SELECT count(*) FROM account a WHERE a.fund_id = f.id AND a.kind = ANY ($2)"
            "           AND balance_pence <> 0) AS something_left FROM fund f WHERE f.id = $1",
            fund_id,
            list(CASH),
        )
        assert row == {"state": "closed", "told": 1, "something_left": 0}

    @rule()
    def sends_late_money_on(self) -> None:
        """What came into a fund after its end goes the same way."""
        self.run(lambda: send_late_money(SYSTEM))


@pytest.fixture(scope="module")
def apart() -> Iterator[Apart]:
    """Connections of their own for the model."""
    made = Apart(make_database_apart("_money"))
    yield made
    made.close()


@pytest.mark.row("F2")
@pytest.mark.row("F3")
@pytest.mark.row("F5")
@pytest.mark.row("I6")
@pytest.mark.row("W2")
def test_any_order_of_changes_payments_and_exits_leaves_every_penny_with_an_owner(apart: Apart) -> None:
    MoneyModel.apart = apart
    MoneyModel.TestCase.settings = settings(
        max_examples=18, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck)
    )
    MoneyModel.TestCase().runTest()
