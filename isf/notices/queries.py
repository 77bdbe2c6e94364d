"""What was told about a person, and the letters that wait for the post."""

from datetime import datetime
from uuid import UUID

import msgspec

from isf.documents.communication import communication_words
from isf.notices.rules import NoticeKind, Print, Way
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.icalendar import Event, from_json
from providers.access import require_council

PAGE_SIZE = 50


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """One message as it was worded. `gone_at` is when the mail left or the letter was posted."""

    id: UUID
    made_at: datetime
    to: str
    way: Way
    kind: NoticeKind
    subject: str
    words: str
    path: str
    gone_at: datetime | None

    @property
    def how(self) -> str:
        """What became of it, in words."""
        match self.way, self.gone_at:
            case Way.NONE, _:
                return "Not sent: no messages are wanted"
            case Way.LETTER, None:
                return "Letter, waits for the post"
            case Way.LETTER, _:
                return "Letter, posted"
            case _, None:
                return "E-mail, on its way"
        return "E-mail, sent"


class SentPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what was told, the newest first."""

    total: int
    page: int
    items: list[Sent]


# $1 person, $2 whether everything is shown, $3 user, $4 organisation.
_SENT = """
    FROM sent_notice n LEFT JOIN outbox_message m ON m.id = n.id
   WHERE n.person_id = $1 AND ($2 OR n.user_id = $3 OR n.organisation_id = $4)
"""


async def told_about(actor: Actor, person_id: UUID, page: int = 1) -> SentPage:
    """What was told about a person. They and their council's staff see all of it; others what was sent to them.

    Raises NotFound.
    """
    await require_person(actor, person_id, Scope.SEE)
    own = await db.fetch_value(
        "SELECT coalesce(user_id = $2, false) OR coalesce(council_id = $3, false) FROM person WHERE id = $1",
        person_id,
        actor.user_id,
        actor.council_id,
    )
    rows = await db.fetch_all(
        "SELECT n.id, n.made_at, n.name AS to, n.way, n.kind, n.subject, n.words, n.path,"
        "       coalesce(n.posted_at, m.delivered_at) AS gone_at, count(*) OVER () AS total"
        + _SENT
        + " ORDER BY n.made_at DESC, n.id LIMIT $5 OFFSET $6",
        person_id,
        own,
        actor.user_id,
        actor.organisation_id,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    total = rows[0]["total"] if rows else 0
    return SentPage(total=total, page=page, items=[msgspec.convert(row, Sent) for row in rows])


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A letter to a person: to whom, how it is printed, and what it says; `event` where it is about a single one."""

    id: UUID
    person_id: UUID
    reference: str
    name: str
    called: str
    council: str
    council_address: str
    address: str
    print: Print
    subject: str
    words: str
    event: Event | None
    communication: str
    made_at: datetime
    posted_at: datetime | None


_LETTERS = """
    SELECT n.id, n.person_id, p.reference, p.name, coalesce(nullif(p.preferred_name, ''), p.name) AS called,
           o.name AS council, o.address AS council_address, n.recipient AS address, n.print, n.subject, n.words,
           n.event::text AS event, p.communication_needs, p.prefers_easy_read, n.made_at, n.posted_at
      FROM sent_notice n JOIN person p ON p.id = n.person_id JOIN organisation o ON o.id = p.council_id
     WHERE n.way = 'letter' AND p.council_id = $1
"""


def _letter(row: db.Row) -> Letter:
    events = from_json(row["event"])
    return msgspec.convert(
        {
            **row,
            "event": events[0] if len(events) == 1 else None,
            "communication": communication_words(
                row["communication_needs"], prefers_easy_read=row["prefers_easy_read"]
            ),
        },
        Letter,
    )


async def letters_to_post(actor: Actor) -> list[Letter]:
    """The letters of the actor's council that wait, the oldest first. Raises Forbidden, NotFound."""
    council_id = require_council(actor, Permission.LETTERS_POST)
    rows = await db.fetch_all(
        _LETTERS + " AND n.posted_at IS NULL ORDER BY n.made_at, n.id LIMIT 200", council_id
    )
    return [_letter(row) for row in rows]


async def letter(actor: Actor, letter_id: UUID) -> Letter:
    """One letter of the actor's council. Raises NotFound."""
    council_id = require_council(actor, Permission.LETTERS_POST)
    row = await db.fetch_one(_LETTERS + " AND n.id = $2", council_id, letter_id)
    if row is None:
        raise NotFound
    return _letter(row)
