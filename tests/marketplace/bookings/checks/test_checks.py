"""A person says whether what was recorded is right; what is wrong is not billed, everything else is (row P5)."""

import asyncio
from datetime import time, timedelta
from uuid import UUID

import pytest

from invoicing.runs.commands import issue_invoices
from marketplace.bookings.checks.commands import (
    Answer,
    accept_answer,
    answer_dispute,
    confirm_attendance,
    confirm_by_time,
    decide_dispute,
    dispute_attendance,
)
from marketplace.bookings.checks.queries import recorded
from marketplace.bookings.checks.rules import CheckState
from marketplace.bookings.commands import Times, book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from tests.asking import Client, follow, send, sign_in, words_of
from tests.world import World, balances

pytestmark = pytest.mark.row("P5")
MONTH = clock.today().replace(day=1)


async def visits(world: World) -> tuple[UUID, UUID]:
    """Two people at one session of today: Emma was there, Dan was not."""
    session = await world.session_today()
    emma = (await book(world.broker, session, world.emma_isf)).id
    dan = (await book(world.dan_user, session, world.dan_direct)).id
    await record_attendance(world.staff, emma, Outcome.ATTENDED)
    await record_attendance(world.staff, dan, Outcome.ABSENT)
    return emma, dan


async def billed() -> set[UUID]:
    return {row["booking_id"] for row in await db.fetch_all("SELECT booking_id FROM invoice_line")}


async def state(booking_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM attendance_check WHERE booking_id = $1", booking_id))


async def test_a_dispute_stops_the_bill_for_that_visit_only_until_it_is_settled(world: World) -> None:
    emma, dan = await visits(world)
    await dispute_attendance(world.emma_user, emma, "I was ill that day.")
    await issue_invoices(SYSTEM, MONTH)
    assert await billed() == {dan}
    await answer_dispute(world.manager, emma, Answer("You are right.", Outcome.ABSENT))
    await issue_invoices(SYSTEM, MONTH)
    assert await billed() == {dan}
    await accept_answer(world.sister, emma)
    await issue_invoices(SYSTEM, MONTH)
    assert await billed() == {dan, emma}
    assert (await balances(world.emma_isf))["payable"] == 1925


async def test_the_database_refuses_a_line_for_what_is_disputed(world: World) -> None:
    emma, dan = await visits(world)
    await issue_invoices(SYSTEM, MONTH)
    await db.execute("ALTER TABLE attendance DISABLE TRIGGER attendance_claimed")
    await db.execute("UPDATE attendance SET disputed = true WHERE booking_id = $1", dan)
    await db.execute("ALTER TABLE attendance ENABLE TRIGGER attendance_claimed")
    copy = (
        "INSERT INTO invoice_line SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid(),"
        " 'position', 99))).* FROM invoice_line l WHERE booking_id = $1"
    )
    with pytest.raises(Exception, match="is disputed"):
        await db.execute(copy, dan)
    del emma


async def test_a_dispute_and_an_invoice_at_the_same_moment_never_both_win(world: World) -> None:
    emma, _ = await visits(world)
    await asyncio.gather(
        dispute_attendance(world.emma_user, emma, "I was ill."), issue_invoices(SYSTEM, MONTH)
    )
    before = await db.fetch_value("SELECT billed_before FROM attendance_check WHERE booking_id = $1", emma)
    assert before is (emma in await billed())


async def test_what_was_billed_before_is_shown_to_the_payer_and_stays(world: World, client: Client) -> None:
    emma, _ = await visits(world)
    await issue_invoices(SYSTEM, MONTH)
    await dispute_attendance(world.emma_user, emma, "I was ill that day.")
    invoice = await db.fetch_value("SELECT invoice_id FROM invoice_line WHERE booking_id = $1", emma)
    await sign_in(client, world.broker)
    words = await words_of(client, f"/invoices/{invoice}")
    assert "Somebody says that a line is wrong" in words
    assert "£38.50 . Not settled yet." in words or "£38.50. Not settled yet." in words


async def test_the_council_decides_and_corrects(world: World) -> None:
    emma, _ = await visits(world)
    await dispute_attendance(world.emma_user, emma, "I was ill that day.")
    with pytest.raises(Forbidden):
        await decide_dispute(world.finance_officer, emma, Answer("No"))
    with pytest.raises(NotFound):
        await decide_dispute(world.other_care_manager, emma, Answer("No"))
    await decide_dispute(world.monitoring_officer, emma, Answer("The bus log says so.", Outcome.ABSENT))
    told = await recorded(world.emma_user, emma)
    assert (told.state, told.outcome, told.charge_pence) == (CheckState.SETTLED, Outcome.ABSENT, 1925)
    with pytest.raises(StateConflict):
        await decide_dispute(world.care_manager, emma, Answer("Again"))


async def test_what_nobody_found_wrong_counts_as_right_after_the_days_of_the_council(world: World) -> None:
    emma, dan = await visits(world)
    await dispute_attendance(world.dan_user, dan, "I came.")
    assert await confirm_by_time() == 0
    with use_clock(FixedClock(clock.now() + timedelta(days=15))):
        assert await confirm_by_time() == 1
        assert await confirm_by_time() == 0
    assert (await state(emma), await state(dan)) == ("confirmed", "disputed")


async def test_a_corrected_register_is_looked_at_again(world: World) -> None:
    emma, _ = await visits(world)
    await confirm_attendance(world.emma_user, emma)
    await record_attendance(world.staff, emma, Outcome.ATTENDED, "Planted beans")
    assert await state(emma) == "confirmed"
    await record_attendance(world.staff, emma, Outcome.ABSENT)
    assert await state(emma) == "None"


async def test_only_those_who_book_for_the_person_say_anything_and_with_words(world: World) -> None:
    emma, _ = await visits(world)
    for stranger in (world.stranger, world.dan_user, world.other_care_manager):
        with pytest.raises(NotFound):
            await dispute_attendance(stranger, emma, "No")
    with pytest.raises(Invalid):
        await dispute_attendance(world.emma_user, emma, "  ")
    with pytest.raises(NotFound):
        await answer_dispute(world.other_manager, emma, Answer("No"))


async def test_the_pages_from_a_plain_no_to_the_answer(world: World, client: Client) -> None:
    emma, _ = await visits(world)
    await sign_in(client, world.emma_user)
    assert "Emma was there." in await words_of(client, f"/bookings/{emma}/attendance?easy=on")
    path = f"/bookings/{emma}/attendance"
    refused = await send(client, path, do="wrong", words="")
    assert refused.status_code == 422
    said = await follow(client, await send(client, path, do="wrong", words="I was ill that day."))
    assert "Nothing is billed for it before it is settled." in said
    await sign_in(client, world.manager)
    assert "I was ill that day." in await words_of(client, "/provider/disputes")
    answer = await send(client, f"/provider/disputes/{emma}", outcome="", words="You signed the list.")
    assert "The person is told your answer." in await follow(client, answer)
    await sign_in(client, world.emma_user)
    assert "You signed the list." in await words_of(client, path)
    assert "It is settled." in await follow(client, await send(client, path, do="accept"))
    told = await db.fetch_value(
        "SELECT count(*) FROM sent_notice WHERE kind = 'attendance' AND recipient = 'emma@example.com'"
    )
    assert told == 1


async def test_times_are_kept_and_bill_nothing(world: World) -> None:
    emma, _ = await visits(world)
    times = Times(time(10, 5), time(11, 50))
    await record_attendance(world.staff, emma, Outcome.ATTENDED, "", times)
    assert (await recorded(world.emma_user, emma)).times == "Came at 10:05, left at 11:50"
    await issue_invoices(SYSTEM, MONTH)
    await record_attendance(world.staff, emma, Outcome.ATTENDED, "", Times(time(10, 10), None))
    assert (await recorded(world.emma_user, emma)).times == "Came at 10:10"
