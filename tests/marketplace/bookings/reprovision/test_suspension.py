"""A provider stopped on safeguarding grounds: what stops at once, what stays owed, who may know (hard case 2)."""

from datetime import timedelta

import asyncpg
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.rules import InvoiceOnHold
from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import Hold, book, record_attendance
from marketplace.bookings.reprovision import commands
from marketplace.bookings.rules import Outcome
from marketplace.directory.queries import search
from marketplace.directory.rules import SearchQuery
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError, Forbidden, Invalid, NotFound, StateConflict
from providers.suspensions.commands import SuspensionDraft
from providers.suspensions.rules import AlreadySuspended, ProviderStopped
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.marketplace.bookings.reprovision.living import DRAFT, day, items, state, suspend
from tests.world import World, balances

pytestmark = pytest.mark.row("P7")


async def test_what_has_not_begun_is_given_back_at_no_cost_and_stands_in_the_queue(world: World) -> None:
    activity = await world.activity()
    soon = await book(world.broker, await world.session(activity, day=day(1)), world.emma_isf)
    later = await book(world.dan_user, await world.session(activity, day=day(9)), world.dan_direct)
    managed = await book(world.care_manager, await world.session(activity, day=day(2)), world.emma_managed)
    held = await book(
        world.dan_user,
        await world.session(activity, day=day(3)),
        world.dan_direct,
        hold=Hold(clock.now() + timedelta(minutes=20)),
    )
    elsewhere = await book(
        world.broker, await world.session(manager=world.other_manager, day=day(4)), world.emma_isf
    )
    made = await suspend(world)
    assert (made.bookings, made.people) == (4, 2)
    assert [await state(each.id) for each in (soon, later, managed, held, elsewhere)] == [
        "cancelled", "cancelled", "cancelled", "lapsed", "confirmed",
    ]  # fmt: skip
    assert (await balances(world.emma_isf))["committed"] == 3850  # Only what is booked elsewhere.
    assert (await balances(world.dan_direct))["available"] == 50_000
    assert {row["booking_id"] for row in await items()} == {soon.id, later.id, managed.id, held.id}
    assert (
        await db.fetch_value(
            "SELECT sum(places_taken) FROM activity_session WHERE activity_id = $1", activity
        )
        == 0
    )
    assert await verify() == []


async def test_nothing_new_can_be_booked_by_anybody_by_name_or_by_crafted_sql(world: World) -> None:
    session = await world.session()
    before = await book(world.broker, session, world.emma_isf)
    await suspend(world)
    for actor, fund in (
        (world.broker, world.emma_isf),
        (world.dan_user, world.dan_direct),
        (world.care_manager, world.emma_managed),
    ):
        with pytest.raises(ProviderStopped):
            await book(actor, session, fund)
    crafted = (
        "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),"
        " 'reference', 'BK-CRAFTY', 'state', 'confirmed'))).* FROM booking b WHERE b.id = $1",
        "UPDATE booking SET state = 'confirmed' WHERE id = $1",
    )
    for statement in crafted:
        with pytest.raises(asyncpg.CheckViolationError, match="nothing can be booked"):
            await db.execute(statement, before.id)


async def test_a_stopped_provider_is_not_found_and_its_pages_say_nothing_of_why(
    world: World, client: Client
) -> None:
    activity = await world.activity(title="Rare orchids")
    await world.session(activity)
    assert (await search(SearchQuery(words="orchids"))).total == 1
    made = await suspend(world)
    assert (await search(SearchQuery(words="orchids"))).total == 0
    hidden = await world.activity(title="Rarer orchids")  # Published while stopped: not found either.
    assert (await search(SearchQuery(words="orchids"))).total == 0
    slug = await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.pettypool)
    for path in (f"/providers/{slug}", f"/activities/{activity}", f"/activities/{hidden}"):
        for words in (await words_of(client, path), await words_of(client, f"{path}?easy=on")):
            assert "at the moment" in words
            assert "uspen" not in words
            assert "afeguarding" not in words
            assert "Sam Safe" not in words
        client.cookies.clear()
    await commands.release_provider(world.commissioner, made.suspension_id, "Looked at, and put right.")
    assert (await search(SearchQuery(words="orchids"))).total == 2


@pytest.mark.row("V1")
async def test_hard_case_2_a_suspension_with_bookings_to_come_and_delivered_unpaid_work(
    world: World, client: Client
) -> None:
    activity = await world.activity()
    done = await book(world.broker, await world.session_today(activity), world.emma_isf)
    coming = await book(world.broker, await world.session(activity, day=day(2)), world.emma_isf)
    await record_attendance(world.staff, done.id, Outcome.ATTENDED)
    made = await suspend(world)
    assert await state(coming.id) == "cancelled"
    # Delivered work stays payable, and is billed …
    assert (await balances(world.emma_isf))["payable"] == 3850
    run = await issue_invoices(SYSTEM, clock.today().replace(day=1), provider_id=world.pettypool)
    assert run.lines == 1
    invoice = run.invoices[0].invoice_id
    # … and waits for its payment, for the payer at the command, on the page and in the database.
    with pytest.raises(InvoiceOnHold):
        await mark_paid(world.broker, invoice, "PAY-1", clock.today())
    with pytest.raises(asyncpg.CheckViolationError, match="on hold"):
        await db.execute(
            "UPDATE invoice SET state = 'paid', paid_on = issued_on, payment_reference = 'X' WHERE id = $1",
            invoice,
        )
    await sign_in(client, world.broker)
    words = await words_of(client, f"/invoices/{invoice}")
    assert "On hold A council looks into something about this provider." in words
    assert "Mark as paid" not in words
    assert "Sam Safe" not in words
    refused = await send(
        client,
        f"/invoices/{invoice}",
        f"/invoices/{invoice}/pay",
        shown_at="/desk",
        payment_reference="PAY-1",
        paid_on=clock.today().isoformat(),
    )
    assert refused.status_code == 409
    await sign_in(client, world.manager)
    assert "Northshire Council has suspended Pettypool" in await words_of(client, f"/invoices/{invoice}")
    await commands.release_provider(world.commissioner, made.suspension_id, "Looked at, and put right.")
    await mark_paid(world.broker, invoice, "PAY-1", clock.today())
    money = await balances(world.emma_isf)
    assert (money["paid"], money["payable"], money["committed"]) == (3850, 0, 0)
    assert await verify() == []


async def test_a_second_suspension_of_a_council_does_nothing_and_another_council_keeps_it_stopped(
    world: World,
) -> None:
    session = await world.session()
    await book(world.broker, session, world.emma_isf)
    made = await suspend(world)
    with pytest.raises(AlreadySuspended):
        await suspend(world)
    assert len(await items()) == 1
    other = await commands.suspend_provider(world.other_commissioner, world.pettypool, DRAFT)
    await commands.release_provider(world.commissioner, made.suspension_id, "Right again.")
    with pytest.raises(ProviderStopped):
        await book(world.broker, session, world.emma_isf)
    with pytest.raises(StateConflict):
        await commands.release_provider(world.commissioner, made.suspension_id, "Again.")
    await commands.release_provider(world.other_commissioner, other.suspension_id, "Right for us too.")
    await book(world.broker, session, world.emma_isf)


async def test_an_ended_suspension_keeps_it_stopped_ends_the_approvals_and_lets_invoices_be_paid(
    world: World,
) -> None:
    session = await world.session()
    made = await suspend(world)
    assert await db.fetch_value("SELECT provider_on_hold($1)", world.pettypool)
    await commands.end_provider(world.commissioner, made.suspension_id, "It cannot be put right.")
    assert not await db.fetch_value("SELECT provider_on_hold($1)", world.pettypool)
    with pytest.raises(ProviderStopped):
        await book(world.dan_user, session, world.dan_direct)
    assert (
        await db.fetch_value("SELECT ends_on FROM commission WHERE provider_id = $1", world.pettypool)
        == clock.today()
    )
    await commands.release_provider(world.commissioner, made.suspension_id, "It has new owners.")
    await book(world.dan_user, session, world.dan_direct)


async def test_only_those_who_look_after_providers_stop_one_and_each_council_its_own(world: World) -> None:
    for actor in (world.care_manager, world.finance_officer, world.broker, world.manager, world.emma_user):
        with pytest.raises(Forbidden):
            await commands.suspend_provider(actor, world.pettypool, DRAFT)
    made = await commands.suspend_provider(world.monitoring_officer, world.pettypool, DRAFT)
    with pytest.raises(NotFound):
        await commands.release_provider(world.other_commissioner, made.suspension_id, "Not ours.")
    with pytest.raises(Invalid):
        await commands.release_provider(world.commissioner, made.suspension_id, " ")
    with pytest.raises(Invalid):
        await commands.suspend_provider(world.commissioner, world.first_enable, SuspensionDraft("", " "))
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute("UPDATE suspension SET grounds = 'other' WHERE id = $1", made.suspension_id)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await db.execute("DELETE FROM suspension WHERE id = $1", made.suspension_id)


async def test_everybody_affected_is_told_once_and_nobody_is_told_why(world: World) -> None:
    activity = await world.activity()
    for offset in (1, 2, 3):
        await book(world.broker, await world.session(activity, day=day(offset)), world.emma_isf)
    await db.execute("DELETE FROM outbox_message")
    await suspend(world)
    told = await db.fetch_all("SELECT recipient, subject, body FROM outbox_message ORDER BY recipient")
    by = {row["recipient"]: row for row in told}
    assert len(by) == len(told)
    assert "3 bookings of yours are given back" in by["emma@example.com"]["body"]
    assert "accounts@harbour.example" in by
    assert "Speak to: Sam Safe, 01606 000000" in by["bookings@pettypool.example"]["body"]
    assert not any("hurt somebody" in row["body"] for row in told)


async def test_a_register_of_before_can_be_filled_in_and_nothing_after_counts_as_attended(
    world: World,
) -> None:
    activity = await world.activity()
    before = await book(world.broker, await world.session_today(activity), world.emma_isf)
    after = await book(world.broker, await world.session(activity, day=day(1)), world.emma_isf)
    begun = await db.fetch_value(
        "SELECT starts_at + interval '1 minute' FROM booking WHERE id = $1", before.id
    )
    with clock.use_clock(clock.FixedClock(begun)):
        await suspend(world)
        await record_attendance(world.staff, before.id, Outcome.ATTENDED)
    assert await state(before.id) == "delivered"
    with pytest.raises(DomainError):
        await record_attendance(world.staff, after.id, Outcome.ATTENDED)
    with pytest.raises(asyncpg.CheckViolationError, match="began after its provider was suspended"):
        await db.execute(
            "INSERT INTO attendance (id, booking_id, outcome, charge_pence)"
            " VALUES (gen_random_uuid(), $1, 'attended', 1)",
            after.id,
        )


async def test_the_council_stops_a_provider_on_its_pages_and_the_provider_reads_who_to_speak_to(
    world: World, client: Client
) -> None:
    await book(world.broker, await world.session(day=day(1)), world.emma_isf)
    await sign_in(client, world.monitoring_officer)
    assert "Pettypool" in await words_of(client, "/council/suspensions?q=petty")
    page = f"/council/providers/{world.pettypool}/suspension"
    words = await words_of(client, page)
    assert "Bookings to give back 1 booking" in words
    assert "Emma" not in words
    empty = await send(client, page)
    assert (empty.status_code, "Enter the grounds" in plain(empty.text)) == (422, True)
    words = await follow(
        client, await send(client, page, grounds="A worker hurt somebody.", contact="Sam Safe")
    )
    assert "The provider is stopped. 1 booking of 1 person given back." in words
    assert "Still to be answered 1 booking" in words
    again = await send(client, "/council/suspensions", page, grounds="Again", contact="Sam")
    assert again.status_code == 409
    await sign_in(client, world.staff)
    assert "You are suspended" in await words_of(client, "/provider")
    words = await words_of(client, "/provider/suspension")
    assert "Northshire Council Suspended on safeguarding grounds since" in words
    assert "Speak to: Sam Safe" in words
    assert "hurt somebody" not in words
    await sign_in(client, world.commissioner)
    suspension = await db.fetch_value("SELECT id FROM suspension")
    wrong = await send(client, f"/council/suspensions/{suspension}")
    assert "Choose what was decided" in plain(wrong.text)
    words = await follow(
        client,
        await send(client, f"/council/suspensions/{suspension}", decided="release", words="Put right."),
    )
    assert "The provider is released." in words
    await sign_in(client, world.other_commissioner)
    assert (await client.get(f"/council/suspensions/{suspension}")).status_code == 404
