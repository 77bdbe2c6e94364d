"""Hard case 7: the same attendance claimed by card and by ISF; a webhook delivered five times, out of order.

Mia lives with a direct payment and an ISF. Her visit is booked once, paid once and claimed once, whichever way asks
again, and however often and in whatever order the card company tells of it.
"""

import asyncio
from dataclasses import dataclass
from itertools import permutations
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio
from litestar.testing import AsyncTestClient

from invoicing.cards.commands import pay
from invoicing.cards.jobs import send_refunds
from invoicing.cards.settling import Settled, settle
from invoicing.runs.commands import issue_invoices
from isf.commands import BudgetDraft, FundDraft, PersonDraft, create_budget, create_person
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking, let_go, record_attendance
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from tests.invoicing.cards.table import ACCOUNT, PRICE, Table
from tests.invoicing.cards.test_webhooks import deliver
from tests.world import balances, persona

Client = AsyncTestClient[Any]
PAID, SUCCEEDED, BACK = "checkout.session.completed", "payment_intent.succeeded", "charge.refunded"
EACH = 20_000


@dataclass(frozen=True)
class Mia:
    """Somebody with two pots of money."""

    user: Actor
    direct: UUID
    isf: UUID

    async def money(self) -> tuple[dict[str, int], dict[str, int]]:
        """What is left, booked, to be paid and paid in both; the books are proved on the way."""
        assert await verify() == []
        wanted = ("available", "committed", "payable", "paid")
        told = [await balances(fund) for fund in (self.direct, self.isf)]
        first, second = ({name: each[name] for name in wanted if each[name]} for each in told)
        return first, second


@pytest_asyncio.fixture
async def mia(table: Table) -> Mia:
    """£200 as a direct payment, £200 as an ISF with Harbour."""
    world = table.world
    user = await persona("Mia Example", Role.DIRECT_PAYMENT_HOLDER)
    person = await create_person(world.care_manager, PersonDraft(name="Mia Example", user_id=user.user_id))
    made = await create_budget(
        world.care_manager, person,
        BudgetDraft(Money(2 * EACH), ZERO, world.starts_on, world.ends_on, [
            FundDraft(Route.DIRECT_PAYMENT, Money(EACH), holder_user_id=user.user_id),
            FundDraft(Route.ISF, Money(EACH), holder_organisation_id=world.harbour),
        ]),
    )  # fmt: skip
    await world.agree_plan(person)
    return Mia(user, *made.fund_ids)


async def paid(table: Table, mia: Mia, session: UUID) -> tuple[UUID, str]:
    """A page that Mia has paid and of which nobody here knows: its booking and its name."""
    started = await pay(mia.user, session, mia.direct)
    table.type_card(started.url)
    return started.booking_id, (await table.payment(started.booking_id))["checkout_id"]


async def claims() -> list[tuple[UUID, str]]:
    return [(row["booking_id"], row["kind"]) for row in await db.fetch_all("SELECT * FROM claim")]


@pytest.mark.row("V9")
async def test_hard_case_7_what_a_card_paid_no_isf_pays_whatever_is_tried(table: Table, mia: Mia) -> None:
    world = table.world
    session = await world.session_today()
    booking, checkout = await paid(table, mia, session)
    with pytest.raises(Conflict):
        await book(world.broker, session, mia.isf)
    assert await settle(checkout, ACCOUNT) is Settled.PAID
    with pytest.raises(Conflict):
        await book(world.broker, session, mia.isf)
    await record_attendance(world.manager, booking, Outcome.ATTENDED)
    for _ in range(2):
        assert (await issue_invoices(SYSTEM, clock.today().replace(day=1))).invoices == ()
    for statement in (
        "INSERT INTO claim (booking_id, kind) VALUES ($1, 'invoice')",
        "UPDATE claim SET kind = 'invoice' WHERE booking_id = $1",
        "DELETE FROM claim WHERE booking_id = $1",
    ):
        with pytest.raises((asyncpg.UniqueViolationError, asyncpg.RestrictViolationError)):
            await db.execute(statement, booking)
    assert await claims() == [(booking, "card")]
    assert await mia.money() == ({"available": EACH - PRICE, "paid": PRICE}, {"available": EACH})


@pytest.mark.row("V9")
async def test_hard_case_7_what_the_isf_has_booked_meanwhile_the_card_gives_back(
    table: Table, mia: Mia
) -> None:
    world = table.world
    session = await world.session_today()
    late, checkout = await paid(table, mia, session)
    await let_go(SYSTEM, late, "the hold was over before the payment came")
    booking = (await book(world.broker, session, mia.isf)).id
    told = await asyncio.gather(*(settle(checkout, ACCOUNT) for _ in range(5)))
    assert set(told) == {Settled.REFUND}
    assert await send_refunds() == "1 refund sent, 0 waiting"
    await record_attendance(world.manager, booking, Outcome.ATTENDED)
    assert len((await issue_invoices(SYSTEM, clock.today().replace(day=1))).invoices) == 1
    assert await claims() == [(booking, "invoice")]
    assert await mia.money() == ({"available": EACH}, {"available": EACH - PRICE, "payable": PRICE})


@pytest.mark.row("V9")
async def test_hard_case_7_both_at_the_same_moment_leave_one_booking(table: Table, mia: Mia) -> None:
    session = await table.world.session_today()
    tries = await asyncio.gather(
        *(pay(mia.user, session, mia.direct), book(table.world.broker, session, mia.isf)),
        return_exceptions=True,
    )
    assert [isinstance(each, Conflict) for each in tries].count(True) == 1
    live = "SELECT count(*) FROM booking WHERE state IN ('held', 'confirmed')"
    assert await db.fetch_value(live) == 1
    first, second = await mia.money()
    assert first.get("committed", 0) + second.get("committed", 0) == PRICE


@pytest.mark.row("V7")
@pytest.mark.row("V9")
@pytest.mark.parametrize("order", list(permutations((PAID, SUCCEEDED, BACK))), ids="-".join)
async def test_hard_case_7_five_deliveries_of_each_message_in_any_order(
    table: Table, mia: Mia, client: Client, order: tuple[str, ...]
) -> None:
    booking, checkout = await paid(table, mia, await table.world.session())
    await settle(checkout, ACCOUNT)
    await cancel_booking(mia.user, booking, Reason.CHANGED_MIND)
    await send_refunds()
    letters = {kind: table.receiver.wait_for(kind) for kind in order}
    before = await mia.money()
    for kind in order * 5:
        assert await deliver(client, letters[kind]) == 200
    assert await mia.money() == before == ({"available": EACH}, {"available": EACH})
    assert await claims() == [(booking, "card")]
    kinds = [
        row["kind"] for row in await db.fetch_all("SELECT kind FROM journal WHERE subject_id = $1", booking)
    ]
    assert sorted(kinds) == ["card", "card_refund", "hold"]
    assert await db.fetch_value("SELECT count(*) FROM stripe_event WHERE handled") == len(order)
