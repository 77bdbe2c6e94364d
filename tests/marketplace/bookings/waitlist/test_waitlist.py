"""A fair line for a full session, and offers that keep a place for a while (row B3)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from marketplace.bookings import queries as booking_queries
from marketplace.bookings.commands import Hold, book, cancel_booking, let_go
from marketplace.bookings.commands.several import OfferWaits, place_several
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.reprovision.commands import suspend_provider
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist import queries
from marketplace.bookings.waitlist.commands import AlreadyWaiting, PlaceFree, accept, decline, join, leave
from marketplace.bookings.waitlist.offers import settle_lines
from marketplace.bookings.waitlist.rules import WaitState
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import (
    Conflict,
    Forbidden,
    FundExhausted,
    InHouseBlocked,
    NotFound,
    PersonBusy,
    SessionFull,
    StateConflict,
)
from marketplace.kernel.idempotency import key_of
from marketplace.kernel.routes_of_money import Route
from providers.commands import archive_activity
from providers.suspensions.commands import SuspensionDraft
from tests.world import World, balances


async def full_session(world: World, **asked: object) -> tuple[UUID, UUID]:
    """A session whose only place Dan has; answers it and his booking."""
    session = await world.session(capacity=1, **asked)  # type: ignore[arg-type]
    return session, (await book(world.dan_user, session, world.dan_direct)).id


async def people(world: World, many: int, amount: str = "100.00") -> Sequence[UUID]:
    """The funds of so many further people whose ISF Harbour holds."""
    return [(await world.person_with_fund(f"Person {n}", Route.ISF, amount))[1] for n in range(many)]


async def state(entry: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM waitlist_entry WHERE id = $1", entry))


async def places(session: UUID) -> tuple[int, int]:
    row = await db.fetch_one(
        "SELECT places_taken, places_offered FROM activity_session WHERE id = $1", session
    )
    assert row is not None
    return row["places_taken"], row["places_offered"]


async def mails(subject: str) -> list[str]:
    rows = await db.fetch_all("SELECT recipient FROM outbox_message WHERE subject LIKE $1", f"{subject}%")
    return sorted(row["recipient"] for row in rows)


@pytest.mark.row("B3")
async def test_a_place_that_becomes_free_is_offered_to_the_first_in_line_and_kept(world: World) -> None:
    session, dans = await full_session(world)
    first = await join(world.sister, session, world.emma_isf)
    [other] = await people(world, 1)
    second = await join(world.broker, session, other)
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    assert (await state(first), await state(second)) == ("offered", "waiting")
    assert await places(session) == (0, 1)
    assert await mails("A place is free") == [
        "accounts@harbour.example",
        "emma@example.com",
        "sally@example.com",
    ]
    with pytest.raises(SessionFull):
        await book(world.broker, session, other)
    booked = await accept(world.emma_user, first)
    assert booked.price_pence == 3850
    assert await places(session) == (1, 0)
    kept = await db.fetch_one("SELECT state, booking_id FROM waitlist_entry WHERE id = $1", first)
    assert kept == {"state": "accepted", "booking_id": booked.id}
    with pytest.raises(StateConflict):
        await accept(world.emma_user, first)
    assert (await queries.entry(world.broker, second)).words == "You are first in line."


@pytest.mark.row("B3")
async def test_who_may_not_book_may_not_wait_and_nobody_waits_for_what_they_could_book(world: World) -> None:
    session, _ = await full_session(world)
    with pytest.raises(NotFound):
        await join(world.stranger, session, world.emma_isf)
    with pytest.raises(Forbidden):
        await join(world.broker, session, world.emma_managed)
    with pytest.raises(Forbidden):
        await join(world.finance_officer, session, world.emma_isf)
    in_house = await world.session(
        await world.activity(world.in_house_manager), manager=world.in_house_manager, capacity=1
    )
    with pytest.raises(InHouseBlocked):
        await join(world.broker, in_house, world.emma_isf)
    with pytest.raises(PlaceFree):
        await join(world.broker, await world.session(), world.emma_isf)
    with pytest.raises(PersonBusy):
        await join(world.dan_user, session, world.dan_direct)
    await join(world.broker, session, world.emma_isf)
    with pytest.raises(AlreadyWaiting):
        await join(world.sister, session, world.emma_isf)
    with pytest.raises(asyncpg.CheckViolationError, match="the fund is not the person"):
        await db.execute("UPDATE waitlist_entry SET fund_id = $1", world.dan_direct)


@pytest.mark.row("B3")
async def test_no_and_no_answer_both_ask_the_next_in_line(world: World) -> None:
    session, dans = await full_session(world)
    funds = await people(world, 3)
    entries = [await join(world.broker, session, fund) for fund in funds]
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    await decline(world.broker, entries[0])
    assert [await state(each) for each in entries] == ["declined", "offered", "waiting"]
    with use_clock(FixedClock(clock.now() + timedelta(hours=24, minutes=1))):
        with pytest.raises(StateConflict):
            await accept(world.broker, entries[1])
        await settle_lines()
        assert [await state(each) for each in entries] == ["declined", "lapsed", "offered"]
        assert await settle_lines() == 0
    assert await places(session) == (0, 1)
    # Whoever comes back stands at the end of the line.
    again = await join(world.broker, session, funds[0])
    assert (await queries.entry(world.broker, again)).place == 1
    await leave(world.broker, entries[2])
    assert await state(again) == "offered"
    with pytest.raises(StateConflict):
        await decline(world.broker, entries[2])


@pytest.mark.row("B3")
async def test_whoever_cannot_book_now_keeps_the_place_in_line_and_the_next_who_can_is_asked(
    world: World,
) -> None:
    session, dans = await full_session(world)
    [poor], [rich] = await people(world, 1, "10.00"), await people_named(world, "Rich Person")
    waits, asked = await join(world.broker, session, poor), await join(world.broker, session, rich)
    busy = await join(world.broker, session, world.emma_isf)
    await book(world.broker, await world.session(), world.emma_isf)
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    assert [await state(each) for each in (waits, asked, busy)] == ["waiting", "offered", "waiting"]
    await decline(world.broker, asked)
    # Nobody in line can take it: it is free for everybody, and the line waits on.
    assert await places(session) == (0, 0)
    assert await state(waits) == "waiting"


async def people_named(world: World, name: str) -> Sequence[UUID]:
    return [(await world.person_with_fund(name, Route.ISF, "100.00"))[1]]


@pytest.mark.row("B3")
async def test_when_the_money_fails_at_yes_the_offer_stands(world: World) -> None:
    session, dans = await full_session(world)
    [fund] = await people(world, 1, "60.00")
    entry = await join(world.broker, session, fund)
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    other = await world.session(day=clock.today() + timedelta(days=9))
    spent = await book(world.broker, other, fund)
    with pytest.raises(FundExhausted):
        await accept(world.broker, entry)
    assert (await state(entry), await places(session)) == ("offered", (0, 1))
    await cancel_booking(world.broker, spent.id, Reason.CHANGED_MIND)
    key = key_of(world.broker.user_id, "yes-1", "accept", {"entry": str(entry)})
    booked = await accept(world.broker, entry, key=key)
    assert await accept(world.broker, entry, key=key) == booked
    assert (await balances(fund))["committed"] == 3850


@pytest.mark.row("B3")
async def test_booking_on_its_own_page_or_by_card_takes_the_place_that_is_kept(world: World) -> None:
    session = await world.session(capacity=1)
    taken = await book(world.broker, session, world.emma_isf)
    entry = await join(world.dan_user, session, world.dan_direct)
    await cancel_booking(world.broker, taken.id, Reason.CHANGED_MIND)
    held = await book(
        world.dan_user, session, world.dan_direct, hold=Hold(clock.now() + timedelta(minutes=30))
    )
    assert (await state(entry), await places(session)) == ("accepted", (1, 0))
    waits = await join(world.broker, session, world.emma_isf)
    await let_go(SYSTEM, held.id, "not paid")
    assert (await state(waits), await places(session)) == ("offered", (0, 1))


@pytest.mark.row("B3")
async def test_more_places_are_offered_by_the_next_minute(world: World) -> None:
    session, _ = await full_session(world)
    entries = [await join(world.broker, session, fund) for fund in await people(world, 3)]
    await db.execute("UPDATE activity_session SET capacity = 3 WHERE id = $1", session)
    await settle_lines()
    assert [await state(each) for each in entries] == ["offered", "offered", "waiting"]
    assert await places(session) == (1, 2)


@pytest.mark.row("B3")
async def test_a_line_ends_before_the_session_and_with_what_is_not_offered_any_more(world: World) -> None:
    session, _ = await full_session(world)
    entry = await join(world.broker, session, world.emma_isf)
    starts = await db.fetch_value("SELECT starts_at FROM activity_session WHERE id = $1", session)
    with use_clock(FixedClock(starts - timedelta(hours=2))):
        await settle_lines()
        assert (await queries.entry(world.broker, entry)).words.startswith("No place became free")
        with pytest.raises(Conflict):
            await join(world.broker, session, world.emma_isf)
    late = await world.activity(title="Choir")
    choir = await world.session(late, capacity=1, day=clock.today() + timedelta(days=5))
    await book(world.dan_user, choir, world.dan_direct)
    waits = await join(world.broker, choir, world.emma_isf)
    await archive_activity(world.manager, late)
    await settle_lines()
    assert "is not offered any more" in (await queries.entry(world.broker, waits)).words
    assert "emma@example.com" in await mails("The waitlist for Choir has ended")


@pytest.mark.row("B3")
@pytest.mark.row("P7")
async def test_a_suspended_provider_has_no_lines_and_offers_nothing(world: World) -> None:
    session, _ = await full_session(world)
    entry = await join(world.broker, session, world.emma_isf)
    draft = SuspensionDraft("A concern that is looked at.", "The safeguarding team, 01606 000000")
    await suspend_provider(world.commissioner, world.pettypool, draft)
    assert (await state(entry), await places(session)) == ("ended", (0, 0))
    assert "cannot be booked at the moment" in (await queries.entry(world.broker, entry)).words


@pytest.mark.row("B3")
async def test_the_provider_sees_how_many_wait_and_only_the_name_of_whoever_is_asked(world: World) -> None:
    session, dans = await full_session(world)
    await join(world.broker, session, world.emma_isf)
    for fund in await people(world, 2):
        await join(world.broker, session, fund)
    assert (await queries.line_of_session(world.staff, session)).words == "3 people wait for a place."
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    line = await queries.line_of_session(world.staff, session)
    assert (line.waiting, [offer.called for offer in line.offers]) == (2, ["Emma Example"])
    with pytest.raises(NotFound):
        await queries.line_of_session(world.other_manager, session)
    with pytest.raises(NotFound):
        await queries.waiting_of(world.stranger, world.emma)
    [todo] = await queries.todos_of(world.sister, world.emma)
    assert todo.words.startswith("Say yes or no to a place in Garden group, kept until ")


@pytest.mark.row("B5")
async def test_hard_case_1_a_place_given_up_late_and_taken_through_an_offer_is_not_charged(
    world: World,
) -> None:
    session = await world.session(capacity=1, day=clock.today() + timedelta(days=1))
    dans = await book(world.dan_user, session, world.dan_direct)
    entry = await join(world.broker, session, world.emma_isf)
    assert (await cancel_booking(world.dan_user, dans.id, Reason.CHANGED_MIND)).pence == 1925
    # A second cancel of the same booking frees nothing twice.
    with pytest.raises(StateConflict):
        await cancel_booking(world.dan_user, dans.id, Reason.CHANGED_MIND)
    assert await places(session) == (0, 1)
    await accept(world.broker, entry)
    day = clock.today() + timedelta(days=1)
    with use_clock(FixedClock(clock.now() + timedelta(days=3))):
        assert await waive_refilled(SYSTEM, day, day) == 1
        assert await waive_refilled(SYSTEM, day, day) == 0
    money = await balances(world.dan_direct)
    assert (money["available"], money["payable"], money["committed"]) == (50_000, 0, 0)


@pytest.mark.row("B3")
async def test_what_has_ended_in_a_line_cannot_be_opened_again_by_anybody(world: World) -> None:
    session, _ = await full_session(world)
    entry = await join(world.broker, session, world.emma_isf)
    await leave(world.broker, entry)
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE waitlist_entry SET state = $1, ended_at = NULL", str(WaitState.WAITING))


@pytest.mark.row("B3")
async def test_a_list_of_dates_leaves_an_offer_to_be_answered(world: World) -> None:
    session, dans = await full_session(world)
    entry = await join(world.broker, session, world.emma_isf)
    await cancel_booking(world.dan_user, dans, Reason.CHANGED_MIND)
    facts = await booking_queries.facts_of_dates(world.broker, [session], world.emma_isf)
    async with db.unit_of_work():
        answers = await place_several(world.broker, world.emma_isf, facts)
    assert isinstance(answers[session], OfferWaits)
    assert (await state(entry), await places(session)) == ("offered", (0, 1))
