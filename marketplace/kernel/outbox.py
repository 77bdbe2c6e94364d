"""What must leave the house is written with the change and sent after it (`design.md`, Jobs)."""

import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import msgspec

from marketplace.kernel import clock, db
from marketplace.kernel.icalendar import HOST, Event, as_json, calendar, from_json, method_of
from marketplace.kernel.ids import new_id
from marketplace.kernel.settings import settings
from marketplace.kernel.typesetting import typeset_here

SENDER = "Fairday <no-reply@fairday.example>"
GIVE_UP_AFTER = 12


async def enqueue_mail(recipient: str, subject: str, body: str) -> None:
    """Write a letter in the transaction of the change it tells of; nothing is written without a recipient."""
    if recipient:
        await enqueue_mails([Mail(new_id(), recipient, subject, body)])


class Document(msgspec.Struct, frozen=True):
    """A PDF beside a letter, as words: it is printed when the letter is sent, so that no bytes wait with it.

    `layout` is a file of `templates/documents/`; the same words give the same bytes.
    """

    layout: str
    words: dict[str, Any]
    title: str
    made_on: date
    file_name: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A letter to be sent. The `.ics` file of its events is made when it is sent, so that no bytes wait with it."""

    id: UUID
    recipient: str
    subject: str
    body: str
    events: tuple[Event, ...] = ()
    document: Document | None = None


async def enqueue_mails(mails: Sequence[Mail]) -> None:
    """Write any number of letters by one statement, in the transaction of the change that they tell of."""
    if not mails:
        return
    await db.execute(
        "INSERT INTO outbox_message (id, topic, recipient, subject, body, event, document)"
        " SELECT m.id, 'mail', m.recipient, m.subject, m.body, m.event::jsonb, m.document::jsonb"
        "   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
        "        AS m(id, recipient, subject, body, event, document)",
        [mail.id for mail in mails],
        [mail.recipient for mail in mails],
        [mail.subject[:200] for mail in mails],
        [mail.body for mail in mails],
        [as_json(mail.events) for mail in mails],
        [msgspec.json.encode(mail.document).decode() if mail.document else None for mail in mails],
    )


async def deliver_waiting(most: int = 50) -> int:
    """Send what is due, each message by one process only; answers how many were sent.

    A message that fails is tried again later, at growing distances.
    """
    sent = 0
    for _ in range(most):
        async with db.unit_of_work():
            message = await db.fetch_one(
                "SELECT id, recipient, subject, body, event::text AS event, document::text AS document,"
                " created_at, attempts FROM outbox_message"
                " WHERE delivered_at IS NULL AND not_before <= $1 AND attempts < $2"
                " ORDER BY not_before LIMIT 1 FOR UPDATE SKIP LOCKED",
                clock.now(),
                GIVE_UP_AFTER,
            )
            if message is None:
                break
            sent += await _deliver(message)
    return sent


async def _deliver(message: db.Row) -> int:
    try:
        await anyio.to_thread.run_sync(_send, message)
    except (OSError, smtplib.SMTPException) as failure:
        await db.execute(
            "UPDATE outbox_message SET attempts = attempts + 1, last_error = $2, not_before = $3 WHERE id = $1",
            message["id"],
            type(failure).__name__,
            clock.now() + timedelta(minutes=2 ** message["attempts"]),
        )
        return 0
    await db.execute(
        "UPDATE outbox_message SET attempts = attempts + 1, delivered_at = $2, last_error = '' WHERE id = $1",
        message["id"],
        clock.now(),
    )
    return 1


def _send(message: db.Row) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = SENDER, message["recipient"], message["subject"]
    letter["Message-ID"] = f"<{message['id']}@{HOST}>"
    letter.set_content(message["body"])
    if message["event"]:
        _attach(letter, from_json(message["event"]), message["created_at"])
    if message["document"]:
        _print(letter, msgspec.json.decode(message["document"], type=Document))
    if settings().smtp_url is None:
        _keep_in_folder(message["id"], letter, settings().var_dir / "mail")
        return
    address = urlsplit(settings().smtp_url or "")
    with smtplib.SMTP(address.hostname or "localhost", address.port or 25, timeout=20) as server:
        if address.scheme == "smtps":
            server.starttls()
        if address.username:
            server.login(address.username, address.password or "")
        server.send_message(letter)


def _attach(letter: EmailMessage, events: Sequence[Event], at: datetime) -> None:
    method = method_of(events)
    letter.add_attachment(
        calendar(events, at=at, method=method),
        maintype="text",
        subtype="calendar",
        filename="event.ics",
        params={"method": str(method), "charset": "utf-8"},
    )


def _print(letter: EmailMessage, told: Document) -> None:
    printed = typeset_here(told.layout, told.words, title=told.title, made_on=told.made_on)
    letter.add_attachment(printed, maintype="application", subtype="pdf", filename=told.file_name)


def _keep_in_folder(message_id: UUID, letter: EmailMessage, folder: Path) -> None:
    # Without SMTP_URL no mail can leave; the letters lie where whoever tries the product can read them.
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{message_id}.eml").write_bytes(letter.as_bytes())
