"""Changing dates with their bookings: looked at first, then done exactly like that, in one transaction (row P4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.budgets.books import lock_books
from isf.ledger import commands as ledger
from marketplace.bookings.cancelling.queries import recorded_among
from marketplace.bookings.commands import cancel_booking, let_go
from marketplace.bookings.rules import BookingState, Payment, Reason
from marketplace.bookings.timetable_changes import queries, rules
from marketplace.bookings.timetable_changes.rules import (
    BookingAsItIs,
    ChangedMeanwhile,
    DateChange,
    Fate,
    Movers,
    fate_of,
)
from marketplace.bookings.timetable_changes.telling import tell
from marketplace.bookings.waitlist.offers import lines_settled_last
from marketplace.bookings.waiving import Because, let_off_everybody, owed_late
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import NotFound, PersonBusy
from marketplace.kernel.money import Money
from providers.access import own_provider
from providers.timetables.changing import Change, NewSlot, Reach, Slot, check, new_slot
from providers.timetables.commands import check_venue, timetable_for_change
from providers.timetables.editing import change_timetable, mapped_days, stop_timetable

ATTEMPTS = 3
"""Whoever books the same person elsewhere at the same moment: looked at again, and again."""

MOST_DATES = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to change: one date, with how far the change goes from it, or a number of dates."""

    session_ids: tuple[UUID, ...]
    change: Change
    reach: Reach = Reach.THIS
    movers: Movers = Movers.MOVE


@dataclass(frozen=True, slots=True)
class _Plan:
    changes: Sequence[DateChange]
    timetable: db.Row | None
    edited: date | None
    first: date | None
    let_off: Sequence[UUID]
    """Bookings given up late for which nothing is owed after this."""


async def look(actor: Actor, asked: Asked) -> Sequence[DateChange]:
    """What a change would do to each date and each booking; nothing is changed.

    Raises Forbidden, NotFound, Invalid, and the conflicts of `rules.check`.
    """
    async with db.unit_of_work():
        return (await _plan(actor, asked)).changes


async def make_change(actor: Actor, asked: Asked, shown: str | None = None) -> Sequence[DateChange]:
    """Do it; answers what was done. `shown` is the fingerprint of what was looked at: anything else is not done.

    Raises what `look` raises, and ChangedMeanwhile.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await _make(actor, asked, shown)
        except PersonBusy:
            # Somebody booked the person elsewhere while we looked: now it is seen.
            continue
    return await _make(actor, asked, shown)


async def _make(actor: Actor, asked: Asked, shown: str | None) -> Sequence[DateChange]:
    async with db.unit_of_work():
        plan = await _plan(actor, asked)
        if shown is not None and rules.fingerprint(plan.changes) != shown:
            raise ChangedMeanwhile
        async with lines_settled_last([each.slot.id for each in plan.changes]):
            await _give_back(actor, plan.changes)
            await _let_off(actor, plan)
            await _change_rule(actor, asked, plan)
            await _change_dates(actor, plan.changes)
            await _move_money(actor, plan.changes)
            await tell(plan.changes)
    return plan.changes


async def _plan(actor: Actor, asked: Asked) -> _Plan:
    """Everything as it is and will be, with the activities, the timetable and the dates locked, in this order."""
    check(asked.change, asked.reach)
    provider_id = await own_provider(actor)
    if asked.change.place is not None:
        await check_venue(provider_id, asked.change.place.venue_id)
    await _lock_activities(provider_id, asked.session_ids)
    slots = await queries.slots_of(provider_id, asked.session_ids)
    if not slots:
        raise NotFound
    row, edited = None, None
    if asked.reach is not Reach.THIS and slots[0].timetable_id is not None:
        row, edited = await timetable_for_change(slots[0].timetable_id), slots[0]
        slots = await queries.slots_of_timetable(provider_id, row["id"])
        if asked.reach is Reach.FOLLOWING and edited.rule_on is not None:
            slots = [slot for slot in slots if slot.rule_on is not None and slot.rule_on >= edited.rule_on]
    await _lock([slot.id for slot in slots])
    slots = await queries.slots_of(provider_id, [slot.id for slot in slots])
    first = min((slot.rule_on for slot in slots if slot.rule_on), default=None) if row else None
    pairs = _pairs(slots, asked.change, row, edited)
    # A pause holds all books of its person: whoever moves a booking to another day holds them too, and then looks.
    await lock_books(await queries.funds_on_other_days(pairs))
    bookings: dict[UUID, list[BookingAsItIs]] = {}
    for booking in await queries.bookings_on(pairs):
        bookings.setdefault(booking.session_id, []).append(booking)
    changes = [
        DateChange(slot, new, [fate_of(each, slot, new, asked.movers) for each in bookings.get(slot.id, ())])
        for slot, new in sorted(pairs, key=lambda pair: (pair[0].starts_at, pair[0].id))
    ]
    recorded = await recorded_among([slot.id for slot in slots])
    rules.check(changes, clock.now(), await queries.other_starts(pairs), recorded)
    new_of = {slot.id: (slot, new) for slot, new in pairs}
    let_off = [
        each.id
        for each in await queries.owed_late_on(pairs)
        if rules.late_fate(each, *new_of[each.session_id], asked.movers) is Fate.ELSEWHERE
    ]
    return _Plan(changes, row, edited.rule_on if edited else None, first, let_off)


def _pairs(
    slots: Sequence[Slot], change: Change, row: db.Row | None, edited: Slot | None
) -> list[tuple[Slot, NewSlot]]:
    days: dict[date, date | None] = {}
    if row is not None and edited is not None and edited.rule_on is not None and not change.stop:
        days = mapped_days(row, [slot.rule_on for slot in slots if slot.rule_on], edited.rule_on, change)
    pairs = []
    for slot in slots:
        new = new_slot(slot, change, days.get(slot.rule_on) if slot.rule_on else None)
        if slot.rule_on in days and days[slot.rule_on] is None:
            off = "The new day is a day on which it does not happen."
            new = NewSlot(slot.starts_at, slot.ends_at, slot.capacity, slot.venue_id, None, off)
        pairs.append((slot, new))
    return pairs


async def _lock_activities(provider_id: UUID, session_ids: Sequence[UUID]) -> None:
    await db.execute(
        "SELECT 1 FROM (SELECT a.id FROM activity a WHERE a.provider_id = $1 AND a.id IN"
        " (SELECT activity_id FROM activity_session WHERE id = ANY ($2::uuid[])) ORDER BY a.id FOR NO KEY UPDATE) x",
        provider_id,
        list(session_ids),
    )


async def _lock(session_ids: Sequence[UUID]) -> None:
    await db.execute(
        "SELECT 1 FROM (SELECT id FROM activity_session WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE) x",
        list(session_ids),
    )


async def _give_back(actor: Actor, changes: Sequence[DateChange]) -> None:
    """Places at no cost, funds in order (`rules.md` 15)."""
    gone = [each.booking for change in changes for each in change.those(Fate.ELSEWHERE)]
    for booking in sorted(gone, key=lambda each: (each.fund_id, each.starts_at, each.id)):
        if booking.state == BookingState.HELD:
            await let_go(actor, booking.id, str(Reason.PROVIDER))
        else:
            await cancel_booking(actor, booking.id, Reason.PROVIDER)


async def _let_off(actor: Actor, plan: _Plan) -> None:
    owed = [
        row for row in await owed_late([each.slot.id for each in plan.changes]) if row["id"] in plan.let_off
    ]
    off = {each.slot.id for each in plan.changes if each.off}
    for because, gone in ((Because.DATE_CANCELLED, True), (Because.DATE_MOVED, False)):
        rows = [row for row in owed if (row["activity_session_id"] in off) is gone]
        await let_off_everybody(actor, rows, because)


async def _change_rule(actor: Actor, asked: Asked, plan: _Plan) -> None:
    if plan.timetable is None or plan.first is None or plan.edited is None:
        return
    if asked.change.stop:
        await stop_timetable(actor, plan.timetable, plan.first)
    else:
        await change_timetable(actor, plan.timetable, plan.edited, plan.first, asked.change)


_SESSIONS = """
    UPDATE activity_session s SET starts_at = n.starts_at, ends_at = n.ends_at, capacity = n.capacity,
           venue_id = n.venue_id
      FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::int[], $5::uuid[])
           AS n (id, starts_at, ends_at, capacity, venue_id)
     WHERE s.id = n.id
"""
_AUDIT = """
    INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, before, after)
    SELECT $1, $2, n.action, n.subject, n.id, n.before::jsonb, n.after::jsonb
      FROM unnest($3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[]) AS n (action, subject, id, before, after)
"""


async def _change_dates(actor: Actor, changes: Sequence[DateChange]) -> None:
    """Times, places and numbers of the dates; their bookings follow by `booking_follows_session`, and so does what is
    owed for a place given up late, which is charged on the day for which it was given up."""
    on = [each for each in changes if not each.off]
    await db.execute("SET CONSTRAINTS booking_person_busy DEFERRED")
    await db.execute(
        _SESSIONS,
        [each.slot.id for each in on],
        [each.new.starts_at for each in on],
        [each.new.ends_at for each in on],
        [each.new.capacity for each in on],
        [each.new.venue_id for each in on],
    )
    await db.execute("SET CONSTRAINTS booking_person_busy IMMEDIATE")
    await db.execute(
        "UPDATE activity_session SET state = 'cancelled' WHERE id = ANY ($1::uuid[])",
        [each.slot.id for each in changes if each.off],
    )
    told = [_told_of(each) for each in changes]
    await db.execute(
        _AUDIT, actor.user_id, actor.organisation_id, *(list(column) for column in zip(*told, strict=True))
    )


def _told_of(change: DateChange) -> tuple[str, str, UUID, str | None, str | None]:
    slot, new = change.slot, change.new
    before = {
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "capacity": slot.capacity,
        "venue": slot.venue_id,
    }
    after = {
        "starts_at": new.starts_at,
        "ends_at": new.ends_at,
        "capacity": new.capacity,
        "venue": new.venue_id,
    }
    action, now = ("session.cancelled", {"off": new.off}) if change.off else ("session.changed", after)
    return action, "activity_session", slot.id, audit.plain(before), audit.plain(now)


async def _move_money(actor: Actor, changes: Sequence[DateChange]) -> None:
    """The money of a booking belongs to the day of its service (`rules.md` 11): held anew on the new day."""
    moved = [
        (each.booking, change.new.service_on)
        for change in changes
        if not change.off
        for each in change.bookings
        if each.fate is not Fate.ELSEWHERE
        and each.booking.price_pence
        and Payment(each.booking.payment).waits_in_fund
        and each.booking.service_on != change.new.service_on
    ]
    for booking, day in sorted(moved, key=lambda pair: (pair[0].fund_id, pair[0].id)):
        await ledger.hold_on_another_day(
            actor,
            booking.fund_id,
            booking.id,
            Money(booking.price_pence),
            day,
            because="moved to another day",
        )
