"""Hard case 3: a budget is cut below what is committed. Nothing goes negative in silence (`rules.md` 19)."""

import re
from datetime import date, time, timedelta
from uuid import UUID

import httpx
import pytest

from isf.budgets.honouring import honour
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.overcommitted.commands import cancel_chosen
from marketplace.bookings.overcommitted.queries import (
    candidates,
    over_commitment,
    over_commitments,
    over_commitments_of,
)
from marketplace.bookings.overcommitted.rules import suggested_order
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.credentials import begin_session
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, FundExhausted, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from providers.rules import Terms
from tests.isf.budgets.changing import change, isf, weekly_budget
from tests.world import World, balances


async def booked_out(
    world: World, *, weeks: int = 10, price: str = "100"
) -> tuple[UUID, UUID, UUID, list[UUID]]:
    """Somebody with £100 a week for ten weeks, £100 booked on each of the next days, and an activity; all is booked."""
    person, (fund,) = await weekly_budget(world, isf(world, "100"), weeks=weeks)
    activity = await world.activity(price=price, terms=Terms(48, 50))
    made = []
    for days in range(weeks):
        session = await world.session(activity, day=clock.today() + timedelta(days=1 + days))
        made.append((await book(world.broker, session, fund)).id)
    assert (await balances(fund))["available"] == 0
    return person, fund, activity, made


async def cut(world: World, person: UUID, weekly: str = "50") -> UUID:
    """Cut the budget from today on by agreement; answers the over-commitment."""
    made = await change(world, person, isf(world, weekly), day=clock.today(), agreed="Nia agreed.")
    (effect,) = made.effects
    assert effect.over_commitment_id is not None
    return effect.over_commitment_id


@pytest.mark.row("W2")
async def test_hard_case_3_a_cut_below_what_is_booked_opens_the_worklist(world: World) -> None:
    person, fund, activity, _ = await booked_out(world)
    over_id = await cut(world, person)
    # Six weeks at £50 less: £300 that are booked already. Nothing was left, so nothing is taken yet.
    over = await over_commitment(world.care_manager, over_id)
    assert (over.shortfall_pence, over.still_to_take_pence, over.bookings) == (30_000, 30_000, 10)
    told = await balances(fund)
    assert (told["available"], told["committed"], told["promised"]) == (0, 100_000, -100_000)
    assert [one.id for one in await over_commitments(world.care_manager)] == [over_id]
    session = await world.session(activity, day=clock.today() + timedelta(days=30))
    with pytest.raises(FundExhausted):
        await book(world.broker, session, fund)
    assert await verify() == []


@pytest.mark.row("W2")
async def test_hard_case_3_giving_up_the_suggested_ones_covers_the_rest_and_settles(world: World) -> None:
    person, fund, _, made = await booked_out(world)
    over_id = await cut(world, person)
    over = await over_commitment(world.care_manager, over_id)
    steps = suggested_order(await candidates(over), Money(over.still_to_take_pence), clock.now())
    chosen = [step for step in steps if step.suggested]
    # The last three of ten: they cost nothing yet, and what is soon can stay.
    assert [step.booking.id for step in chosen] == made[:-4:-1]
    assert [step.missing_after.pence for step in chosen] == [20_000, 10_000, 0]
    answers = await cancel_chosen(
        world.care_manager, over_id, {step.booking.id: step.charge for step in chosen}
    )
    assert [answer.charge for answer in answers] == [Money(0)] * 3
    over = await over_commitment(world.care_manager, over_id)
    assert (over.state, over.still_to_take_pence) == ("settled", 0)
    told = await balances(fund)
    assert (told["available"], told["committed"], told["promised"]) == (0, 70_000, -70_000)
    assert await db.fetch_value("SELECT amount_pence FROM fund WHERE id = $1", fund) == 70_000
    again = await cancel_chosen(world.care_manager, over_id, {chosen[0].booking.id: None})
    assert "not among them" in again[0].refusal
    assert await verify() == []


@pytest.mark.row("W2")
async def test_hard_case_3_through_the_pages(world: World, client: httpx.AsyncClient) -> None:
    person, _, _, made = await booked_out(world)
    over_id = await cut(world, person)
    client.cookies.set("fairday_session", await begin_session(world.care_manager.user_id))
    listed = await client.get("/council/over-committed")
    assert "Nia Jones" in listed.text
    assert "£300.00" in listed.text
    shown = await client.get(f"/council/over-committed/{over_id}")
    assert "£300.00 of what is booked is not covered" in shown.text
    ticked = re.findall(r'value="([0-9a-f-]{36})" checked', shown.text)
    assert ticked == [str(one) for one in made[:-4:-1]]
    token = re.findall(r'name="_csrf_token" value="([^"]+)"', shown.text)[0]
    charges = dict(re.findall(r'name="(charge-[0-9a-f-]{36})" value="(\d+)"', shown.text))
    answer = await client.post(
        f"/council/over-committed/{over_id}", data={"_csrf_token": token, "booking": ticked, **charges}
    )
    assert answer.status_code == 303
    after = await client.get(f"/council/over-committed/{over_id}")
    assert "Everything that is booked is covered" in after.text
    assert after.text.count("is given up: nothing is charged") == 3


@pytest.mark.row("W2")
async def test_what_becomes_free_anywhere_in_the_fund_is_taken_first(world: World) -> None:
    person, fund, _, made = await booked_out(world)
    over_id = await cut(world, person)
    # Tomorrow's, by the person, inside the notice window: £50 is charged, £50 is free and goes back at once.
    charge = await cancel_booking(world.broker, made[0], Reason.PERSON_ILL)
    assert charge == Money(5_000)
    over = await over_commitment(world.care_manager, over_id)
    assert (over.still_to_take_pence, over.covered_pence) == (25_000, 5_000)
    told = await balances(fund)
    assert (told["available"], told["payable"], told["committed"]) == (0, 5_000, 90_000)


@pytest.mark.row("W2")
async def test_a_corrected_register_is_honoured_and_the_shortfall_is_back(world: World) -> None:
    person, (fund,) = await weekly_budget(world, isf(world, "100"), weeks=10)
    activity = await world.activity(price="100", terms=Terms(48, 50))
    today = (await book(world.broker, await world.session_today(activity), fund)).id
    for days in range(1, 10):
        session = await world.session(activity, day=clock.today() + timedelta(days=days), at=time(9))
        await book(world.broker, session, fund)
    over_id = await cut(world, person, "95")  # £30 less over six weeks
    await record_attendance(world.staff, today, Outcome.ABSENT)
    over = await over_commitment(world.care_manager, over_id)
    assert (over.state, (await balances(fund))["available"]) == ("settled", 2_000)
    await record_attendance(world.staff, today, Outcome.ATTENDED)
    over = await over_commitment(world.care_manager, over_id)
    assert (over.state, over.still_to_take_pence) == ("open", 3_000)
    told = await balances(fund)
    assert (told["available"], told["payable"], told["committed"]) == (0, 10_000, 90_000)
    assert await verify() == []


@pytest.mark.row("W2")
async def test_the_persons_own_money_is_never_taken_for_the_cut(world: World) -> None:
    from isf.ledger.commands import top_up

    person, fund, _, _ = await booked_out(world)
    await top_up(world.care_manager, fund, Money(7_000), clock.today(), reference="own", subject_id=None)
    over_id = await cut(world, person)
    over = await over_commitment(world.care_manager, over_id)
    assert (over.still_to_take_pence, (await balances(fund))["available"]) == (30_000, 7_000)


@pytest.mark.row("W2")
async def test_an_increase_covers_what_was_missing_first(world: World) -> None:
    person, fund, _, _ = await booked_out(world)
    over_id = await cut(world, person)
    await change(world, person, isf(world, "110"), day=clock.today() + timedelta(weeks=1))
    over = await over_commitment(world.care_manager, over_id)
    # Five weeks at £60 more come to £300: exactly what was missing.
    assert (over.state, over.still_to_take_pence) == ("settled", 0)
    assert (await balances(fund))["available"] == 0
    assert await verify() == []


@pytest.mark.row("W2")
async def test_what_the_council_pays_in_the_end_is_in_the_budget(world: World) -> None:
    person, fund, _, _ = await booked_out(world)
    over_id = await cut(world, person)
    with pytest.raises(Invalid):
        await honour(world.care_manager, over_id, " ")
    assert await honour(world.care_manager, over_id, "It would harm Nia.") == Money(30_000)
    assert await db.fetch_value("SELECT amount_pence FROM fund WHERE id = $1", fund) == 100_000
    whole = await db.fetch_value(
        "SELECT sum(council_share_pence + contribution_pence)::bigint FROM personal_budget WHERE person_id = $1",
        person,
    )
    assert whole == 100_000 == -(await balances(fund))["promised"]
    with pytest.raises(Conflict):
        await honour(world.care_manager, over_id, "Again")


@pytest.mark.row("W2")
async def test_a_booking_that_costs_more_by_now_is_not_given_up(world: World) -> None:
    person, _, _, made = await booked_out(world)
    over_id = await cut(world, person)
    answers = await cancel_chosen(world.care_manager, over_id, {made[0]: Money(0), made[9]: Money(0)})
    assert "costs £50.00 now" in answers[0].refusal
    assert answers[1].charge == Money(0)


@pytest.mark.row("W2")
async def test_person_and_holder_are_told_and_strangers_are_not(world: World) -> None:
    person, _, _, _ = await booked_out(world)
    over_id = await cut(world, person)
    (told,) = await over_commitments_of(world.broker, person)
    assert "£300.00 of what is booked is not covered" in told.words
    mails = await db.fetch_all("SELECT recipient FROM outbox_message WHERE subject LIKE 'More is booked%'")
    assert [mail["recipient"] for mail in mails] == ["accounts@harbour.example"]
    for name in ("stranger", "other_care_manager"):
        with pytest.raises(NotFound):
            await over_commitment(world.personas()[name], over_id)
    with pytest.raises(Forbidden):
        await cancel_chosen(world.monitoring_officer, over_id, {new_id(): None})
    assert await over_commitments(world.other_care_manager) == []


def test_the_order_is_least_cost_then_most_freed_then_the_latest() -> None:
    from marketplace.bookings.overcommitted.rules import Candidate

    now = clock.now()

    def candidate(name: str, pounds: int, days: float) -> Candidate:
        at = now + timedelta(days=days)
        return Candidate(
            new_id(), name, name, "P", at, at, date(2026, 1, 1), Money(pounds * 100), Terms(48, 50)
        )

    found = suggested_order(
        [
            candidate("soon", 10, 1),
            candidate("small", 10, 9),
            candidate("late", 30, 9),
            candidate("early", 30, 5),
        ],
        Money(3_500),
        now,
    )
    assert [step.booking.title for step in found] == ["late", "early", "small", "soon"]
    assert [step.suggested for step in found] == [True, True, False, False]
