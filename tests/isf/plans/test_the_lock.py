"""Money cannot leave a fund before the four keys: not by command, API, posting, or a bare statement (row SP3)."""

from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from isf.ledger import commands as ledger
from isf.ledger.rules import PlanNotAgreed
from isf.ledger.verify import verify
from isf.plans.commands import release_fund, submit_plan, turn_key
from isf.plans.rules import KeyKind
from marketplace.bookings.commands import book
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.plans import turn_all_keys, write_plan
from tests.world import World, balances

pytestmark = pytest.mark.row("SP3")


@pytest.fixture
async def locked(world: World) -> tuple[UUID, UUID]:
    """A person with £100.00 in an ISF and no plan: their id and the fund's."""
    return await world.person_with_locked_fund("Nia Jones", Route.ISF, "100.00")


async def is_locked(fund_id: UUID) -> bool:
    rows = await db.fetch_all("SELECT DISTINCT locked FROM account WHERE fund_id = $1", fund_id)
    (row,) = rows
    return bool(row["locked"])


async def test_no_booking_before_the_keys_and_the_refusal_says_what_can_be_done(
    world: World, locked: tuple[UUID, UUID]
) -> None:
    session = await world.session()
    with pytest.raises(PlanNotAgreed) as refusal:
        await book(world.broker, session, locked[1])
    assert refusal.value.message.startswith(
        "You cannot use this money yet, because the support plan is not agreed."
    )
    assert "You can" in refusal.value.message
    assert await db.fetch_value("SELECT places_taken FROM activity_session WHERE id = $1", session) == 0


async def test_no_booking_by_the_api(
    world: World, locked: tuple[UUID, UUID], client: httpx.AsyncClient
) -> None:
    answer = await client.post(
        "/api/v1/bookings",
        json={"activity_session_id": str(await world.session()), "fund_id": str(locked[1])},
        headers={"Authorization": f"Bearer {await world.token(world.broker)}"},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_not_agreed")


async def test_no_fee_is_taken(locked: tuple[UUID, UUID]) -> None:
    with pytest.raises(PlanNotAgreed):
        await ledger.take_fee(SYSTEM, locked[1], Money(1), clock.today(), reference="fee:1", subject_id=None)


@pytest.mark.parametrize("account", ["committed", "payable", "paid", "fee"])
async def test_the_posting_itself_refuses(locked: tuple[UUID, UUID], account: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.fetch_value(
            "SELECT ledger_post($1, 'by hand', 'hold', NULL, CURRENT_DATE, NULL, '', ARRAY['available', $2],"
            " ARRAY[-1, 1]::bigint[])",
            locked[1],
            account,
        )
    assert refusal.value.constraint_name == "account_locked_until_keys"
    assert await verify() == []


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "UPDATE account SET balance_pence = 1 WHERE fund_id = $1 AND kind = 'paid'",
            "account_locked_until_keys",
        ),
        ("UPDATE account SET locked = false WHERE fund_id = $1", "account_lock_holds"),
        ("UPDATE account SET locked = NOT locked WHERE fund_id = $1", "account_lock_holds"),
        (
            "UPDATE account SET fund_id = $1, kind = 'other' WHERE NOT locked AND kind = 'paid'",
            "account_lock_holds",
        ),
        (
            "INSERT INTO account (id, fund_id, kind, locked) VALUES (gen_random_uuid(), $1, 'paid', false)",
            "account_lock_holds",
        ),
        (
            "INSERT INTO fund_release (id, fund_id, plan_version_id)"
            " SELECT gen_random_uuid(), $1, id FROM plan_version LIMIT 1",
            "fund_release_by_agreed_plan",
        ),
        (
            "INSERT INTO fund_release (id, fund_id, urgent_support_id) VALUES (gen_random_uuid(), $1, $1)",
            "fund_release_of_urgent_support",
        ),
        (
            "INSERT INTO fund_release (id, fund_id) VALUES (gen_random_uuid(), $1)",
            "fund_release_by_plan_or_urgent",
        ),
    ],
)
async def test_no_bare_statement_opens_the_lock(
    locked: tuple[UUID, UUID], statement: str, constraint: str
) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refusal:
        await db.execute(statement, locked[1])
    assert refusal.value.constraint_name == constraint
    assert await is_locked(locked[1])


async def test_a_released_fund_is_never_locked_again(world: World) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE account SET locked = true WHERE fund_id = $1", world.emma_isf)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("DELETE FROM fund_release WHERE fund_id = $1", world.emma_isf)


async def test_three_keys_are_not_enough_and_the_fourth_frees_the_money(
    world: World, locked: tuple[UUID, UUID]
) -> None:
    person, fund = locked
    session = await world.session()
    version = await write_plan(world.care_manager, person)
    await submit_plan(world.care_manager, version)
    for kind in (KeyKind.NEEDS, KeyKind.RISK, KeyKind.SAFE_AND_WELL):
        await turn_key(world.second_care_manager, version, kind, "Read it")
        with pytest.raises(PlanNotAgreed):
            await book(world.broker, session, fund)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute("UPDATE plan_version SET state = 'agreed', agreed_at = now() WHERE id = $1", version)
    assert refusal.value.constraint_name == "plan_version_has_four_keys"
    await turn_key(world.finance_officer, version, KeyKind.ALLOCATION, "It adds up")
    await book(world.broker, session, fund)
    assert (await balances(fund))["committed"] == 3850
    released = await db.fetch_one(
        "SELECT plan_version_id, released_by FROM fund_release WHERE fund_id = $1", fund
    )
    assert released == {"plan_version_id": version, "released_by": world.finance_officer.user_id}
    assert await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'fund.released'") >= 1


async def test_a_plan_releases_only_its_own_persons_money(world: World, locked: tuple[UUID, UUID]) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute(
            "INSERT INTO fund_release (id, fund_id, plan_version_id)"
            " SELECT gen_random_uuid(), $1, id FROM plan_version WHERE person_id = $2 AND state = 'agreed'",
            locked[1],
            world.emma,
        )
    assert await release_fund(SYSTEM, locked[1]) is None
    assert await is_locked(locked[1])


async def test_the_author_turns_no_key_also_by_a_bare_statement(
    world: World, locked: tuple[UUID, UUID]
) -> None:
    version = await write_plan(world.care_manager, locked[0])
    await submit_plan(world.care_manager, version)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute(
            "INSERT INTO approval_key (id, version_id, kind, turned_by, fingerprint) VALUES ($1, $2, 'needs', $3, '')",
            uuid4(),
            version,
            world.care_manager.user_id,
        )
    assert refusal.value.constraint_name == "approval_key_not_by_author"
    with pytest.raises(Forbidden):
        await turn_key(world.care_manager, version, KeyKind.NEEDS, "I wrote it myself")


async def test_an_agreed_plan_stays_as_it_is_also_for_a_bare_statement(world: World) -> None:
    version = await db.fetch_value("SELECT id FROM plan_version WHERE person_id = $1", world.emma)
    for statement in (
        "UPDATE plan_item SET cost_pence = 1 WHERE version_id = $1",
        "DELETE FROM plan_words WHERE version_id = $1",
        "INSERT INTO plan_helper (id, version_id, kind, name) VALUES (gen_random_uuid(), $1, 'friend', 'X')",
        "UPDATE approval_key SET fell_at = now() WHERE version_id = $1",
        "DELETE FROM approval_key WHERE version_id = $1",
        "DELETE FROM plan_author WHERE version_id = $1",
        "UPDATE plan_version SET state = 'draft', agreed_at = NULL WHERE id = $1",
        "UPDATE plan_version SET allocated_pence = 1 WHERE id = $1",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            await db.execute(statement, version)


async def test_the_command_refuses_to_turn_keys_on_a_draft(world: World, locked: tuple[UUID, UUID]) -> None:
    version = await write_plan(world.care_manager, locked[0])
    with pytest.raises(Conflict):
        await turn_key(world.second_care_manager, version, KeyKind.NEEDS, "Too soon")
    await submit_plan(world.care_manager, version)
    await turn_all_keys(world.second_care_manager, world.finance_officer, version)
    assert not await is_locked(locked[1])
