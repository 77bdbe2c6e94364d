"""Bank details change by two people and some days; whoever would be robbed hears of it at once."""

import asyncio
from datetime import timedelta

import pytest

from invoicing.bank_details import queries
from invoicing.bank_details.commands import confirm, confirm_by_call, propose, stop
from invoicing.bank_details.rules import Call, ChangeWaits, OwnPeopleConfirm, Purpose, SecondPersonNeeded
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from tests.invoicing.bank_details.making import ACCOUNT, OTHER, in_force, letters, second_manager
from tests.world import World, persona

pytestmark = pytest.mark.row("V7")
CALL = Call("01606 123456", "The contract of May 2025", "Petra Manager")


async def test_old_details_count_until_the_days_are_over(world: World) -> None:
    second = await second_manager(world)
    await in_force(world.manager, second)
    change = await propose(second, Purpose.INTO, OTHER, "New bank")
    await confirm(world.manager, change)
    printed = await queries.to_print(world.pettypool)
    assert printed is not None
    assert printed.account_number == ACCOUNT.number
    with use_clock(FixedClock(clock.now() + timedelta(days=6, hours=23))):
        still = await queries.to_print(world.pettypool)
        assert still is not None
        assert still.account_number == ACCOUNT.number
    with use_clock(FixedClock(clock.now() + timedelta(days=7, minutes=1))):
        later = await queries.to_print(world.pettypool)
        assert later is not None
        assert (later.sort_code, later.account_number) == ("10-79-99", "88837491")


async def test_first_details_wait_as_well_and_the_longest_councils_days_count(world: World) -> None:
    await set_parameter(world.finance_officer, Parameter.BANK_DETAILS_COOLING_DAYS, 14, clock.today())
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    await confirm(await second_manager(world), change)
    with use_clock(FixedClock(clock.now() + timedelta(days=13))):
        assert await queries.to_print(world.pettypool) is None
    with use_clock(FixedClock(clock.now() + timedelta(days=14, minutes=1))):
        assert await queries.to_print(world.pettypool) is not None


async def test_who_proposed_it_does_not_confirm_it_also_by_a_bare_statement(world: World) -> None:
    await second_manager(world)
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    with pytest.raises(SecondPersonNeeded):
        await confirm(world.manager, change)
    with pytest.raises(SecondPersonNeeded):
        async with db.unit_of_work():
            await db.execute(
                "UPDATE bank_details SET state = 'confirmed', confirmed_by = proposed_by, confirmed_at = now(),"
                " confirmed_for = organisation_id, confirmed_how = 'second_person',"
                " usable_from = now() + interval '7 days' WHERE id = $1",
                change,
            )


@pytest.mark.parametrize(
    "sets",
    ["account_number = '99999999'", "usable_from = confirmed_at + interval '1 day'", "contacts = '{}'",
     "state = 'proposed'", "called_number = '1'"],
)  # fmt: skip
async def test_a_version_never_changes(world: World, sets: str) -> None:
    change = await in_force(world.manager, await second_manager(world))
    with pytest.raises(Exception, match="bank details are not changed"):
        await db.execute(f"UPDATE bank_details SET {sets} WHERE id = $1", change)
    with pytest.raises(Exception, match="bank_details"):
        await db.execute("DELETE FROM bank_details")


async def test_everybody_concerned_is_told_at_the_old_address_and_the_new(world: World) -> None:
    second = await second_manager(world)
    await in_force(world.manager, second)
    # A thief who got in changes the address first, and then the account.
    await db.execute("UPDATE provider SET email = 'thief@example.org' WHERE id = $1", world.pettypool)
    change = await propose(world.manager, Purpose.INTO, OTHER, "New bank")
    assert await letters("other bank details were proposed") == sorted(
        ["bookings@pettypool.example", "paul@example.com", "petra@example.com"] * 2 + ["thief@example.org"]
    )
    body = await db.fetch_value("SELECT body FROM outbox_message WHERE recipient = 'thief@example.org'")
    assert "ending 7491" in body
    assert OTHER.number not in body
    assert OTHER.sort_code not in body
    await stop(second, change, "Not us")
    assert "bookings@pettypool.example" in await letters("was stopped")
    printed = await queries.to_print(world.pettypool)
    assert printed is not None
    assert printed.account_number == ACCOUNT.number


async def test_a_confirmed_change_can_be_stopped_until_it_counts_and_not_after(world: World) -> None:
    second = await second_manager(world)
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    await confirm(second, change)
    with pytest.raises(Invalid):
        await stop(world.manager, change, " ")
    with (
        use_clock(FixedClock(clock.now() + timedelta(days=8))),
        pytest.raises(StateConflict, match="in use"),
    ):
        await stop(world.manager, change, "Too late")
    await stop(world.finance_officer, change, "They told us on the telephone")
    with pytest.raises(StateConflict):
        await stop(world.manager, change, "Again")
    with use_clock(FixedClock(clock.now() + timedelta(days=8))):
        assert await queries.to_print(world.pettypool) is None


async def test_a_provider_of_one_person_is_called_back_by_its_council(world: World) -> None:
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    with pytest.raises(Invalid) as refusal:
        await confirm_by_call(world.finance_officer, change, Call("1", "", ""))
    assert set(refusal.value.fields) == {"called_number", "number_known_from", "spoke_to"}
    for stranger in (world.stranger, world.broker):
        with pytest.raises(NotFound):
            await confirm_by_call(stranger, change, CALL)
    with pytest.raises(Forbidden):
        await confirm_by_call(world.commissioner, change, CALL)
    (waits,) = await queries.waiting(world.finance_officer)
    assert (waits.id, waits.standing) == (change, "proposed")
    await confirm_by_call(world.finance_officer, change, CALL)
    told = (await queries.change(world.finance_officer, change)).call
    assert told == ("01606 123456", "The contract of May 2025", "Petra Manager")
    (cools,) = await queries.waiting(world.finance_officer)
    assert cools.standing == "cooling"


async def test_nobody_outside_confirms_while_there_is_a_second_person(world: World) -> None:
    change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
    await second_manager(world)
    with pytest.raises(OwnPeopleConfirm):
        await confirm_by_call(world.finance_officer, change, CALL)
    with pytest.raises(NotFound):
        await confirm(world.other_manager, change)


async def test_two_who_confirm_and_one_who_stops_at_once_do_each_thing_once(world: World) -> None:
    second = await second_manager(world)
    third = await persona("Tom Third", Role.PROVIDER_MANAGER, world.manager.organisation_id)
    for _ in range(3):
        change = await propose(world.manager, Purpose.INTO, ACCOUNT, "First account")
        answers = await asyncio.gather(
            confirm(second, change), confirm(third, change), stop(world.manager, change, "No"),
            return_exceptions=True,
        )  # fmt: skip
        row = await db.fetch_one("SELECT state, confirmed_by FROM bank_details WHERE id = $1", change)
        assert row is not None
        assert row["state"] == "stopped"
        # Confirmed once at the most, and stopped once, before or after it.
        assert sum(answer is None for answer in answers) == 1 + (row["confirmed_by"] is not None)
        assert all(answer is None or isinstance(answer, StateConflict) for answer in answers)


async def test_two_proposals_at_once_are_one(world: World) -> None:
    second = await second_manager(world)
    answers = await asyncio.gather(
        *(propose(who, Purpose.INTO, ACCOUNT, "Both") for who in (world.manager, second)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, ChangeWaits) for answer in answers) == 1


async def test_what_a_payer_pays_from_needs_two_people_and_no_days(world: World) -> None:
    with pytest.raises(NotFound):
        await propose(world.manager, Purpose.FROM, ACCOUNT, "No payer")
    change = await propose(world.finance_officer, Purpose.FROM, ACCOUNT, "Our account")
    second = await persona("Frank Finance", Role.FINANCE_OFFICER, world.council)
    await confirm(second, change)
    (version,) = await queries.versions(world.finance_officer, Purpose.FROM)
    assert version.standing == "in_force"
    holders = await propose(world.broker, Purpose.FROM, OTHER, "Client account")
    await confirm_by_call(second, holders, CALL)
    assert (await queries.versions(world.broker, Purpose.FROM))[0].standing == "in_force"


async def test_the_whole_numbers_are_for_those_who_compare_them_and_who_looked_is_kept(
    world: World,
) -> None:
    change = await in_force(world.manager, await second_manager(world))
    (version,) = await queries.versions(world.manager, Purpose.INTO)
    assert version.last_four == "4958"
    for other in (world.stranger, world.other_manager, world.broker):
        with pytest.raises(NotFound):
            await queries.change(other, change)
    for other in (world.staff, world.care_manager, world.dan_user):
        with pytest.raises(Forbidden):
            await queries.change(other, change)
    assert (await queries.change(world.finance_officer, change)).account == ACCOUNT
    seen = await db.fetch_all(
        "SELECT actor_user FROM audit_record WHERE action = 'bank_details.viewed' AND subject_id = $1", change
    )
    assert [row["actor_user"] for row in seen] == [world.finance_officer.user_id]
    audited = await db.fetch_all(
        "SELECT coalesce(after::text, '') AS after FROM audit_record WHERE subject_id = $1", change
    )
    assert not any(ACCOUNT.number in row["after"] or ACCOUNT.sort_code in row["after"] for row in audited)
