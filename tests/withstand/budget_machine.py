"""One person whose budget, holders, bookings and payments change all the time: the half of the model before exits."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from isf.budgets.commands import change_budget, change_route
from isf.budgets.honouring import honour
from isf.budgets.rules import BudgetChange
from isf.ledger.commands import pay_in, send_on, top_up
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.rules import FundDraft
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.apart import Apart
from tests.database import empty_database
from tests.isf.budgets.changing import isf, managed, weekly_budget
from tests.world import World, make_world

REFUSED = (Conflict, Forbidden, Invalid, NotFound)
HOLDERS = ("harbour", "lighthouse", "council")
WEEKLY = ("0", "1.01", "9.99", "21", "35")

# What the budget put into a fund is what was agreed for it and what it still owes back. A fund that was wound up gave
# back what was never paid in and not needed, which can cover what it owed.
_BOOKS = """
    SELECT f.id, f.amount_pence, f.state, f.ends_on,
           (SELECT coalesce(sum(council_share_pence + contribution_pence), 0) FROM fund_share WHERE fund_id = f.id)
               AS shares,
           (SELECT coalesce(sum(still_to_take_pence), 0) FROM over_commitment WHERE fund_id = f.id) AS owed,
           (SELECT count(*) FROM over_commitment o WHERE fund_id = f.id AND state = 'open' AND kind = 'ended') AS ended,
           (SELECT count(*) FROM over_commitment WHERE fund_id = f.id AND state = 'open' AND kind = 'reduction'
               AND still_to_take_pence = 0) AS forgotten,
           (SELECT count(*) FROM booking b WHERE b.fund_id = f.id AND b.state = 'confirmed'
               AND (b.service_on >= f.ends_on OR f.state = 'closed')) AS beyond,
           (SELECT coalesce(sum(price_pence), 0) FROM booking WHERE fund_id = f.id AND state = 'confirmed') AS booked,
           (SELECT coalesce(sum(gross_pence), 0) FROM holder_fee WHERE fund_id = f.id AND state = 'taken') AS fees,
           (SELECT coalesce(sum(e.amount_pence), 0) FROM journal j JOIN entry e ON e.journal_id = j.id
              LEFT JOIN journal r ON r.id = j.reverses_id
             WHERE j.fund_id = f.id AND e.account = 'available'
               AND coalesce(r.kind, j.kind) IN ('promise', 'reduction')) AS promised,
           (SELECT coalesce(max(taken_back_pence), 0) FROM fund_exit WHERE fund_id = f.id) AS given_up,
           (SELECT json_object_agg(kind, balance_pence) FROM account WHERE fund_id = f.id)::text AS accounts
      FROM fund f WHERE f.person_id = $1
"""
_SENT_TO_NEXT = """
    SELECT (SELECT coalesce(sum(early_pence + left_pence), 0) FROM fund_exit
             WHERE person_id = $1 AND to_fund_id IS NOT NULL) AS sent,
           (SELECT coalesce(-sum(e.amount_pence), 0) FROM fund f JOIN journal j ON j.fund_id = f.id
              JOIN entry e ON e.journal_id = j.id AND e.account = 'funding'
             WHERE f.person_id = $1 AND j.kind = 'transfer_in') AS arrived
"""


class BudgetModel(RuleBasedStateMachine):
    """One person whose budget, holders and life change all the time."""

    apart: ClassVar[Apart]

    @initialize()
    def make(self) -> None:
        """Somebody with two parts and sessions of today and of the weeks to come, most of them booked."""
        self.clock = FixedClock(datetime.combine(clock.today(), time(8), tzinfo=LONDON))
        self.run(self._make)
        self.steps = 0

    async def _make(self) -> None:
        await empty_database()
        self.world: World = await make_world()
        self.person, (self.fund, _) = await weekly_budget(
            self.world, isf(self.world, "20", "3.33"), managed(self.world, "10"), weeks=13
        )
        self.sessions: list[UUID] = []
        for number, price in enumerate(("38.50", "50", "0", "21.99")):
            activity = await self.world.activity(title=f"No {number}", price=price, terms=Terms(48, 50))
            for days in (0, 9, 40):
                session = await self.world.session(
                    activity, day=clock.today() + timedelta(days=days), at=time(9 + 2 * number), capacity=3
                )
                self.sessions.append(session)
        for session in self.sessions[1:6]:
            await book(self.world.broker, session, self.fund)

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Run a command by this model's clock; a refusal changes nothing."""
        with use_clock(self.clock):
            try:
                return self.apart.run(work)
            except REFUSED:
                return None

    def _funds(self) -> list[dict[str, Any]]:
        return list(
            self.run(
                lambda: db.fetch_all(
                    "SELECT id, coalesce(holder_organisation_id, holder_user_id) AS holder FROM fund"
                    " WHERE person_id = $1 ORDER BY created_at, id",
                    self.person,
                )
            )
        )

    def _who(self, holder: UUID) -> Actor:
        return {
            self.world.harbour: self.world.broker, self.world.lighthouse: self.world.stranger,
        }.get(holder, self.world.care_manager)  # fmt: skip

    @rule(fund=st.integers(0, 9), session=st.integers(0, 11))
    def books(self, fund: int, session: int) -> None:
        """Book from any fund, by whoever holds it."""
        funds = self._funds()
        chosen = funds[fund % len(funds)]
        self.run(lambda: book(self._who(chosen["holder"]), self.sessions[session], chosen["id"]))

    @rule(which=st.integers(0, 30), outcome=st.sampled_from([*Outcome, None]))
    def ends_a_booking(self, which: int, outcome: Outcome | None) -> None:
        """Cancel one, or fill in its register, again or otherwise."""
        found = self.run(
            lambda: db.fetch_all(
                "SELECT id FROM booking WHERE person_id = $1 ORDER BY booked_at, id", self.person
            )
        )
        if not found:
            return
        booking = found[which % len(found)]["id"]
        if outcome is None or outcome is Outcome.LATE_CANCELLED:
            self.run(lambda: cancel_booking(self.world.care_manager, booking, Reason.BUDGET_CHANGED))
        else:
            self.run(lambda: record_attendance(self.world.staff, booking, outcome))

    @rule(
        version=st.integers(0, 9), day=st.integers(0, 400), last=st.integers(1, 200), weekly=st.sampled_from(WEEKLY),
        other=st.sampled_from(["0", "10", "12.34"]), holder=st.sampled_from(HOLDERS[:2]),
    )  # fmt: skip
    def changes_the_budget(
        self, version: int, day: int, last: int, weekly: str, other: str, holder: str
    ) -> None:
        """A new version: up, down, longer, shorter, with other parts, from a day of any version or the one after it."""
        standing = self.run(
            lambda: db.fetch_all(
                "SELECT starts_on, ends_on, lead(starts_on) OVER (ORDER BY starts_on) AS until FROM personal_budget"
                " WHERE person_id = $1 ORDER BY starts_on", self.person,
            )
        )  # fmt: skip
        chosen = standing[version % len(standing)]
        starts_on = chosen["starts_on"] + timedelta(
            days=day % ((chosen["ends_on"] - chosen["starts_on"]).days + 1)
        )
        ends_on = starts_on + timedelta(days=last)
        part = isf(self.world, weekly, "0", getattr(self.world, holder))
        funds = [fund for fund in (part, managed(self.world, other, other)) if fund.amount]
        change = BudgetChange(
            starts_on, min(ends_on, chosen["until"] or ends_on), funds, "Changed", agreed="They agreed"
        )
        self.run(lambda: change_budget(self.world.care_manager, self.person, change))

    @rule(fund=st.integers(0, 9), day=st.integers(-28, 60), holder=st.sampled_from(HOLDERS))
    def changes_the_holder(self, fund: int, day: int, holder: str) -> None:
        """The rest of a fund goes to somebody else."""
        funds = self._funds()
        chosen = funds[fund % len(funds)]["id"]
        route = Route.COUNCIL_MANAGED if holder == "council" else Route.ISF
        to = FundDraft(route, ZERO, holder_organisation_id=getattr(self.world, holder))
        on = clock.today() + timedelta(days=day)
        self.run(lambda: change_route(self.world.care_manager, chosen, on, to, "Wished for"))

    @rule(
        fund=st.integers(0, 9),
        pence=st.integers(1, 9_999),
        what=st.sampled_from(["council", "person", "top-up"]),
    )
    def pays_in(self, fund: int, pence: int, what: str) -> None:
        """Money comes in: from the council, as the contribution, or the person's own on top."""
        funds = self._funds()
        chosen, name = funds[fund % len(funds)]["id"], str(new_id())
        who, on, amount = self.world.finance_officer, clock.today(), Money(pence)
        if what == "top-up":
            self.run(lambda: top_up(who, chosen, amount, on, reference=name, subject_id=None))
        else:
            source = Account.FUNDING if what == "council" else Account.CONTRIBUTION
            self.run(lambda: pay_in(who, chosen, source, amount, on, reference=name, subject_id=None))

    @rule(fund=st.integers(0, 9))
    def sends_on_what_came_too_early(self, fund: int) -> None:
        """What was paid in too much goes back."""
        funds = self._funds()
        chosen = funds[fund % len(funds)]["id"]
        self.run(partial(self._send_on, chosen))

    async def _send_on(self, fund_id: UUID) -> None:
        too_much = await db.fetch_value(
            "SELECT balance_pence FROM account WHERE fund_id = $1 AND kind = 'promised'", fund_id
        )
        await send_on(
            self.world.finance_officer, fund_id, Account.PROMISED, Money(max(too_much, 0)), clock.today(),
            reference=str(new_id()), subject_id=None,
        )  # fmt: skip

    @rule()
    def honours(self) -> None:
        """The council bears what is missing in the newest over-commitment."""
        over = self.run(
            lambda: db.fetch_value(
                "SELECT id FROM over_commitment WHERE state = 'open' ORDER BY opened_at DESC"
            )
        )
        if over:
            self.run(lambda: honour(self.world.care_manager, over, "It would harm them."))

    @invariant()
    def every_penny_has_an_owner(self) -> None:
        """Each fund holds what was agreed, what it owes back and what was added; nothing booked is lost sight of."""
        if not hasattr(self, "person"):
            return
        for row in self.run(lambda: db.fetch_all(_BOOKS, self.person)):
            books = json.loads(row["accounts"])
            assert sum(books.values()) == 0
            assert row["amount_pence"] == row["shares"], (row, books)
            over = row["promised"] - row["amount_pence"] - row["owed"]
            assert -row["given_up"] <= over <= 0, (row, books)
            assert books["fee"] == row["fees"], (row, books)
            assert books["top_up"] <= 0
            assert books["committed"] == row["booked"]
            assert min(books[kind] for kind in ("available", "committed", "payable")) >= 0
            # What is booked after a fund's end is on the worklist, and nothing settled stays on it.
            assert row["beyond"] == 0 or row["ended"] > 0
            assert row["forgotten"] == 0
        sent = self.run(lambda: db.fetch_one(_SENT_TO_NEXT, self.person))
        assert sent["sent"] == sent["arrived"]

    def teardown(self) -> None:
        """The books prove themselves, and the shares are the budget."""
        assert self.run(verify) == []
        wrong = self.run(
            lambda: db.fetch_value(
                "SELECT count(*) FROM personal_budget b WHERE council_share_pence + contribution_pence <>"
                " (SELECT coalesce(sum(council_share_pence + contribution_pence), 0) FROM fund_share"
                "   WHERE budget_id = b.id)"
            )
        )
        assert wrong == 0
