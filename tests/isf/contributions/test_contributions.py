"""Assessing, asking for, paying and owing contributions, against a real database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from isf.contributions import queries
from isf.contributions.commands import (
    ExemptDraft,
    PaymentDraft,
    TopUpDraft,
    assess_person,
    charge_contributions,
    end_exempt,
    give_back,
    record_exempt,
    record_payment,
    record_top_up,
    take_payment_back,
    waive_charge,
)
from isf.contributions.queries import Age, Shown
from isf.contributions.rules.assessment import Figures, Way
from isf.contributions.rules.exempt import ExemptKind
from isf.ledger.commands import send_on
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from isf.rules import Collection, FundDraft
from marketplace.bookings.commands import book
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, IdempotencyConflict, Invalid, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.isf.contributions.conftest import Payer, on_day
from tests.world import World, balances

Pay = Callable[..., Awaitable[Payer]]
LIGHT = Figures(way=Way.LIGHT_TOUCH, agreed_weekly=3_000)


def paid(amount: int, day: date | None = None, key: UUID | None = None) -> PaymentDraft:
    return PaymentDraft(Money(amount), day or clock.today(), key or uuid4())


def own(amount: int, key: UUID | None = None) -> TopUpDraft:
    return TopUpDraft(Money(amount), clock.today(), key or uuid4())


@pytest.mark.row("F6")
async def test_hard_case_6_twelve_weeks_unpaid_support_goes_on_and_own_money_stays(
    world: World, payer: Pay
) -> None:
    pat = await payer()
    await record_top_up(world.broker, pat.person, pat.fund, own(5_000))
    await charge_contributions(SYSTEM)
    late = clock.today() + timedelta(days=100)
    with on_day(late):
        bills = await queries.bills_of(world.finance_officer, pat.person)
        assert [bill.owed_pence for bill in bills] == [8_000] * 3
        assert all(bill.days_late == 72 for bill in bills)
    # Support goes on: booking, with the whole of the budget.
    session = await world.session()
    before = await balances(pat.fund)
    assert (await book(world.broker, session, pat.fund)).state == "confirmed"
    # Whatever the council takes back of the budget, the person's own money is not in it.
    after = await balances(pat.fund)
    assert after["available"] == before["available"] - 3_850
    left = await queries.own_money_left(pat.fund)
    assert left == 5_000
    await send_on(
        SYSTEM, pat.fund, Account.AVAILABLE, Money(after["available"] - left), clock.today(),
        reference="test", subject_id=None,
    )  # fmt: skip
    assert await queries.own_money_left(pat.fund) == 5_000
    await give_back(world.broker, pat.person, pat.fund, own(5_000))
    assert await queries.balance_of(pat.person) == 24_000
    assert await verify() == []


@pytest.mark.row("F6")
async def test_it_is_due_in_weeks_when_nothing_was_used(world: World, payer: Pay) -> None:
    pat = await payer()
    await charge_contributions(SYSTEM)
    assert (await balances(pat.fund))["paid"] == 0
    assert await queries.balance_of(pat.person) == 3 * 4 * 2_000


@pytest.mark.row("F6")
async def test_a_job_that_runs_twice_or_late_asks_once_for_every_week(world: World, payer: Pay) -> None:
    pat = await payer()
    await asyncio.gather(charge_contributions(SYSTEM), charge_contributions(SYSTEM))
    again = await charge_contributions(SYSTEM)
    assert (again.charges, again.corrections) == (0, 0)
    with on_day(pat.starts_on + timedelta(weeks=60)):
        await charge_contributions(SYSTEM)
    bills = await queries.bills_of(world.finance_officer, pat.person)
    assert sum(bill.amount_pence for bill in bills) == 2_000 * 52
    days = [day for bill in reversed(bills) for day in (bill.starts_on, bill.ends_on)]
    assert days == sorted(days)


@pytest.mark.row("F6")
async def test_the_database_itself_asks_for_no_day_twice(world: World, payer: Pay) -> None:
    await payer()
    await charge_contributions(SYSTEM)
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(
            "INSERT INTO contribution_charge (id, person_id, council_id, reference, kind, starts_on, ends_on, sequence,"
            " amount_pence, issued_on, due_on) SELECT gen_random_uuid(), person_id, council_id, 'CB-X', kind,"
            " starts_on + 1, ends_on + 1, 0, 1, issued_on, due_on FROM contribution_charge LIMIT 1"
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("UPDATE contribution_charge SET amount_pence = 0")


@pytest.mark.row("F6")
async def test_an_assessment_keeps_its_figures_and_the_values_of_its_day(world: World, payer: Pay) -> None:
    pat, officer, today = await payer(), world.finance_officer, clock.today()
    told = Figures(way=Way.FULL, benefits=20_000, savings=1_450_001, mobility=7_590)
    made = await assess_person(officer, pat.person, told, today, key=uuid4())
    await set_parameter(officer, Parameter.KEEP_SINGLE_25_OR_OLDER, 1, today)
    kept = await queries.assessment(officer, pat.person, made)
    assert kept.figures == told
    assert kept.weekly_pence == 20_000 + 200 - 11_250
    assert kept.explained().weekly == Money(kept.weekly_pence)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("UPDATE financial_assessment SET weekly_pence = 0")


@pytest.mark.row("F6")
async def test_a_later_assessment_counts_from_its_day_and_the_earlier_stays(world: World, payer: Pay) -> None:
    pat, officer, today = await payer(), world.finance_officer, clock.today()
    key = uuid4()
    first = await assess_person(officer, pat.person, LIGHT, today, key=key)
    assert await assess_person(officer, pat.person, LIGHT, today, key=key) == first
    await assess_person(
        officer, pat.person, Figures(way=Way.NOT_DISCLOSED), today + timedelta(days=7), key=uuid4()
    )
    found = await queries.assessments_of(officer, pat.person)
    assert [each.version for each in found] == [2, 1]
    assert queries.in_force(found, today) == found[1]
    assert (await queries.week_of_person(pat.person, today)).due == Money(3_000)
    assert (await queries.week_of_person(pat.person, today + timedelta(days=7))).due == Money(22_000)


@pytest.mark.row("A3")
async def test_income_and_savings_are_not_for_a_brokerage(world: World, payer: Pay) -> None:
    pat = await payer()
    await assess_person(world.finance_officer, pat.person, LIGHT, clock.today(), key=uuid4())
    with pytest.raises(NotFound):
        await queries.assessments_of(world.broker, pat.person)
    for actor in (world.broker, world.care_manager, world.commissioner):
        with pytest.raises(Forbidden):
            await assess_person(actor, pat.person, LIGHT, clock.today(), key=uuid4())
    with pytest.raises(NotFound):
        await queries.bills_of(world.stranger, pat.person)


@pytest.mark.row("F6")
async def test_free_weeks_are_asked_for_nothing_and_what_was_asked_is_corrected(
    world: World, payer: Pay
) -> None:
    pat, officer = await payer(), world.finance_officer
    await charge_contributions(SYSTEM)
    await record_exempt(officer, pat.person, ExemptDraft(ExemptKind.REABLEMENT, pat.starts_on))
    done = await charge_contributions(SYSTEM)
    assert (done.charges, done.corrections) == (0, 2)
    bills = await queries.bills_of(officer, pat.person)
    assert [bill.amount_pence for bill in reversed(bills)] == [0, 4_000, 8_000]
    shown = await queries.bill(officer, pat.person, bills[1].id)
    assert [(change.kind, change.amount_pence) for change in shown.changes] == [
        ("charge", 8_000), ("correction", -4_000),
    ]  # fmt: skip
    (line,) = await queries.exempt_of(world.broker, pat.person)
    assert line.clock is not None
    assert line.clock.day == 42


@pytest.mark.row("F6")
async def test_support_that_ends_early_is_free_until_then(world: World, payer: Pay) -> None:
    pat, officer, today = await payer(), world.finance_officer, clock.today()
    made = await record_exempt(
        officer, pat.person, ExemptDraft(ExemptKind.AFTERCARE, today - timedelta(days=7))
    )
    await end_exempt(officer, pat.person, made, today)
    assert (await queries.week_of_person(pat.person, today - timedelta(days=1))).due == Money(0)
    assert (await queries.week_of_person(pat.person, today)).due == Money(2_000)
    with pytest.raises(Conflict):
        await end_exempt(officer, pat.person, made, today)


@pytest.mark.row("F6")
async def test_net_a_payment_is_shared_over_the_funds_as_the_contribution_is(
    world: World, payer: Pay
) -> None:
    whole = 22_000 * 52
    pat = await payer(
        Collection.NET,
        FundDraft(Route.ISF, Money(whole - 333_333), holder_organisation_id=world.harbour),
        FundDraft(Route.COUNCIL_MANAGED, Money(333_333), holder_organisation_id=world.council),
    )
    await charge_contributions(SYSTEM)
    key = uuid4()
    made = await record_payment(world.finance_officer, pat.person, paid(8_000, key=key))
    assert await record_payment(world.finance_officer, pat.person, paid(8_000, key=key)) == made
    with pytest.raises(IdempotencyConflict):
        await record_payment(world.finance_officer, pat.person, paid(9_000, key=key))
    told = [await balances(fund) for fund in pat.funds]
    assert sum(one["contribution"] for one in told) == -8_000
    assert all(one["contribution"] < 0 for one in told)
    bills = await queries.bills_of(world.finance_officer, pat.person)
    assert [bill.owed_pence for bill in reversed(bills)] == [0, 8_000, 8_000]
    await take_payment_back(world.finance_officer, pat.person, made, "The bank sent it back")
    assert await queries.balance_of(pat.person) == 24_000
    assert [(await balances(fund))["contribution"] for fund in pat.funds] == [0, 0]
    with pytest.raises(Conflict):
        await take_payment_back(world.finance_officer, pat.person, made, "Again")
    assert await verify() == []


@pytest.mark.row("F6")
async def test_gross_the_council_is_paid_and_the_books_of_the_fund_do_not_move(
    world: World, payer: Pay
) -> None:
    pat = await payer(Collection.GROSS)
    await charge_contributions(SYSTEM)
    with pytest.raises(Forbidden, match="council"):
        await record_payment(world.broker, pat.person, paid(8_000))
    await record_payment(world.finance_officer, pat.person, paid(10_000))
    assert (await balances(pat.fund))["contribution"] == 0
    bills = await queries.bills_of(world.finance_officer, pat.person)
    assert [bill.owed_pence for bill in reversed(bills)] == [0, 6_000, 8_000]


@pytest.mark.row("F6")
async def test_the_holder_collects_and_sees_only_what_it_collects(world: World, payer: Pay) -> None:
    pat, gross = await payer(Collection.HOLDER), await payer(Collection.GROSS)
    await charge_contributions(SYSTEM)
    found = await queries.bills_of_holder(world.broker)
    assert {item.person_id for item in found.items} == {pat.person}
    assert (found.total, found.owed_pence) == (3, 24_000)
    await record_payment(world.broker, pat.person, paid(24_000))
    assert (await queries.bills_of_holder(world.broker)).total == 0
    assert (await balances(pat.fund))["contribution"] == -24_000
    assert (await queries.bills_of_holder(world.stranger, Shown.ALL)).total == 0
    with pytest.raises(Forbidden):
        await queries.bills_of_holder(world.finance_officer)
    assert gross.person != pat.person


@pytest.mark.row("F6")
async def test_the_councils_list_ties_and_the_oldest_debt_is_first(world: World, payer: Pay) -> None:
    pat = await payer()
    await charge_contributions(SYSTEM)
    await record_payment(world.finance_officer, pat.person, paid(3_000))
    with on_day(clock.today() + timedelta(days=60)):
        whole = await queries.bills_of_council(world.finance_officer)
        assert whole.owed_pence == sum(each.owed_pence for each in whole.ages)
        assert [item.due_on for item in whole.items] == sorted(item.due_on for item in whole.items)
        found = await queries.bills_of_council(world.finance_officer, search="pat pay")
        assert found.items[0].starts_on == pat.starts_on
        assert found.owed_pence == sum(item.owed_pence for item in found.items)
        assert found.owed_pence == await queries.balance_of(pat.person)
        by_age = {each.age: each for each in whole.ages}
        assert by_age[Age.TO_84].owed_pence == whole.owed_pence
        late = await queries.bills_of_council(world.finance_officer, age=Age.TO_84, search="pat pay")
        assert (late.total, late.owed_pence) == (3, 21_000)
        assert (await queries.bills_of_council(world.finance_officer, age=Age.TO_28)).total == 0
    with pytest.raises(Forbidden):
        await queries.bills_of_council(world.care_manager)


@pytest.mark.row("F6")
async def test_less_is_asked_for_by_an_opposite_with_a_reason(world: World, payer: Pay) -> None:
    pat, officer = await payer(), world.finance_officer
    await charge_contributions(SYSTEM)
    bill = (await queries.bills_of(officer, pat.person))[0]
    with pytest.raises(Invalid) as refusal:
        await waive_charge(officer, pat.person, bill.id, Money(8_001), "")
    assert set(refusal.value.fields) == {"amount", "because"}
    await waive_charge(officer, pat.person, bill.id, Money(8_000), "In hospital")
    assert (await charge_contributions(SYSTEM)).corrections == 0
    assert await queries.balance_of(pat.person) == 16_000
    assert (await queries.bill(officer, pat.person, bill.id)).line.amount_pence == 0


@pytest.mark.row("F6")
async def test_a_top_up_sent_twice_at_once_is_posted_once(world: World, payer: Pay) -> None:
    pat, key = await payer(), uuid4()
    before = await balances(pat.fund)
    answers = await asyncio.gather(
        *(record_top_up(world.broker, pat.person, pat.fund, own(2_500, key)) for _ in range(5))
    )
    assert len(set(answers)) == 1
    after = await balances(pat.fund)
    assert after["available"] == before["available"] + 2_500
    assert after["top_up"] == -2_500
    with pytest.raises(Invalid, match="need changing"):
        await give_back(world.broker, pat.person, pat.fund, own(2_501))
    with pytest.raises(NotFound):
        await record_top_up(world.stranger, pat.person, pat.fund, own(100))


@pytest.mark.row("A3")
async def test_who_may_not_pay_for_a_person_notes_no_money(world: World, payer: Pay) -> None:
    refused: dict[Actor, UUID] = {world.emma_user: world.emma, world.care_manager: world.emma}
    for actor, person in refused.items():
        with pytest.raises(Forbidden):
            await record_payment(actor, person, paid(100))
        with pytest.raises(Forbidden):
            await record_top_up(actor, person, world.emma_isf, own(100))
    with pytest.raises(NotFound):
        await record_top_up(world.broker, world.emma, world.dan_direct, own(100))
    # Harbour may pay for Emma, but this money lies with the council.
    with pytest.raises(Forbidden, match="Who holds the money"):
        await record_top_up(world.broker, world.emma, world.emma_managed, own(100))
    await record_top_up(world.dan_user, world.dan, world.dan_direct, own(100))


@pytest.mark.row("F6")
async def test_two_officers_ask_for_less_at_once_and_together_never_for_more_than_there_is(
    world: World, payer: Pay
) -> None:
    pat, officer = await payer(), world.finance_officer
    await charge_contributions(SYSTEM)
    bill = (await queries.bills_of(officer, pat.person))[0]
    told = await asyncio.gather(
        *(waive_charge(officer, pat.person, bill.id, Money(5_000), "Hospital") for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in told) == ["Invalid", "UUID"]
    assert await queries.balance_of(pat.person) == 19_000


async def test_who_has_to_pay_is_told_what_and_by_when(world: World, payer: Pay) -> None:
    pat = await payer()
    assert await queries.todos_of(world.broker, pat.person) == []
    await charge_contributions(SYSTEM)
    (todo,) = await queries.todos_of(world.broker, pat.person)
    assert todo.words == "Pay £240.00 towards your support"
    assert todo.due_on == clock.today() + timedelta(days=28)


async def test_a_council_without_its_values_does_not_stop_the_others(world: World, payer: Pay) -> None:
    await payer()
    async with db.connection() as conn:
        await conn.execute(
            "SET session_replication_role = replica; DELETE FROM council_parameter"
            f" WHERE council_id = '{world.other_council}'; SET session_replication_role = DEFAULT"
        )
    assert (await charge_contributions(SYSTEM)).charges >= 3
