"""Support that cannot wait: council-managed, with an end, until the plan is agreed (row SP6)."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from isf import queries as people
from isf.commands import PersonDraft, create_person
from isf.ledger import commands as ledger
from isf.ledger.verify import verify
from isf.urgent import commands, queries
from isf.urgent.commands import UrgentDraft
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.rules import Reason
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotBookable, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.asking import day, send, sign_in
from tests.world import World, balances

pytestmark = pytest.mark.row("SP6")


def draft(weeks: int = 3, pence: int = 50_000) -> UrgentDraft:
    today = clock.today()
    return UrgentDraft(Money(pence), today, today + timedelta(weeks=weeks), "Her mother went to hospital.")


@pytest.fixture
async def nia(world: World) -> UUID:
    return await create_person(world.care_manager, PersonDraft(name="Nia Jones"))


@pytest.fixture
async def urgent(world: World, nia: UUID) -> UUID:
    return await commands.arrange_urgent_support(world.care_manager, nia, draft())


async def fund_of(urgent_id: UUID) -> UUID:
    found: UUID = await db.fetch_value("SELECT fund_id FROM urgent_support WHERE id = $1", urgent_id)
    return found


async def test_it_can_be_booked_at_once_without_any_plan(world: World, nia: UUID, urgent: UUID) -> None:
    fund = await fund_of(urgent)
    booked = await book(world.care_manager, await world.session(), fund)
    assert (await balances(fund))["committed"] == booked.price_pence
    (line,) = await queries.urgent_support_of(world.care_manager, nia)
    assert line.runs
    assert line.available_pence == 50_000 - booked.price_pence


async def test_an_end_keeps_what_is_booked_and_gives_the_rest_back(world: World, urgent: UUID) -> None:
    fund = await fund_of(urgent)
    booked = await book(world.care_manager, await world.session(), fund)
    await commands.end_urgent_support(world.care_manager, urgent, "Her sister is there now.")
    told = await balances(fund)
    assert (told["available"], told["committed"]) == (0, booked.price_pence)
    with pytest.raises(NotBookable):
        await book(world.care_manager, await world.session(day=clock.today() + timedelta(days=5)), fund)
    with pytest.raises(StateConflict):
        await commands.end_urgent_support(world.care_manager, urgent, "Again.")
    await cancel_booking(world.care_manager, booked.id, Reason.OTHER)
    assert await commands.end_what_is_over() == 1
    assert await commands.end_what_is_over() == 0
    assert (await balances(fund))["available"] == 0
    assert await verify() == []


async def test_the_job_ends_it_when_its_days_are_over(world: World, nia: UUID, urgent: UUID) -> None:
    assert await commands.end_what_is_over() == 0
    with clock.use_clock(clock.FixedClock(clock.now() + timedelta(weeks=3))):
        assert await commands.end_what_is_over() == 1
    (line,) = await queries.urgent_support_of(world.care_manager, nia)
    assert (line.state, line.ended_because) == ("ended", "Its days are over")


async def test_an_agreed_plan_ends_it(world: World, nia: UUID, urgent: UUID) -> None:
    async with db.unit_of_work():
        await commands.end_for_agreed_plan(audit.SYSTEM, nia)
    (line,) = await queries.urgent_support_of(world.care_manager, nia)
    assert line.ended_because == "The plan is agreed"


async def test_it_runs_beside_the_agreed_budget_but_never_beside_itself(world: World) -> None:
    await commands.arrange_urgent_support(world.care_manager, world.emma, draft())
    assert len(await people.budgets_of(world.care_manager, world.emma)) == 2
    with pytest.raises(Invalid) as refusal:
        await commands.arrange_urgent_support(world.care_manager, world.emma, draft(1))
    assert "already" in refusal.value.fields["starts_on"]


async def test_it_is_short_and_has_a_reason(world: World, nia: UUID) -> None:
    wrong = UrgentDraft(Money(0), clock.today() - timedelta(days=1), clock.today() + timedelta(weeks=30), " ")
    with pytest.raises(Invalid) as refusal:
        await commands.arrange_urgent_support(world.care_manager, nia, wrong)
    assert set(refusal.value.fields) == {"amount", "because", "starts_on", "ends_on"}
    assert "weeks at most" in refusal.value.fields["ends_on"]


async def test_only_the_persons_council_arranges_it(world: World, nia: UUID) -> None:
    for actor in (world.broker, world.finance_officer, world.emma_user):
        with pytest.raises(Forbidden):
            await commands.arrange_urgent_support(actor, nia, draft())
    with pytest.raises(NotFound):
        await commands.arrange_urgent_support(world.other_care_manager, nia, draft())


async def test_the_database_opens_no_other_lock_by_it(world: World, urgent: UUID) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="urgent"):
        await db.execute(
            "INSERT INTO fund_release (id, fund_id, urgent_support_id) VALUES ($1, $2, $3)",
            new_id(),
            world.emma_isf,
            urgent,
        )


async def test_money_in_it_stays_council_managed(world: World, urgent: UUID) -> None:
    fund = await fund_of(urgent)
    with pytest.raises(NotFound):
        await book(world.broker, await world.session(), fund)
    await ledger.hold(world.care_manager, fund, new_id(), Money(100), clock.today())


async def test_by_the_pages(client: httpx.AsyncClient, world: World, nia: UUID) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{nia}/urgent"
    days = {**day("starts_on", clock.today()), **day("ends_on", clock.today() + timedelta(days=200))}
    kept = await send(client, path, amount="500", because="Her mother fell.", **days)
    assert kept.status_code == 422
    assert "Her mother fell." in kept.text
    days = {**day("starts_on", clock.today()), **day("ends_on", clock.today() + timedelta(days=20))}
    assert (await send(client, path, amount="500", because="Her mother fell.", **days)).status_code == 303
    (line,) = await queries.urgent_support_of(world.care_manager, nia)
    end = f"{path}/{line.id}/end"
    assert "Write why it ends" in (await send(client, path, end, ended_because="")).text
    assert (await send(client, path, end, ended_because="Back home.")).status_code == 303
    assert "Back home." in (await client.get(path)).text


async def test_by_the_api_a_repeat_arranges_once(client: httpx.AsyncClient, world: World, nia: UUID) -> None:
    token: Actor = world.care_manager
    headers = {"Authorization": f"Bearer {await world.token(token)}", "Idempotency-Key": "one"}
    told = {
        "amount_pence": 9_000, "starts_on": str(clock.today()),
        "ends_on": str(clock.today() + timedelta(days=7)), "because": "Alone at home.",
    }  # fmt: skip
    path = f"/api/v1/people/{nia}/urgent-support"
    first = await client.post(path, json=told, headers=headers)
    again = await client.post(path, json=told, headers=headers)
    assert first.status_code == 201
    assert first.json() == again.json()
    assert len((await client.get(path, headers=headers)).json()) == 1
