"""Telling people in the way they like, and what stays known of it (rows B2, P5; `rules.md` 25)."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import icalendar
import pytest

from isf.notices import Notice, NoticeKind, tell_council, tell_person, tell_provider
from marketplace.identity.rules import Permission
from marketplace.kernel import db, outbox, settings
from marketplace.kernel.icalendar import Event
from marketplace.kernel.ids import new_id
from tests.world import World

EVENT = Event(
    "booking-1", datetime(2026, 11, 24, 10, tzinfo=UTC), datetime(2026, 11, 24, 12, tzinfo=UTC), "Garden group",
    place="The Hall, Sandiway",
)  # fmt: skip
BOOKED = Notice("Booked: Garden group", "A place is booked. You can see it.", "/bookings/1", events=(EVENT,))


async def told() -> list[tuple[str, str]]:
    rows = await db.fetch_all(
        "SELECT way, recipient FROM sent_notice WHERE subject = $1 ORDER BY recipient", BOOKED.subject
    )
    return [(row["way"], row["recipient"]) for row in rows]


async def prefer(
    way: str, *, person: UUID | None = None, user: UUID | None = None, address: str = ""
) -> None:
    await db.execute(
        "INSERT INTO notice_preference (id, person_id, user_id, way, address) VALUES ($1, $2, $3, $4, $5)",
        new_id(), person, user, way, address,
    )  # fmt: skip


@pytest.mark.row("B2")
async def test_the_person_and_who_books_for_them_are_told(world: World) -> None:
    await tell_person(world.emma, BOOKED)
    addresses = [address for _, address in await told()]
    assert addresses == ["accounts@harbour.example", "emma@example.com", "sally@example.com"]


async def test_only_the_person_is_told_what_is_personal(world: World) -> None:
    await tell_person(world.emma, Notice(BOOKED.subject, "", "/", kind=NoticeKind.PERSONAL))
    assert await told() == [("mail", "emma@example.com")]


async def test_a_letter_waits_for_the_post_and_no_mail_leaves(world: World) -> None:
    await prefer("letter", person=world.emma, address="1 High Street\nSandiway")
    await prefer("none", user=world.sister.user_id)
    before = await db.fetch_value("SELECT count(*) FROM outbox_message")
    await tell_person(world.emma, BOOKED, but_not=world.harbour)
    assert await told() == [("none", ""), ("letter", "1 High Street\nSandiway")]
    assert await db.fetch_value("SELECT count(*) FROM outbox_message") == before
    assert await db.fetch_value("SELECT print FROM sent_notice WHERE way = 'letter'") == "easy_read"


async def test_a_mail_carries_the_event_with_the_uid_that_stays(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(settings.settings(), var_dir=tmp_path, smtp_url=None)
    monkeypatch.setattr("marketplace.kernel.outbox.settings", lambda: here)
    await db.execute("UPDATE outbox_message SET delivered_at = now()")
    await tell_provider(world.pettypool, BOOKED, about=world.emma)
    assert await outbox.deliver_waiting() == 1
    [kept] = (tmp_path / "mail").glob("*.eml")
    letter = message_from_bytes(kept.read_bytes(), policy=policy.default)
    [attached] = letter.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    calendar = icalendar.Calendar.from_ical(attached.get_content())
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event["UID"] == "booking-1@fairday.example"
    assert event["SEQUENCE"] == 0
    assert event.decoded("DTSTART") == EVENT.starts_at
    body = letter.get_body(("plain",))
    assert body is not None
    assert "How to communicate" in body.get_content()


async def test_a_council_without_an_address_tells_those_who_look_after_it(world: World) -> None:
    await tell_council(world.council, Permission.COMMISSION_DECIDE, BOOKED)
    assert await told() == [("mail", "colin@example.com")]


async def test_what_was_told_is_never_told_differently(world: World) -> None:
    await tell_person(world.dan, BOOKED)
    with pytest.raises(Exception, match="stays as it was told"):
        await db.execute("UPDATE sent_notice SET words = 'Nothing' WHERE subject = $1", BOOKED.subject)
