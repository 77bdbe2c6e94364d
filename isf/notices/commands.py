"""Telling people, providers and councils: in the transaction of the change, each in their way, with a record of it.

However many are told, it takes three statements: who is told and how, what was told, what leaves the house.
"""

from collections.abc import Sequence
from uuid import UUID

from isf.care.queries import communication_line
from isf.notices import recipients
from isf.notices.recipients import Recipient
from isf.notices.rules import Notice, ToPerson, Way, mail_words
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db, outbox
from marketplace.kernel.icalendar import as_json
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import Mail
from marketplace.kernel.settings import settings


async def tell_person(
    person_id: UUID, notice: Notice, *, spoken_by: UUID | None = None, but_not: UUID | None = None
) -> None:
    """Tell a person about their own affairs, and who spoke for them, and who may do this kind of thing for them.

    `but_not` is an organisation that knows already. Joins the open unit of work.
    """
    await tell_people([ToPerson(person_id, notice, spoken_by, but_not)])


async def tell_people(told: Sequence[ToPerson]) -> None:
    """Tell any number of people, each about their own affairs. Joins the open unit of work."""
    await _write(await recipients.of_people(told))


async def tell_provider(provider_id: UUID, notice: Notice, *, about: UUID | None = None) -> None:
    """Tell a provider something; `about` is the person whom it concerns, of whom it is told what they agreed to share
    about communication. Joins the open unit of work."""
    note = await communication_line(about) if about else ""
    await tell_providers([recipients.ToProvider(provider_id, notice, about, note)])


async def tell_providers(told: Sequence[recipients.ToProvider]) -> None:
    """Tell any number of providers. Joins the open unit of work."""
    await _write(await recipients.of_providers(told))


async def tell_council(
    council_id: UUID, permission: Permission, notice: Notice, *, about: UUID | None = None
) -> None:
    """Tell a council something that those with a permission look after: at its address, or where it has none each of
    them. Joins the open unit of work."""
    await _write(await recipients.of_council(council_id, permission, notice, about))


async def _write(told: Sequence[Recipient]) -> None:
    if not told:
        return
    now = clock.now()
    rows = [(new_id(), each) for each in told]
    await db.execute(
        "INSERT INTO sent_notice (id, person_id, user_id, organisation_id, name, recipient, way, print, kind, subject,"
        " words, path, event, made_at)"
        " SELECT n.id, n.person_id, n.user_id, n.organisation_id, n.name, n.recipient, n.way, n.print, n.kind,"
        "        n.subject, n.words, n.path, n.event::jsonb, $13"
        "   FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],"
        "               $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $14::text[])"
        "        AS n(id, person_id, user_id, organisation_id, name, recipient, way, print, kind, subject, words,"
        "             path, event)",
        [notice_id for notice_id, _ in rows],
        [each.person_id for each in told],
        [each.user_id for each in told],
        [each.organisation_id for each in told],
        [each.name for each in told],
        [each.address for each in told],
        [str(each.way) for each in told],
        [str(each.print) if each.way is Way.LETTER else "" for each in told],
        [str(each.notice.kind) for each in told],
        [each.notice.subject[:200] for each in told],
        [each.notice.words for each in told],
        [each.notice.path for each in told],
        now,
        [as_json(each.notice.events) for each in told],
    )
    site = settings().base_url
    await outbox.enqueue_mails(
        [
            Mail(
                notice_id,
                each.address,
                each.notice.subject,
                mail_words(each.notice, site, easy=each.easy, note=each.note),
                each.notice.events,
            )
            for notice_id, each in rows
            if each.way is Way.MAIL
        ]
    )
