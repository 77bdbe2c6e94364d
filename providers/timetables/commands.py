"""Weekly timetables and single dates of an activity (requirement P4)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, states
from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.access import own_provider, require_activity
from providers.rules import SESSION_TRANSITIONS, SessionState
from providers.timetables.rules import TimetableDraft, dates_of, expand, moments


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """One date, on London wall time; no capacity takes the activity's."""

    day: date
    start_time: time
    minutes: int
    capacity: int | None = None


class TimetableRepeats(Conflict):
    """Every date of the timetable is there already."""

    code = "timetable_repeats"

    def __init__(self) -> None:
        super().__init__(
            "You cannot add these dates, because the activity has a session at every one of them already. "
            "You can choose other days or another time."
        )


class SessionHasBookings(Conflict):
    """People have places on this date."""

    code = "session_has_bookings"

    def __init__(self) -> None:
        super().__init__(
            "You cannot take this date away, because people are booked on it. You can cancel it for everyone, "
            "which tells them and costs them nothing."
        )


def _places(asked: int | None, activity: db.Row) -> int:
    places = asked or activity["capacity"]
    if not places:
        raise Invalid({"capacity": "Enter how many places there are"})
    return int(places)


# A start that the activity has already is left alone, so that two timetables never make one date twice.
_MAKE = """
    INSERT INTO activity_session (id, activity_id, provider_id, timetable_id, starts_at, ends_at, capacity,
                                  places_taken, state)
    SELECT gen_random_uuid(), $1, $2, $3, d.starts_at, d.ends_at, $4, 0, 'scheduled'
      FROM unnest($5::timestamptz[], $6::timestamptz[]) AS d (starts_at, ends_at)
     WHERE NOT EXISTS (SELECT 1 FROM activity_session s WHERE s.activity_id = $1 AND s.starts_at = d.starts_at
                          AND s.state = 'scheduled')
    ON CONFLICT (timetable_id, starts_at) DO NOTHING
    RETURNING id
"""


async def _make_sessions(
    activity: db.Row, timetable_id: UUID | None, capacity: int, dates: list[tuple[datetime, datetime]]
) -> list[UUID]:
    """Every date in one statement; the database fills in day and owner."""
    made = await db.fetch_all(
        _MAKE,
        activity["id"],
        activity["provider_id"],
        timetable_id,
        capacity,
        [start for start, _ in dates],
        [end for _, end in dates],
    )
    return [row["id"] for row in made]


async def create_timetable(actor: Actor, activity_id: UUID, draft: TimetableDraft) -> tuple[UUID, int]:
    """A weekly timetable with all its dates, made at once; answers its id and how many dates are new.

    Raises NotFound (another's activity), Invalid, TimetableRepeats.
    """
    dates = dates_of(draft)
    async with db.unit_of_work():
        activity = await require_activity(actor, activity_id)
        capacity = _places(draft.capacity, activity)
        timetable_id = new_id()
        await db.execute(
            "INSERT INTO timetable"
            " (id, activity_id, rule, starts_on, ends_on, start_time, minutes, except_on, capacity)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            timetable_id,
            activity_id,
            draft.rule,
            draft.starts_on,
            draft.ends_on,
            draft.start_time,
            draft.minutes,
            sorted(draft.days_off),
            capacity,
        )
        made = len(await _make_sessions(activity, timetable_id, capacity, dates))
        if not made:
            raise TimetableRepeats
        await audit.record(
            actor,
            "timetable.created",
            "timetable",
            timetable_id,
            after={"activity": activity_id, "rule": draft.rule, "ends_on": draft.ends_on, "dates": made},
        )
    return timetable_id, made


async def repeat_timetable(who: audit.Who, timetable_id: UUID) -> int:
    """Make the dates of a timetable that are not there; answers how many. Twice makes nothing new. Raises NotFound."""
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM timetable WHERE id = $1", timetable_id)
        if row is None:
            raise NotFound
        activity = await db.fetch_one(
            "SELECT * FROM activity WHERE id = $1 FOR NO KEY UPDATE", row["activity_id"]
        )
        assert activity is not None  # noqa: S101 - a foreign key says so
        days = expand(row["rule"], row["starts_on"], row["ends_on"], row["except_on"])
        dates = moments(days, row["start_time"], row["minutes"])
        cancelled = await db.fetch_all(
            "SELECT starts_at FROM activity_session WHERE timetable_id = $1", timetable_id
        )
        known = {session["starts_at"] for session in cancelled}
        made = len(
            await _make_sessions(
                activity, timetable_id, row["capacity"], [d for d in dates if d[0] not in known]
            )
        )
        if made:
            await audit.record(who, "timetable.repeated", "timetable", timetable_id, after={"dates": made})
    return made


async def end_timetable(actor: Actor, timetable_id: UUID, last_day: date) -> int:
    """Stop a timetable after a day; dates after it that nobody booked are taken away. Answers how many.

    Dates with bookings stay: each is cancelled for its people. Raises NotFound or Invalid.
    """
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM timetable WHERE id = $1", timetable_id)
        if row is None:
            raise NotFound
        await require_activity(actor, row["activity_id"])
        if not row["starts_on"] <= last_day <= row["ends_on"] or last_day < clock.today():
            raise Invalid({"last_day": "Enter today or a later day, within the timetable’s dates"})
        await db.execute("UPDATE timetable SET ends_on = $2 WHERE id = $1", timetable_id, last_day)
        gone = await db.fetch_all(
            "UPDATE activity_session SET state = 'cancelled' WHERE timetable_id = $1 AND service_on > $2"
            " AND state = 'scheduled' AND places_taken + places_offered = 0 RETURNING id",
            timetable_id,
            last_day,
        )
        await audit.record(
            actor,
            "timetable.ended",
            "timetable",
            timetable_id,
            before={"ends_on": row["ends_on"]},
            after={"ends_on": last_day, "dates_taken_away": len(gone)},
        )
    return len(gone)


async def add_single_session(actor: Actor, activity_id: UUID, draft: SessionDraft) -> UUID:
    """One date beside the timetables. Raises NotFound (another's activity), Invalid, Conflict (there already)."""
    wrong: dict[str, str] = {}
    if not 5 <= draft.minutes <= 24 * 60:
        wrong["minutes"] = "Enter a length from 5 minutes to 24 hours"
    if not 2000 <= draft.day.year <= 2100:
        wrong["day"] = "Enter a year from 2000 to 2100"
    if draft.capacity is not None and not 1 <= draft.capacity <= 10_000:
        wrong["capacity"] = "Enter a number of places from 1 to 10,000"
    if wrong:
        raise Invalid(wrong)
    start = from_wall(draft.day, draft.start_time)
    async with db.unit_of_work():
        activity = await require_activity(actor, activity_id)
        capacity = _places(draft.capacity, activity)
        made = await _make_sessions(
            activity, None, capacity, [(start, start + timedelta(minutes=draft.minutes))]
        )
        if not made:
            raise TimetableRepeats
        await audit.record(
            actor,
            "session.added",
            "activity_session",
            made[0],
            after={"activity": activity_id, "starts_at": start},
        )
    return made[0]


async def cancel_session(actor: Actor, session_id: UUID, because: str = "") -> None:
    """Take a date away that nobody has booked. Raises NotFound (another's), SessionHasBookings, StateConflict."""
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        row = await db.fetch_one(
            "SELECT state, places_taken + places_offered AS kept FROM activity_session"
            " WHERE id = $1 AND provider_id = $2 FOR NO KEY UPDATE",
            session_id,
            provider_id,
        )
        if row is None:
            raise NotFound
        if row["kept"] > 0:
            raise SessionHasBookings
        await states.transition(
            actor,
            "activity_session",
            session_id,
            SessionState(row["state"]),
            SessionState.CANCELLED,
            SESSION_TRANSITIONS,
            action="session.cancelled",
            because=because,
        )
