"""What a direct payment may not pay to a relative: not by booking, card, register or invoice (rule 3, row Y4)."""

from datetime import time, timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.making import Payee, make_payment, payable_lines
from invoicing.payment_runs.rules import RelativeNotPaid
from invoicing.runs.commands import issue_invoices
from isf.relatives.commands import RelativeDraft, decide_relative
from isf.relatives.rules import CloseRelativeNotAgreed, Kind
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.relatives import commands, queries
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.money import ZERO
from providers.rules import Terms
from tests.asking import follow, send, sign_in, words_of
from tests.isf.relatives.test_relatives import agreed, declare
from tests.world import World, balances

pytestmark = pytest.mark.row("Y4")


async def state_of(booking: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking))


async def test_a_direct_payment_books_a_relative_only_when_the_council_agreed(world: World) -> None:
    relative = await declare(world)
    session = await world.session()
    with pytest.raises(CloseRelativeNotAgreed, match="You can ask the care manager to agree"):
        await book(world.dan_user, session, world.dan_direct)
    await decide_relative(world.care_manager, relative, agreed())
    await book(world.dan_user, session, world.dan_direct)


@pytest.mark.row("D3")
async def test_the_directory_says_why_the_direct_payment_cannot_pay(
    client: httpx.AsyncClient, world: World
) -> None:
    activity = await world.activity()
    await world.session(activity)
    await sign_in(client, world.dan_user)
    assert "close relative" not in await words_of(client, f"/activities/{activity}")
    await declare(world)
    assert "declared as a close relative" in await words_of(client, f"/activities/{activity}")


async def test_other_money_and_what_is_free_is_not_barred(world: World) -> None:
    await declare(world)
    free = await world.session(await world.activity(title="Coffee", price="0"), at=time(16))
    await book(world.dan_user, free, world.dan_direct)
    # Emma's ISF pays the same seller, also if it were her relative.
    await db.execute(
        "INSERT INTO close_relative (id, person_id, provider_id, name, kind, same_household, starts_on, declared_by,"
        " declared_as) VALUES (gen_random_uuid(), $1, $2, 'K', 'spouse_or_partner', true, $3, $4, 'council')",
        world.emma,
        world.pettypool,
        clock.today(),
        world.care_manager.user_id,
    )
    await book(world.broker, await world.session(), world.emma_isf)


async def test_the_database_refuses_it_whoever_writes(world: World) -> None:
    booked = await book(world.dan_user, await world.session(), world.dan_direct)
    await declare(world)
    with pytest.raises(asyncpg.CheckViolationError) as refusal:
        await db.execute(
            "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),"
            " 'reference', 'BK-OTHER'))).* FROM booking b WHERE id = $1",
            booked.id,
        )
    assert refusal.value.constraint_name == "booking_not_to_relative"


async def test_what_was_booked_before_is_shown_and_cannot_be_charged(world: World) -> None:
    session = await world.session_today()
    booked = await book(world.dan_user, session, world.dan_direct)
    relative = await declare(world)
    _, waiting = await queries.relative_with_bookings(world.care_manager, relative)
    assert [each.id for each in waiting] == [booked.id]
    with pytest.raises(CloseRelativeNotAgreed):
        await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
    assert await state_of(booked.id) == "confirmed"
    await decide_relative(world.care_manager, relative, agreed())
    await record_attendance(world.staff, booked.id, Outcome.ATTENDED)


async def test_it_is_given_back_by_a_decision_at_no_cost(world: World) -> None:
    activity = await world.activity(terms=Terms(24 * 30, 100))
    sessions = [
        await world.session(activity, day=clock.today() + timedelta(days=days), capacity=1) for days in (2, 3)
    ]
    booked = [await book(world.dan_user, session, world.dan_direct) for session in sessions]
    relative = await declare(world)
    with pytest.raises(Invalid):
        await commands.give_back_barred(world.care_manager, relative, " ")
    for actor, error in ((world.dan_user, Forbidden), (world.other_care_manager, NotFound)):
        with pytest.raises(error):
            await commands.give_back_barred(actor, relative, "No.")
    assert await commands.give_back_barred(world.care_manager, relative, "The council did not agree.") == 2
    assert [await state_of(each.id) for each in booked] == ["cancelled", "cancelled"]
    assert (await balances(world.dan_direct))["available"] == 50_000
    assert await db.fetch_value("SELECT sum(places_taken) FROM activity_session") == 0
    assert await commands.give_back_barred(world.care_manager, relative, "Again.") == 0


async def test_giving_up_late_what_may_not_be_paid_costs_nothing(world: World) -> None:
    activity = await world.activity(terms=Terms(24 * 30, 100))
    booked = await book(world.dan_user, await world.session(activity), world.dan_direct)
    await declare(world)
    assert await cancel_booking(world.dan_user, booked.id, Reason.CHANGED_MIND) == ZERO


async def test_the_page_says_that_giving_up_late_costs_nothing_as_the_command_charges(
    client: httpx.AsyncClient, world: World
) -> None:
    activity = await world.activity(terms=Terms(24 * 30, 100))
    booked = await book(world.dan_user, await world.session(activity), world.dan_direct)
    await sign_in(client, world.dan_user)
    assert "£38.50" in await words_of(client, f"/bookings/{booked.id}/cancel")
    await declare(world)
    assert "you pay £38.50" not in await words_of(client, f"/bookings/{booked.id}/cancel")
    answer = await send(client, f"/bookings/{booked.id}/cancel", because=str(Reason.PERSON_ILL))
    assert "You pay nothing" in await follow(client, answer)


async def test_what_was_delivered_and_not_billed_waits_for_the_council(world: World) -> None:
    booked = await book(world.dan_user, await world.session_today(), world.dan_direct)
    await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
    relative = await declare(world)
    month = clock.today().replace(day=1)
    lines = "SELECT count(*) FROM invoice_line WHERE booking_id = $1"
    await issue_invoices(SYSTEM, month)
    assert await db.fetch_value(lines, booked.id) == 0
    await decide_relative(world.care_manager, relative, agreed())
    await issue_invoices(SYSTEM, month)
    assert await db.fetch_value(lines, booked.id) == 1


async def test_what_was_billed_before_is_not_paid_until_the_council_agrees(world: World) -> None:
    booked = await book(world.dan_user, await world.session_today(), world.dan_direct)
    await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    invoice = await db.fetch_value("SELECT id FROM invoice")
    relative = await declare(world)
    with pytest.raises(
        RelativeNotPaid, match="ask the care manager to agree, or the seller for a credit note"
    ):
        await mark_paid(world.dan_user, invoice, "FP 1", clock.today())
    assert (await balances(world.dan_direct))["paid"] == 0
    assert await db.fetch_value("SELECT count(*) FROM payment") == 0
    await decide_relative(world.care_manager, relative, agreed())
    await mark_paid(world.dan_user, invoice, "FP 1", clock.today())
    assert (await balances(world.dan_direct))["paid"] == 3850


async def test_the_database_refuses_a_payment_to_a_relative_whoever_writes(world: World) -> None:
    booked = await book(world.dan_user, await world.session_today(), world.dan_direct)
    await record_attendance(world.staff, booked.id, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    invoice = await db.fetch_value("SELECT id FROM invoice")
    lines = await payable_lines([invoice])
    payee = Payee(world.pettypool, None, world.dan_user.user_id, bank_reference="FP 1", paid_on=clock.today())
    await declare(world)
    assert await payable_lines([invoice]) == []
    with pytest.raises(RelativeNotPaid):
        async with db.unit_of_work():
            await make_payment(SYSTEM, payee, lines)


async def test_a_seller_says_who_of_those_who_book_is_family(client: httpx.AsyncClient, world: World) -> None:
    await book(world.dan_user, await world.session(), world.dan_direct)
    told = RelativeDraft(world.pettypool, "Pat Owner", Kind.PARENT, True, clock.today())
    with pytest.raises(NotFound):
        await commands.declare_by_seller(world.manager, world.emma, told)
    with pytest.raises(NotFound):
        await commands.declare_by_seller(world.other_manager, world.dan, told)
    await sign_in(client, world.manager)
    assert "Is anybody who books with you" in await words_of(client, "/provider/organisation")
    kept = await send(client, "/provider/relatives", name="Pat Owner")
    assert kept.status_code == 422
    assert "Choose who books with you" in kept.text
    made = await send(
        client, "/provider/relatives", person=str(world.dan), name="Pat Owner", kind="parent", household="yes"
    )
    assert "Pat Owner" in await follow(client, made)
    with pytest.raises(CloseRelativeNotAgreed):
        await book(world.dan_user, await world.session(at=time(15)), world.dan_direct)


async def test_the_council_gives_back_by_the_page_and_the_api(
    client: httpx.AsyncClient, world: World
) -> None:
    booked = await book(world.dan_user, await world.session(), world.dan_direct)
    relative = await declare(world)
    await sign_in(client, world.care_manager)
    path = f"/council/relatives/{relative}"
    assert "£38.50 in all" in await words_of(client, path)
    assert (await send(client, path, to=f"{path}/give-back")).status_code == 422
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    waiting = await client.get(f"/api/v1/relatives/{relative}/bookings", headers=headers)
    assert [each["id"] for each in waiting.json()] == [str(booked.id)]
    answer = await send(client, path, to=f"{path}/give-back", give_back_because="Not agreed.")
    assert "1 booking given back" in await follow(client, answer)
    again = await client.post(
        f"/api/v1/relatives/{relative}/give-back", json={"because": "Not agreed."}, headers=headers
    )
    assert again.json() == {"bookings": 0}
    with pytest.raises(Conflict):
        await cancel_booking(world.dan_user, booked.id, Reason.OTHER)
