"""Telling person and provider what happened to bookings, all of one change at once, and the provider's mark that they
saw it."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar
from uuid import UUID

import msgspec

from isf.notices import ToPerson, ToProvider, tell_people, tell_providers
from marketplace.bookings.news.gathering import gathered_to_person, gathered_to_provider, with_dates
from marketplace.bookings.news.rules import Happened
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from providers.access import own_provider

T = TypeVar("T")

_TELLING = 0x6E657773  # "news": one process tells at a time, so that what belongs together stays together.

# The newest that happened to each booking; what happened between two runs is told once, as it stands now.
_DETAILS = """
    SELECT DISTINCT ON (t.booking_id) t.id, t.kind, t.was_at, t.change, t.person_told_at IS NOT NULL AS person_knows,
           t.provider_told_at IS NOT NULL AS provider_knows, b.id AS booking_id, b.series_id, b.reference, b.person_id,
           b.provider_id, a.title, pr.name AS provider_name, concat_ws(', ', v.name, nullif(v.town, '')) AS place,
           b.starts_at, b.ends_at, b.cancelled_because, b.cancelled_words, b.ratio, b.transport_pence,
           coalesce(x.charge_pence, 0) AS charge_pence,
           (SELECT count(*) - 1 FROM booking_news e WHERE e.booking_id = b.id) AS sequence,
           CASE WHEN t.kind = 'booked' THEN (SELECT g.organisation_id FROM role_grant g
                 WHERE g.user_id = b.booked_by AND g.organisation_id IS NOT NULL LIMIT 1) END AS booked_for,
           coalesce(communication_line(b.person_id), '') AS communication
      FROM taken t JOIN booking b ON b.id = t.booking_id JOIN provider pr ON pr.id = b.provider_id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
      LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id) LEFT JOIN attendance x ON x.booking_id = b.id
     ORDER BY t.booking_id, t.happened_at DESC
"""
# A change that is begun is told whole, however many bookings it touched.
_WAITING = f"""
    WITH taken AS (
        UPDATE booking_news SET told_at = $2
         WHERE told_at IS NULL AND change IN (SELECT change FROM booking_news WHERE told_at IS NULL
                                               ORDER BY happened_at LIMIT $1) RETURNING *)
    {_DETAILS}
"""  # noqa: S608 - no values
_OF_THIS_CHANGE = (
    """
    WITH taken AS (
        UPDATE booking_news n SET {side}_told_at = $2 FROM booking b
         WHERE b.id = n.booking_id AND n.change = booking_change() AND n.told_at IS NULL
           AND n.{side}_told_at IS NULL AND b.{side}_id = ANY ($1) RETURNING n.*)
"""
    + _DETAILS
)
_OF_PEOPLE = _OF_THIS_CHANGE.format(side="person")
_OF_PROVIDERS = _OF_THIS_CHANGE.format(side="provider")


async def as_one_change(change: UUID) -> None:
    """What the open unit of work does to bookings is told together with what others do under the same `change`."""
    await db.execute("SELECT set_config('fairday.change', $1, true)", str(change))


async def tell_what_happened(most: int = 500) -> int:
    """For the job: tell of what happened to bookings; answers of how many. Any number takes the same few statements,
    and two processes never tell of the same. An organisation that booked knows it already.

    Everybody is told once of each change. `most` is where it stops, but for the rest of the last change.
    """
    async with db.unit_of_work():
        await db.execute("SELECT pg_advisory_xact_lock($1)", _TELLING)
        news = _earliest_first(await db.fetch_all(_WAITING, most, clock.now()))
        of_people = _gather(
            (each for each in news if not each.person_knows), lambda each: (each.change, each.person_id)
        )
        of_providers = _gather(
            (each for each in news if not each.provider_knows and not each.by_provider),
            lambda each: (each.change, each.provider_id),
        )
        await tell_people(
            [
                ToPerson(
                    each[0].person_id, gathered_to_person(each), None, _same(one.booked_for for one in each)
                )
                for each in of_people
            ]
        )
        await tell_providers(
            [
                ToProvider(
                    each[0].provider_id,
                    gathered_to_provider(each),
                    _same(one.person_id for one in each),
                    _same(one.communication for one in each) or "",
                )
                for each in of_providers
            ]
        )
    return len(news)


async def tell_people_of_change(told: Sequence[ToPerson]) -> None:
    """Tell people of a change with its bookings in one message: with their dates, and an event for each of them. What
    the open unit of work did to bookings before this is not told to them again. Each person may be named once.
    """
    rows = await db.fetch_all(_OF_PEOPLE, [each.person_id for each in told], clock.now())
    theirs = {each[0].person_id: each for each in _gather(_earliest_first(rows), lambda each: each.person_id)}
    await tell_people(
        [replace(each, notice=with_dates(each.notice, theirs.get(each.person_id, ()))) for each in told]
    )


async def tell_providers_of_change(told: Sequence[ToProvider]) -> None:
    """The same for providers."""
    rows = await db.fetch_all(_OF_PROVIDERS, [each.provider_id for each in told], clock.now())
    theirs = {
        each[0].provider_id: each for each in _gather(_earliest_first(rows), lambda each: each.provider_id)
    }
    await tell_providers(
        [replace(each, notice=with_dates(each.notice, theirs.get(each.provider_id, ()))) for each in told]
    )


def _earliest_first(rows: Sequence[db.Row]) -> list[Happened]:
    news = [msgspec.convert(row, Happened) for row in rows]
    return sorted(news, key=lambda each: (each.starts_at, each.id))


def _gather(news: Iterable[Happened], key: Callable[[Happened], Hashable]) -> list[list[Happened]]:
    found: dict[Hashable, list[Happened]] = {}
    for each in news:
        found.setdefault(key(each), []).append(each)
    return list(found.values())


def _same(values: Iterable[T]) -> T | None:
    """The value, where it is the same for all."""
    found = set(values)
    return found.pop() if len(found) == 1 else None


async def mark_seen(actor: Actor, news_ids: list[UUID] | None = None) -> int:
    """The provider has seen these, or with None all that happened so far; answers how many were new."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    rows = await db.fetch_all(
        "UPDATE booking_news SET seen_at = $2 WHERE provider_id = $1 AND seen_at IS NULL"
        "   AND ($3::uuid[] IS NULL OR id = ANY ($3)) RETURNING id",
        provider_id,
        clock.now(),
        news_ids,
    )
    return len(rows)
