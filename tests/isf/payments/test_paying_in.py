"""A proposal from its making to the books: who may do what, what is kept back, and what two at once come to."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.payments.paying_in import commands, proposing, queries
from isf.payments.paying_in.posting import post_approved, resume_all
from isf.payments.paying_in.rules import LineFigures, LineState, PaymentState, reasons
from marketplace.identity.access import Actor
from marketplace.identity.commands import create_council
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.payments.making import line_of, on, paid_into, pay, proposed, second_officer
from tests.world import World, balances, persona


async def state_of(payment: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM payment_in WHERE id = $1", payment))


@pytest.mark.row("I1")
@pytest.mark.row("F3")
async def test_the_council_pays_into_every_fund_by_its_route_after_two_officers_looked(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    head = await queries.payment(frank, payment)
    assert (head.state, head.lines, head.proposed_by_name) == (PaymentState.PROPOSED, 3, "")
    totals = {each.route: each for each in await queries.totals(frank, payment)}
    assert totals[Route.ISF].holder == "Harbour Brokerage"
    assert sum(each.amount_pence for each in totals.values()) == head.amount_pence
    assert head.amount_pence - head.bank_pence == totals[Route.COUNCIL_MANAGED].amount_pence
    assert await paid_into(world.emma_isf) == 0
    await commands.check_payment(frank, payment)
    assert await commands.approve_payment(world.finance_officer, payment) == 3
    after = await queries.payment(frank, payment)
    assert (after.state, after.posted_lines, after.ledger_pence) == (PaymentState.PAID, 3, head.amount_pence)
    # 84 of the fund's 360 days, of the council's £875.00.
    assert await paid_into(world.emma_isf) == 87_500 * 84 // 360
    told = await balances(world.emma_isf)
    assert told["promised"] == -100_000 + 20_416
    assert told["available"] == 100_000
    assert await verify() == []


@pytest.mark.row("I1")
async def test_the_holder_is_told_what_came_for_whom_and_money_that_stays_needs_no_letter(
    world: World,
) -> None:
    await pay(world, await second_officer(world))
    letters = await db.fetch_all(
        "SELECT recipient, subject, body FROM outbox_message WHERE subject LIKE '%PI-%' ORDER BY recipient"
    )
    assert [letter["recipient"] for letter in letters] == ["accounts@harbour.example", "dan@example.com"]
    reference = await db.fetch_value("SELECT reference FROM person WHERE id = $1", world.emma)
    assert f"{reference}: £204.16 for" in letters[0]["body"]
    assert "Emma" not in letters[0]["body"]


async def test_who_checked_a_payment_does_not_approve_it_nor_who_proposed_it(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposing.propose_now(frank)
    await commands.check_payment(world.finance_officer, payment)
    with pytest.raises(Forbidden, match="because you checked it"):
        await commands.approve_payment(world.finance_officer, payment)
    with pytest.raises(Forbidden, match="because you proposed it"):
        await commands.approve_payment(frank, payment)
    assert await state_of(payment) == PaymentState.CHECKED
    assert await paid_into(world.emma_isf) == 0


async def test_the_database_refuses_one_person_for_both_and_a_line_paid_before(world: World) -> None:
    payment, fiona = await proposed(world), world.finance_officer.user_id
    with pytest.raises(Forbidden, match="Another finance officer"):
        async with db.unit_of_work():
            await db.execute(
                "UPDATE payment_in SET state = 'approved', checked_by = $2, approved_by = $2 WHERE id = $1",
                payment,
                fiona,
            )
    with pytest.raises(asyncpg.CheckViolationError, match="payment_in_two_people"):
        await db.execute(
            "UPDATE payment_in SET state = 'approved', checked_by = $2 WHERE id = $1", payment, fiona
        )
    line = await line_of(payment, world.emma_isf)
    journal = await ledger.pay_in(
        SYSTEM, world.emma_isf, Account.FUNDING, Money(line["amount_pence"]), clock.today(),
        reference="by hand", subject_id=None,
    )  # fmt: skip
    with pytest.raises(asyncpg.CheckViolationError, match="once its payment is approved"):
        await db.execute(
            "UPDATE payment_in_line SET state = 'paid', journal_id = $2, paid_on = current_date WHERE id = $1",
            line["id"],
            journal,
        )
    for change in ("amount_pence = 1", "fund_id = gen_random_uuid()", "covers_until = covers_until + 1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"UPDATE payment_in_line SET {change} WHERE id = $1", line["id"])  # noqa: S608
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("DELETE FROM payment_in_line")


async def test_only_finance_officers_of_the_council_see_it(world: World) -> None:
    payment = await proposed(world)
    for actor in (world.care_manager, world.commissioner, world.broker, world.emma_user):
        with pytest.raises(Forbidden):
            await queries.payment(actor, payment)
        with pytest.raises(Forbidden):
            await commands.check_payment(actor, payment)
    other = await _other_officer(world)
    for act in (queries.payment, commands.check_payment, commands.approve_payment):
        with pytest.raises(NotFound):
            await act(other, payment)


async def _other_officer(world: World) -> Actor:
    return await persona("Otis Otherfinance", Role.FINANCE_OFFICER, world.other_council)


async def test_the_job_and_the_button_at_once_make_one_proposal(world: World) -> None:
    made = await asyncio.gather(*(proposing.propose(SYSTEM, world.council) for _ in range(6)))
    assert sum(each is not None for each in made) == 1
    assert await db.fetch_value("SELECT count(*) FROM payment_in_line") == 3
    with pytest.raises(proposing.NothingDue):
        await proposing.propose_now(world.finance_officer)


async def test_two_officers_who_approve_at_once_pay_once_and_one_is_told(world: World) -> None:
    frank = await second_officer(world)
    gina = await persona("Gina Finance", Role.FINANCE_OFFICER, world.council)
    payment = await proposed(world)
    await commands.check_payment(frank, payment)
    told = await asyncio.gather(
        commands.approve_payment(world.finance_officer, payment),
        commands.approve_payment(gina, payment),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in told) == ["StateConflict", "int"]
    assert await paid_into(world.emma_isf) == 20_416
    assert await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'funding'") == 3


async def test_books_entered_by_several_at_once_are_entered_once(world: World) -> None:
    frank = await second_officer(world)
    payment = await _approved(world, frank)
    posted = await asyncio.gather(*(post_approved(payment, batch=1) for _ in range(4)))
    assert sum(posted) == 3
    assert await resume_all() == 0
    assert await state_of(payment) == PaymentState.PAID
    assert await db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject LIKE '%PI-%'") == 2


async def _approved(world: World, frank: Actor) -> UUID:
    """Approved, and the process died before anything was entered."""
    payment = await proposed(world)
    await commands.check_payment(frank, payment)
    async with db.unit_of_work():
        await commands.approve_payment(world.finance_officer, payment)
    assert await state_of(payment) == PaymentState.APPROVED
    return payment


async def test_what_is_kept_back_waits_with_its_reason_until_it_is_let_go(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    line = await line_of(payment, world.emma_isf)
    with pytest.raises(Invalid):
        await commands.hold_line(frank, payment, line["id"], "  ")
    await commands.hold_line(frank, payment, line["id"], "The holder changes banks")
    await commands.check_payment(frank, payment)
    await commands.approve_payment(world.finance_officer, payment)
    assert await paid_into(world.emma_isf) == 0
    assert (await queries.payment(frank, payment)).held_lines == 1
    async with on(clock.today() + timedelta(days=28)):
        later = await proposed(world)
        again = await line_of(later, world.emma_isf)
        assert (again["state"], again["because"]) == (LineState.HELD, "The holder changes banks")
        await commands.let_go(frank, later, again["id"])
        now = await line_of(later, world.emma_isf)
        assert now["state"] == LineState.PROPOSED
        await commands.check_payment(frank, later)
        await commands.approve_payment(world.finance_officer, later)
    assert await paid_into(world.emma_isf) == 87_500 * (84 + 28) // 360
    assert (await line_of(payment, world.emma_isf))["state"] == LineState.RELEASED


async def test_what_is_let_go_after_the_payment_comes_with_the_next_one(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    line = await line_of(payment, world.emma_isf)
    await commands.hold_line(frank, payment, line["id"], "A question")
    await commands.check_payment(frank, payment)
    await commands.approve_payment(world.finance_officer, payment)
    with pytest.raises(StateConflict):
        await commands.hold_line(frank, payment, (await line_of(payment, world.dan_direct))["id"], "Too late")
    await commands.let_go(frank, payment, line["id"])
    async with on(clock.today() + timedelta(days=1)):
        next_one = await pay(world, frank)
        assert next_one is not None
        assert (await queries.payment(frank, next_one)).lines == 1
    assert await paid_into(world.emma_isf) == 20_416


async def test_a_refused_payment_says_why_and_its_money_comes_with_the_next(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    with pytest.raises(Invalid):
        await commands.refuse_payment(frank, payment, "")
    await commands.refuse_payment(frank, payment, "Wrong budget for Dan")
    with pytest.raises(StateConflict):
        await commands.check_payment(frank, payment)
    again = await proposed(world)
    assert again != payment
    await commands.check_payment(frank, again)
    await commands.approve_payment(world.finance_officer, again)
    assert await paid_into(world.dan_direct) == 11_666


@pytest.mark.row("SP3")
async def test_nothing_is_paid_in_before_the_keys_and_all_of_it_with_the_next_payment_after(
    world: World,
) -> None:
    frank = await second_officer(world)
    person, fund = await world.person_with_locked_fund("Lena Locked", Route.ISF, "360.00")
    payment = await pay(world, frank)
    assert payment is not None
    assert await paid_into(fund) == 0
    waiting = await queries.waiting(frank)
    assert [(each.fund_id, each.for_keys, each.for_agreement) for each in waiting] == [(fund, True, False)]
    await world.agree_plan(person)
    async with on(clock.today() + timedelta(days=1)):
        await pay(world, frank)
        assert await queries.waiting(frank) == []
    assert await paid_into(fund) == 8_400


async def test_what_is_no_longer_owed_when_it_is_approved_is_let_go(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    await commands.check_payment(frank, payment)
    await ledger.pay_in(
        SYSTEM,
        world.emma_isf,
        Account.FUNDING,
        Money(1),
        clock.today(),
        reference="a penny by hand",
        subject_id=None,
    )
    await db.execute("UPDATE fund SET state = 'closed' WHERE id = $1", world.dan_direct)
    await commands.approve_payment(world.finance_officer, payment)
    told = {row["fund_id"]: row for row in await db.fetch_all("SELECT * FROM payment_in_line")}
    assert told[world.emma_isf]["because"] == "The budget changed after this was proposed."
    assert told[world.dan_direct]["because"] == "The fund was closed after this was proposed."
    assert told[world.emma_managed]["state"] == LineState.PAID
    async with on(clock.today() + timedelta(days=1)):
        await pay(world, frank)
    assert await paid_into(world.emma_isf) == 20_416


async def test_the_biggest_difference_comes_first_with_its_reason(world: World) -> None:
    frank = await second_officer(world)
    await pay(world, frank)
    async with on(clock.today() + timedelta(days=28)):
        payment = await proposed(world)
        found, total = await queries.lines(frank, payment)
    assert total == 3
    sizes = [abs(line.difference_pence) for line in found]
    assert sizes == sorted(sizes, reverse=True)
    assert found[0].reasons == ["It covers 28 days; last time 84."]


def test_a_line_says_why_it_is_not_as_last_time() -> None:
    as_before = LineFigures(Money(400), Money(400), 28, Money(100), Money(400), 28, Money(100))
    assert reasons(as_before) == []
    more = LineFigures(Money(900), Money(800), 28, Money(200), Money(400), 28, Money(100))
    assert reasons(more) == [
        "The weekly amount was £1.00 and is £2.00.",
        "£1.00 more, because less was paid before than is owed now.",
    ]
    nothing = LineFigures(Money(0), Money(400), 28, Money(100), Money(400), 28, Money(100))
    assert reasons(nothing) == ["£4.00 less, because more was paid before than is owed now."]
    assert reasons(LineFigures(Money(401), Money(401), 28, Money(100), Money(400), 28, Money(100))) == [
        "The same days and weekly amount: pence that do not divide evenly."
    ]


async def test_a_council_without_figures_is_named_and_does_not_stop_the_others(world: World) -> None:
    await create_council(SYSTEM, "Eastshire Council", "eastshire")
    assert await proposing.propose_for_all(SYSTEM) == (1, ["eastshire"])


async def test_the_bank_file_is_there_once_it_is_approved(world: World) -> None:
    frank = await second_officer(world)
    payment = await proposed(world)
    with pytest.raises(Conflict, match="not approved"):
        await queries.bank_rows(frank, payment)
    await commands.check_payment(frank, payment)
    await commands.approve_payment(world.finance_officer, payment)
    rows = await queries.bank_rows(frank, payment)
    head = await queries.payment(frank, payment)
    assert sum(row.amount_pence for row in rows) == head.bank_pence == 20_416 + 11_666
