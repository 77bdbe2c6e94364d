"""Telling everybody whose dates have changed, each once and of the whole."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from isf.notices import Notice, ToPerson
from marketplace.bookings.news.commands import tell_people_of_change
from marketplace.bookings.timetable_changes import queries
from marketplace.bookings.timetable_changes.rules import Affected, DateChange, Fate
from marketplace.bookings.waitlist.moving import Moved, tell_of_moves
from marketplace.kernel import db, formats


async def tell(changes: Sequence[DateChange]) -> None:
    """Everybody once: other dates for whom some are lost, other places. Whoever only gets other times hears it by
    `news`."""
    gone = [(change, each) for change in changes for each in change.those(Fate.ELSEWHERE)]
    others = await queries.other_dates([change.slot.activity_id for change, _ in gone])
    elsewhere = [change for change in changes if change.other_place]
    names = await queries.place_names([change.slot.id for change in elsewhere])
    told: dict[UUID, list[Notice]] = {}
    for change, each in gone:
        told.setdefault(each.booking.person_id, []).append(_lost(change, each))
    for change in elsewhere:
        for each in change.bookings:
            if each.fate is not Fate.ELSEWHERE:
                told.setdefault(each.booking.person_id, []).append(
                    _other_place(change, each, names[change.slot.id])
                )
    free = {each.booking.person_id: others.get(change.slot.activity_id, []) for change, each in gone}
    await tell_people_of_change(
        [
            ToPerson(person_id, _together(person_id, notices, free.get(person_id, ())))
            for person_id, notices in told.items()
        ]
    )
    await tell_of_moves([_moved(change, names) for change in changes if change.moves])


def _moved(change: DateChange, names: Mapping[UUID, str]) -> Moved:
    slot, new = change.slot, change.new
    place = names[slot.id] if change.other_place else ""
    return Moved(slot.id, slot.title, (slot.starts_at, slot.ends_at), (new.starts_at, new.ends_at), place)


def _together(person_id: UUID, notices: Sequence[Notice], dates: Sequence[db.Row]) -> Notice:
    words = " ".join(each.words for each in notices)
    if dates:
        words += " These dates have places: " + "; ".join(formats.when(row) for row in dates) + "."
    subjects, paths = {each.subject for each in notices}, {each.path for each in notices}
    return Notice(
        subjects.pop() if len(subjects) == 1 else "Dates have changed",
        words,
        paths.pop() if len(paths) == 1 else f"/people/{person_id}/week",
    )


def _lost(change: DateChange, one: Affected) -> Notice:
    when = formats.when((change.slot.starts_at, change.slot.ends_at))
    what = f"{change.slot.title} on {when}, booking {one.booking.reference}"
    return Notice(
        f"Other dates: {change.slot.title}",
        f"{what}, is not for you any more. Nothing is charged.",
        f"/activities/{change.slot.activity_id}",
    )


def _other_place(change: DateChange, one: Affected, place: str) -> Notice:
    when = formats.when((change.new.starts_at, change.new.ends_at))
    words = f"{change.slot.title} on {when}, booking {one.booking.reference}, is at another place: {place}."
    if not change.same_time:
        words += f" Before it was on {formats.when((change.slot.starts_at, change.slot.ends_at))}."
    return Notice(f"Another place: {change.slot.title}", words, f"/bookings/{one.booking.id}")
