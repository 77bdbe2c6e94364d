"""A price that councils rely on goes up by a proposal only, once and never backdated; bookings keep theirs."""

import asyncio
from datetime import timedelta

import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.uplifts import commands
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import archive_activity, set_rate
from providers.rules import SupportRatio
from providers.uplifts.rules import NoUpliftNeeded, UpliftNeeded, UpliftState, Verdict
from tests.marketplace.bookings.uplifts.living import (
    REASON,
    approved_by_another_council,
    day,
    dearer,
    price_on,
    proposed,
)
from tests.world import World

pytestmark = pytest.mark.row("P6")
EXEMPT = VatCategory.EXEMPT
YES, NO = Verdict.APPROVED, Verdict.REFUSED


async def test_a_price_goes_down_freely_and_up_only_by_a_proposal(world: World) -> None:
    garden = await world.activity()
    with pytest.raises(UpliftNeeded, match="You can propose the new price"):
        await set_rate(world.manager, garden, day(30), Money(3851), EXEMPT)
    await set_rate(world.manager, garden, day(0), Money(3600), EXEMPT)
    with pytest.raises(UpliftNeeded):
        await set_rate(world.manager, garden, day(0), Money(3850), EXEMPT)
    assert await price_on(garden, day(0)) == 3600


async def test_a_price_is_compared_with_the_one_in_force_on_its_day(world: World) -> None:
    garden = await world.activity()
    await set_rate(world.manager, garden, day(20), Money(3000), EXEMPT)
    await set_rate(world.manager, garden, day(10), Money(3500), EXEMPT)
    with pytest.raises(UpliftNeeded):
        await set_rate(world.manager, garden, day(21), Money(3500), EXEMPT)
    one = SupportRatio.ONE_TO_ONE
    await set_rate(world.manager, garden, day(20), Money(9000), EXEMPT, ratio=one)
    with pytest.raises(UpliftNeeded):
        await set_rate(world.manager, garden, day(10), Money(9500), EXEMPT, ratio=one)


async def test_nobody_is_asked_about_a_draft_or_where_no_council_approves(world: World) -> None:
    woodwork = await world.activity(world.in_house_manager, title="Woodwork")
    await set_rate(world.in_house_manager, woodwork, day(0), Money(9900), EXEMPT)
    with pytest.raises(NoUpliftNeeded):
        await commands.propose(world.in_house_manager, woodwork, dearer(99_00 + 1), REASON)


async def test_a_price_does_not_go_up_by_way_of_the_archive(world: World) -> None:
    garden = await world.activity()
    await archive_activity(world.manager, garden)
    with pytest.raises(UpliftNeeded):
        await set_rate(world.manager, garden, day(0), Money(9900), EXEMPT)


async def test_an_approved_price_counts_from_its_day_and_what_is_booked_keeps_its_price(world: World) -> None:
    garden = await world.activity()
    later = await world.session(garden, day=day(30))
    booked = await book(world.broker, later, world.emma_isf)
    uplift = await proposed(world, garden)
    assert await price_on(garden, day(28)) == 3850, "nothing changes before the council agrees"
    assert await commands.decide(world.commissioner, uplift, YES, "") is UpliftState.APPROVED
    assert [await price_on(garden, day(number)) for number in (27, 28)] == [3850, 4200]
    assert await db.fetch_value("SELECT price_pence FROM booking WHERE id = $1", booked.id) == 3850
    assert (await book(world.dan_user, later, world.dan_direct)).price_pence == 4200
    told = await db.fetch_all("SELECT subject, person_id FROM sent_notice WHERE subject = 'A price goes up'")
    assert told
    assert {row["person_id"] for row in told} == {world.emma}
    assert await db.fetch_value(
        "SELECT count(*) FROM sent_notice WHERE subject = 'Your new price is approved'"
    )


async def test_every_council_that_approves_the_provider_agrees_first(world: World) -> None:
    await approved_by_another_council(world)
    garden = await world.activity()
    uplift = await proposed(world, garden)
    assert await commands.decide(world.commissioner, uplift, YES, "") is UpliftState.PROPOSED
    assert await price_on(garden, day(28)) == 3850
    with pytest.raises(StateConflict):
        await commands.decide(world.commissioner, uplift, YES, "")
    assert await commands.decide(world.other_commissioner, uplift, YES, "") is UpliftState.APPROVED
    assert await price_on(garden, day(28)) == 4200


async def test_a_refusal_by_one_refuses_it_with_its_reason(world: World) -> None:
    await approved_by_another_council(world)
    garden = await world.activity()
    uplift = await proposed(world, garden)
    with pytest.raises(Invalid):
        await commands.decide(world.commissioner, uplift, NO, " ")
    assert await commands.decide(world.commissioner, uplift, NO, "Too much at once.") is UpliftState.REFUSED
    with pytest.raises(StateConflict):
        await commands.decide(world.other_commissioner, uplift, YES, "")
    assert await price_on(garden, day(28)) == 3850
    words = await db.fetch_value(
        "SELECT words FROM sent_notice WHERE subject = 'A council refused your new price'"
    )
    assert "Too much at once." in words


async def test_a_day_that_has_passed_becomes_the_day_of_the_last_approval(world: World) -> None:
    garden = await world.activity()
    uplift = await proposed(world, garden, dearer(starts=2))
    with use_clock(FixedClock(clock.now() + timedelta(days=5))):
        await commands.decide(world.commissioner, uplift, YES, "")
    assert [await price_on(garden, day(number)) for number in (4, 5)] == [3850, 4200]


async def test_one_proposal_at_a_time_and_withdrawing_makes_room(world: World) -> None:
    garden = await world.activity()
    uplift = await proposed(world, garden)
    with pytest.raises(Conflict, match="You can withdraw that one first"):
        await proposed(world, garden)
    with pytest.raises(NotFound):
        await commands.withdraw(world.other_manager, uplift)
    await commands.withdraw(world.manager, uplift)
    with pytest.raises(StateConflict):
        await commands.withdraw(world.manager, uplift)
    with pytest.raises(StateConflict):
        await commands.decide(world.commissioner, uplift, YES, "")
    await proposed(world, garden)


async def test_only_a_council_that_approves_the_provider_decides(world: World) -> None:
    uplift = await proposed(world, await world.activity())
    with pytest.raises(NotFound):
        await commands.decide(world.other_commissioner, uplift, YES, "")
    for actor in (world.manager, world.care_manager, world.finance_officer):
        with pytest.raises(Forbidden):
            await commands.decide(actor, uplift, YES, "")


async def test_two_commissioners_and_a_withdrawal_at_once_set_the_price_once_or_not_at_all(
    world: World,
) -> None:
    await approved_by_another_council(world)
    garden = await world.activity()
    uplift = await proposed(world, garden)
    answers = await asyncio.gather(
        commands.decide(world.commissioner, uplift, YES, ""),
        commands.decide(world.other_commissioner, uplift, YES, ""),
        commands.decide(world.commissioner, uplift, YES, ""),
        commands.withdraw(world.manager, uplift),
        return_exceptions=True,
    )
    refused = [each for each in answers if isinstance(each, BaseException)]
    assert all(isinstance(each, StateConflict) for each in refused), refused
    state = await db.fetch_value("SELECT state FROM price_uplift WHERE id = $1", uplift)
    rates = await db.fetch_value("SELECT count(*) FROM rate WHERE activity_id = $1", garden)
    assert rates == (2 if state == UpliftState.APPROVED else 1)
    assert state in {UpliftState.APPROVED, UpliftState.WITHDRAWN}


async def test_two_proposals_at_once_are_one(world: World) -> None:
    garden = await world.activity()
    answers = await asyncio.gather(*(proposed(world, garden) for _ in range(4)), return_exceptions=True)
    assert sum(not isinstance(each, BaseException) for each in answers) == 1
    assert all(isinstance(each, Conflict) for each in answers if isinstance(each, BaseException))


async def test_the_database_sets_no_proposal_approved_that_a_council_did_not_approve(world: World) -> None:
    uplift = await proposed(world, await world.activity())
    with pytest.raises(Exception, match="is not approved by every council"):
        await db.execute(
            "UPDATE price_uplift SET state = 'approved', closed_at = now(), rate_starts_on = starts_on WHERE id = $1",
            uplift,
        )
