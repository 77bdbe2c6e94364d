"""A death, a move: nothing new, what is owed first, the contribution put right, then the rest (rule 18, row B7)."""

from datetime import date, time, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from isf.agreements.exits.finishing import StillInTheWay, finish_exit
from isf.commands import create_budget, create_person
from isf.commands.people import PersonDraft
from isf.contributions.commands import PaymentDraft, charge_contributions, record_payment
from isf.contributions.commands.giving_back import give_back_overpaid
from isf.contributions.queries import balance_of
from isf.endings import liabilities
from isf.endings.queries import ending_of
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind
from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from isf.notices import Notice, NoticeKind, tell_person
from isf.rules import BudgetDraft, Collection, FundDraft
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.endings.queries import preview_end
from marketplace.bookings.rules import Outcome, Reason, SupportEnded
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, FundExhausted, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from tests.asking import day as day_fields
from tests.asking import follow, plain, send, sign_in, words_of
from tests.world import World, balances

pytestmark = pytest.mark.row("B7")


def today_plus(days: int) -> date:
    return clock.today() + timedelta(days=days)


def died(last_on: date | None = None) -> EndDraft:
    return EndDraft(EndKind.DIED, last_on or clock.today(), "Her daughter rang.")


async def ada(world: World, collection: Collection = Collection.NET) -> tuple[UUID, UUID]:
    """Ada: £10.00 a day for 100 days from 40 days ago, £1.00 of it her own; an ISF with Harbour."""
    person = await create_person(world.care_manager, PersonDraft(name="Ada Alder"))
    fund = FundDraft(Route.ISF, Money(100_000), holder_organisation_id=world.harbour)
    made = await create_budget(
        world.care_manager,
        person,
        BudgetDraft(Money(90_000), Money(10_000), today_plus(-40), today_plus(60), [fund], collection),
    )
    await world.agree_plan(person)
    return person, made.fund_ids[0]


async def paid_in(fund: UUID, source: Account, pence: int) -> None:
    await ledger.pay_in(
        SYSTEM, fund, source, Money(pence), clock.today(), reference=f"test:{new_id()}", subject_id=None
    )


async def test_hard_case_5_death_with_notice_owed_and_contribution_overpaid(world: World) -> None:
    # For 56 days the council paid £9.00 a day in (£504.00) and Ada £1.00 a day (£56.00): £560.00 lies with Harbour.
    person, fund = await ada(world)
    await paid_in(fund, Account.FUNDING, 50_400)
    await paid_in(fund, Account.CONTRIBUTION, 5_600)
    delivered = await book(
        world.broker, await world.session_today(await world.activity(title="Today", price="50.00")), fund
    )
    await record_attendance(world.staff, delivered.id, Outcome.ATTENDED)
    garden = await world.activity(price="40.00", terms=Terms(48, 50))
    tomorrow, later = [
        (await book(world.broker, await world.session(garden, day=today_plus(days)), fund)).id
        for days in (1, 10)
    ]
    # She dies today, after 41 days of support. Tomorrow's date is inside the 48 hours: half of £40.00 is owed.
    shown = await preview_end(world.care_manager, person, died())
    assert [(each.booking_id, each.charge.pence) for each in shown] == [(tomorrow, 2_000), (later, 0)]
    ended = await end_person(world.care_manager, person, died(), shown=Money(2_000))
    assert (ended.given_back, ended.notice) == (2, Money(2_000))
    (exit_id,) = ended.exits
    # £1,000.00 agreed, £410.00 for 41 days: £590.00 is taken out. Of £410.00, £70.00 is to be paid (50 + 20).
    books = await balances(fund)
    assert (books["available"], books["committed"], books["payable"]) == (34_000, 0, 7_000)
    # £560.00 came in for what is £410.00 now: £150.00 too early.
    assert books["promised"] == 15_000
    # The last week's wages, £60.00, are held aside with their evidence.
    wages = LiabilityDraft(
        LiabilityKind.WAGES, "Last week, Jo Bell", Money(6_000), "Payslip of Friday, in the file"
    )
    owed = await liabilities.set_aside(world.care_manager, fund, wages)
    with use_clock(FixedClock(from_wall(today_plus(2), time(9)))):
        with pytest.raises(StillInTheWay, match="is held aside"):
            await finish_exit(world.finance_officer, exit_id)
        await liabilities.pay_liability(world.finance_officer, owed, clock.today(), "BACS 77")
        with pytest.raises(StillInTheWay, match="is used and not paid"):
            await finish_exit(world.finance_officer, exit_id)
        for month in sorted({clock.today().replace(day=1), today_plus(-2).replace(day=1)}):
            await issue_invoices(SYSTEM, month)
        for row in await db.fetch_all("SELECT id FROM invoice ORDER BY number"):
            await mark_paid(world.broker, row["id"], "BACS 78", clock.today())
        done = await finish_exit(world.finance_officer, exit_id)
    # £340.00 - £60.00 wages = £280.00 not used, to the council. Of the £150.00 that came too early, the
    # contribution for 15 days, £15.00, goes to the estate and £135.00 to the council. All of it:
    # 60 + 70 + 280 + 15 + 135 = £560.00.
    assert (done.left_pence, done.contribution_back_pence, done.early_pence) == (28_000, 1_500, 13_500)
    books = await balances(fund)
    assert (books["paid"], books["returned"]) == (13_000, 43_000)
    assert all(books[kind] == 0 for kind in ("available", "committed", "payable", "promised"))
    assert await verify() == []


async def test_nothing_new_is_committed_by_rule_and_by_database(world: World) -> None:
    activity = await world.activity()
    booked = await book(world.care_manager, await world.session(activity), world.emma_managed)
    await end_person(world.care_manager, world.emma, died(today_plus(-1)))
    with pytest.raises(SupportEnded):
        await book(world.care_manager, await world.session(activity, day=today_plus(5)), world.emma_managed)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute(
            "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),"
            " 'reference', 'BK-OTHER', 'state', 'confirmed'))).* FROM booking b WHERE id = $1",
            booked.id,
        )
    assert refusal.value.constraint_name == "booking_not_after_end"
    assert (
        await db.fetch_value("SELECT cancelled_because FROM booking WHERE id = $1", booked.id) == Reason.ENDED
    )
    with pytest.raises(StateConflict):
        await end_person(world.care_manager, world.emma, died())


async def test_after_a_move_days_before_it_stay(world: World) -> None:
    person, fund = await ada(world)
    activity = await world.activity()
    before, after = [
        (await book(world.broker, await world.session(activity, day=today_plus(days)), fund)).id
        for days in (3, 20)
    ]
    ended = await end_person(world.care_manager, person, EndDraft(EndKind.MOVED, today_plus(14), "To Leeds."))
    assert (ended.given_back, ended.notice) == (1, Money(0))
    states = {row["id"]: row["state"] for row in await db.fetch_all("SELECT id, state FROM booking")}
    assert (states[before], states[after]) == ("confirmed", "cancelled")
    await book(world.broker, await world.session(activity, day=today_plus(7)), fund)
    with pytest.raises(SupportEnded):
        await book(world.broker, await world.session(activity, day=today_plus(15)), fund)


async def test_every_fund_of_every_route_is_wound_up(world: World) -> None:
    ended = await end_person(world.care_manager, world.emma, died())
    assert len(ended.exits) == 2
    assert (
        await db.fetch_value("SELECT count(*) FROM fund_exit WHERE state = 'announced' AND reason = 'died'")
        == 2
    )


async def test_the_contribution_is_asked_for_up_to_the_day_and_what_was_paid_too_much_goes_back(
    world: World,
) -> None:
    person, _ = await ada(world, Collection.GROSS)
    payment = PaymentDraft(Money(6_000), clock.today(), new_id())
    await record_payment(world.finance_officer, person, payment)
    await end_person(world.care_manager, person, died())
    with use_clock(FixedClock(from_wall(today_plus(70), time(9)))):
        await charge_contributions(SYSTEM)
        # 41 days of £1.00: £41.00 asked, £60.00 paid.
        assert await balance_of(person) == -1_900
        with pytest.raises(Invalid, match="need changing") as refusal:
            await give_back_overpaid(
                world.finance_officer, person, Money(1_901), clock.today(), "Her executor"
            )
        assert "£19.00" in refusal.value.fields["amount"]
        await give_back_overpaid(world.finance_officer, person, Money(1_900), clock.today(), "Her executor")
        assert await balance_of(person) == 0
        with pytest.raises(Invalid):
            await give_back_overpaid(world.finance_officer, person, Money(1), clock.today(), "Her executor")
    with pytest.raises(Forbidden):
        await give_back_overpaid(world.care_manager, person, Money(1), clock.today(), "Her executor")


async def test_what_was_paid_too_little_is_billed(world: World) -> None:
    person, _ = await ada(world, Collection.GROSS)
    payment = PaymentDraft(Money(3_000), clock.today(), new_id())
    await record_payment(world.finance_officer, person, payment)
    await end_person(world.care_manager, person, died())
    with use_clock(FixedClock(from_wall(today_plus(70), time(9)))):
        await charge_contributions(SYSTEM)
    assert await balance_of(person) == 1_100


async def test_nobody_writes_to_somebody_who_has_died(world: World) -> None:
    letters = "SELECT count(*) FROM sent_notice WHERE user_id = $1"
    notice = Notice("A word", "Something.", f"/people/{world.emma}", kind=NoticeKind.BOOKING)
    async with db.unit_of_work():
        await tell_person(world.emma, notice)
    before = await db.fetch_value(letters, world.emma_user.user_id)
    assert before > 0
    await end_person(world.care_manager, world.emma, died())
    async with db.unit_of_work():
        await tell_person(world.emma, notice)
    assert await db.fetch_value(letters, world.emma_user.user_id) == before
    # Whoever acts for her is told, in words that are meant for them.
    words = await db.fetch_all(
        "SELECT words FROM sent_notice WHERE person_id = $1 AND subject LIKE '%loss'", world.emma
    )
    assert words
    assert all("We are sorry" in row["words"] for row in words)


async def test_what_is_held_aside_is_let_go_or_paid_once_by_two_people(world: World) -> None:
    person, fund = await ada(world)
    draft = LiabilityDraft(LiabilityKind.NOTICE, "Four weeks", Money(5_000), "Contract")
    with pytest.raises(Conflict, match="no end of this fund"):
        await liabilities.set_aside(world.care_manager, fund, draft)
    await end_person(world.care_manager, person, died())
    with pytest.raises(FundExhausted):
        await liabilities.set_aside(
            world.care_manager, fund, LiabilityDraft(LiabilityKind.OTHER, "Too much", Money(99_999), "Bill")
        )
    with pytest.raises(Invalid):
        await liabilities.set_aside(
            world.care_manager, fund, LiabilityDraft(LiabilityKind.OTHER, "No proof", Money(1), " ")
        )
    for actor, error in ((world.broker, Forbidden), (world.other_care_manager, NotFound)):
        with pytest.raises(error):
            await liabilities.set_aside(actor, fund, draft)
    left = (await balances(fund))["available"]
    one, other = [await liabilities.set_aside(world.care_manager, fund, draft) for _ in range(2)]
    assert (await balances(fund))["available"] == left - 10_000
    await liabilities.drop_liability(world.care_manager, one, "Paid by the family")
    await liabilities.pay_liability(world.finance_officer, other, clock.today(), "BACS 1")
    for again in (one, other):
        with pytest.raises(StateConflict):
            await liabilities.pay_liability(world.finance_officer, again, clock.today(), "BACS 1")
    books = await balances(fund)
    assert (books["available"], books["committed"], books["paid"]) == (left - 5_000, 0, 5_000)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE fund_liability SET settled_by = entered_by WHERE state = 'paid'")
    assert await verify() == []


async def test_who_may_record_an_end(world: World) -> None:
    for actor, error in (
        (world.emma_user, Forbidden), (world.finance_officer, Forbidden), (world.other_care_manager, NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            await end_person(actor, world.emma, died())
    with pytest.raises(Invalid):
        await end_person(world.care_manager, world.emma, died(today_plus(1)))


async def test_by_the_pages(client: httpx.AsyncClient, world: World) -> None:
    person, fund = await ada(world)
    await book(
        world.broker, await world.session(await world.activity(price="40.00"), day=today_plus(1)), fund
    )
    await sign_in(client, world.care_manager)
    path = f"/people/{person}/end"
    assert "Choose what happened" in (await send(client, path)).text
    fields = {"kind": "died", **day_fields("last_on", clock.today())}
    shown = await send(client, path, **fields)
    assert "£20.00" in plain(shown.text)
    assert (await ending_of(world.care_manager, person)).end is None
    made = await send(client, path, **fields, shown_pence="2000")
    assert "has died" in await follow(client, made)
    aside = {"fund": str(fund), "liability": "wages", "words": "Jo Bell", "amount": "60.00"}
    assert "how this is known" in (await send(client, path, to=f"{path}/aside", **aside)).text
    kept = await send(client, path, to=f"{path}/aside", **aside, evidence="Payslip")
    assert "£60.00 is held aside" in await follow(client, kept)
    liability = (await ending_of(world.care_manager, person)).liabilities[0].id
    await sign_in(client, world.finance_officer)
    paid = await send(client, path, to=f"{path}/aside/{liability}/paid", paid_words="BACS 9")
    assert "noted as paid" in await follow(client, paid)
    assert "Died on" in await words_of(client, f"/people/{person}")


async def test_by_the_api(client: httpx.AsyncClient, world: World) -> None:
    person, fund = await ada(world)
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    told = {"kind": "moved", "last_on": clock.today().isoformat()}
    path = f"/api/v1/people/{person}/end"
    assert (await client.post(f"{path}/preview", json=told, headers=headers)).json() == []
    made = await client.post(path, json=told, headers=headers)
    assert (made.status_code, len(made.json()["exit_ids"])) == (201, 1)
    assert (await client.post(path, json=told, headers=headers)).status_code == 409
    aside = {"kind": "wages", "words": "Jo", "amount_pence": 100, "evidence": "Payslip"}
    kept = await client.post(f"/api/v1/funds/{fund}/aside", json=aside, headers=headers)
    one = f"/api/v1/liabilities/{kept.json()['id']}"
    assert (
        await client.post(f"{one}/drop", json={"because": "Not owed"}, headers=headers)
    ).status_code == 204
    found = (await client.get(path, headers=headers)).json()
    assert (found["end"]["kind"], found["liabilities"][0]["state"]) == ("moved", "dropped")
