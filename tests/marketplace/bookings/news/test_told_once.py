"""Whoever is told of a change to several bookings is told once, of all of it, with an event for each (row B2)."""

from dataclasses import replace
from datetime import date, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import icalendar
import pytest

from isf.endings.rules import EndDraft, EndKind
from isf.pauses.rules import PauseKind
from marketplace.bookings.cancelling.commands import cancel_dates
from marketplace.bookings.commands import book
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.pauses import commands as pauses
from marketplace.bookings.pauses.retainers import Term, set_term
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.relatives.commands import give_back_barred
from marketplace.bookings.reprovision.commands import book_back, release_provider
from marketplace.bookings.rules import Reason
from marketplace.bookings.series.commands import SeriesDraft, book_series, cancel_series
from marketplace.bookings.series.rules import Mode
from marketplace.bookings.timetable_changes.commands import Asked, make_change
from marketplace.kernel import clock, db, formats, outbox, settings
from providers.timetables.changing import Change, Place
from tests.isf.relatives.test_relatives import declare
from tests.marketplace.bookings.reprovision.living import suspend
from tests.world import World

pytestmark = pytest.mark.row("B2")

EMMA, DAN, PROVIDER = "emma@example.com", "dan@example.com", "bookings@pettypool.example"

HEARD: set[UUID] = set()
"""Messages from before the change that a test is about."""


def day(number: int) -> date:
    return clock.today() + timedelta(days=number)


async def daily(world: World, count: int) -> list[UUID]:
    activity = await world.activity(price="5.00")
    return [await world.session(activity, day=day(1 + number)) for number in range(count)]


async def booked(world: World, count: int = 3) -> list[UUID]:
    """Emma's bookings on the first dates; everybody was told of them."""
    made = [(await book(world.broker, each, world.emma_isf)).id for each in await daily(world, count)]
    await told_before()
    return made


async def told_before() -> None:
    await tell_what_happened()
    HEARD.update(row["id"] for row in await db.fetch_all("SELECT id FROM sent_notice"))


async def told(recipient: str) -> list[db.Row]:
    """What somebody was told since, after the letters went out."""
    await tell_what_happened()
    await tell_what_happened()
    return await db.fetch_all(
        "SELECT id, subject, words, CASE jsonb_typeof(event) WHEN 'array' THEN jsonb_array_length(event)"
        "       WHEN 'object' THEN 1 ELSE 0 END AS events, event::text AS event"
        "  FROM sent_notice WHERE recipient = $1 AND NOT id = ANY ($2) ORDER BY made_at",
        recipient,
        list(HEARD),
    )


async def told_once(recipient: str, events: int) -> str:
    """The words of the only message to somebody, which carries so many events."""
    found = await told(recipient)
    assert [row["events"] for row in found] == [events]
    return f"{found[0]['subject']}. {found[0]['words']}"


async def test_a_series_is_one_message_to_each_side_with_every_date_in_words_and_one_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = await daily(world, 26)
    await told_before()
    await db.execute("UPDATE outbox_message SET delivered_at = now()")
    made = await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.ALL_OR_NOTHING))
    for side in (EMMA, PROVIDER):
        words = await told_once(side, 26)
        assert words.startswith("Booked: 26 bookings, Garden group")
        assert all(f"{formats.day(day(1 + number))}, " in words for number in range(26))
        assert all(each.reference in words for each in made.dates)
    here = replace(settings.settings(), var_dir=tmp_path, smtp_url=None)
    monkeypatch.setattr("marketplace.kernel.outbox.settings", lambda: here)
    await outbox.deliver_waiting()
    letters = [
        message_from_bytes(kept.read_bytes(), policy=policy.default)
        for kept in (tmp_path / "mail").glob("*.eml")
    ]
    to_emma = [letter for letter in letters if letter["To"] == EMMA]
    assert len(to_emma) == 1
    [attached] = to_emma[0].iter_attachments()
    calendar = icalendar.Calendar.from_ical(attached.get_content())
    # Events of several UIDs are told of, not asked for (RFC 5546).
    assert calendar["METHOD"] == "PUBLISH"
    assert {str(event["UID"]) for event in calendar.walk("VEVENT")} == {
        f"booking-{each.booking_id}@fairday.example" for each in made.dates
    }
    assert {str(event["STATUS"]) for event in calendar.walk("VEVENT")} == {"CONFIRMED"}


async def test_a_series_given_up_is_one_message_to_each_side(world: World) -> None:
    sessions = await daily(world, 5)
    made = await book_series(world.broker, SeriesDraft(world.emma_isf, sessions, Mode.ALL_OR_NOTHING))
    await told_before()
    await cancel_series(world.broker, made.id, day(3), Reason.CHANGED_MIND)
    for side in (EMMA, PROVIDER):
        assert "Cancelled: 3 bookings" in await told_once(side, 3)


async def test_days_that_a_provider_cancels_are_one_message_to_whoever_was_booked_on_them(
    world: World,
) -> None:
    sessions = await daily(world, 3)
    for session in sessions:
        await book(world.broker, session, world.emma_isf)
    await book(world.dan_user, sessions[0], world.dan_direct)
    await told_before()
    await cancel_dates(world.manager, sessions, "Our driver is ill.")
    words = await told_once(EMMA, 3)
    assert "3 bookings do not happen for you any more" in words
    assert words.count("Our driver is ill.") == 1
    assert "Our driver is ill." in await told_once(DAN, 1)
    assert await told(PROVIDER) == []


async def test_a_pause_is_one_message_to_the_person_and_to_each_provider(world: World) -> None:
    made = await booked(world)
    draft = PauseDraft(PauseKind.HOLIDAY, day(1), day(20), keep=False, because="Away")
    await pauses.pause(world.broker, world.emma, draft)
    words = await told_once(EMMA, len(made))
    assert "A pause is recorded" in words
    assert formats.day(day(2)) in words
    assert "3 places are free again" in await told_once(PROVIDER, len(made))


async def test_places_kept_and_given_back_in_a_pause_are_one_message_to_their_provider(world: World) -> None:
    kept_activity = await world.activity(title="Choir", price="5.00")
    await set_term(world.manager, kept_activity, Term(50, 1))
    for activity, at in ((kept_activity, time(10)), (await world.activity(price="5.00"), time(14))):
        session = await world.session(activity, day=day(2), at=at, minutes=60)
        await book(world.broker, session, world.emma_isf)
    await told_before()
    await pauses.pause(
        world.broker, world.emma, PauseDraft(PauseKind.HOLIDAY, day(1), day(9), keep=True, because="Away")
    )
    words = await told_once(PROVIDER, 1)
    assert "1 place kept as agreed" in words
    assert "1 place is given back" in words
    assert "A pause is recorded" in await told_once(EMMA, 1)


async def test_what_is_booked_again_after_a_pause_is_one_message(world: World) -> None:
    await booked(world)
    pause = await pauses.pause(
        world.broker, world.emma, PauseDraft(PauseKind.HOLIDAY, day(1), day(9), keep=False, because="Away")
    )
    await pauses.move_end(world.broker, pause, day(1))
    await told_before()
    again = await pauses.book_again(world.broker, pause)
    assert [each.refusal for each in again] == ["", "", ""]
    for side in (EMMA, PROVIDER):
        assert "Booked: 3 bookings" in await told_once(side, 3)


async def test_a_death_is_one_message_to_those_who_acted_and_one_to_the_provider(world: World) -> None:
    await booked(world)
    await end_person(
        world.care_manager, world.emma, EndDraft(EndKind.DIED, clock.today(), "Her sister rang.")
    )
    assert await told(EMMA) == []
    words = [row for row in await told("sally@example.com") if row["events"]]
    assert [row["events"] for row in words] == [3]
    assert words[0]["subject"] == "We are sorry for your loss"
    assert "3 places are free again" in await told_once(PROVIDER, 3)


async def test_a_suspension_and_what_is_booked_back_are_one_message_each(world: World) -> None:
    await booked(world)
    made = await suspend(world)
    assert "Bookings were given back" in await told_once(EMMA, 3)
    assert "Nothing can be booked with you" in await told_once(PROVIDER, 3)
    await told_before()
    await release_provider(world.commissioner, made.suspension_id, "All is well.")
    await told_before()
    assert all(each.reference for each in await book_back(world.broker, world.emma))
    assert "Booked: 3 bookings" in await told_once(EMMA, 3)


async def test_bookings_that_a_direct_payment_may_not_pay_are_given_back_in_one_message(world: World) -> None:
    for session in await daily(world, 2):
        await book(world.dan_user, session, world.dan_direct)
    relative = await declare(world)
    await told_before()
    await give_back_barred(world.care_manager, relative, "Not agreed.")
    assert "2 bookings with" in await told_once(DAN, 2)
    assert "2 places are free again" in await told_once(PROVIDER, 2)


async def test_dates_that_move_are_one_message_to_whoever_is_booked_on_them(world: World) -> None:
    sessions = await daily(world, 3)
    for session in sessions:
        await book(world.broker, session, world.emma_isf)
    await told_before()
    await make_change(world.manager, Asked(tuple(sessions), Change(start_time=time(13))))
    words = await told_once(EMMA, 3)
    assert "The time of 3 bookings has changed" in words
    assert words.count("before on") == 3


async def test_dates_at_another_place_and_time_are_one_message(world: World) -> None:
    sessions = await daily(world, 2)
    for session in sessions:
        await book(world.broker, session, world.emma_isf)
    await told_before()
    venue = await db.fetch_value("SELECT id FROM venue WHERE provider_id = $1 LIMIT 1", world.pettypool)
    await make_change(world.manager, Asked(tuple(sessions), Change(start_time=time(13), place=Place(venue))))
    words = await told_once(EMMA, 2)
    assert words.count("is at another place") == 2
    assert words.count("Before it was on") == 2
