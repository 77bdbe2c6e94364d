"""Timetables and single dates of an activity (requirement P4)."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, states
from marketplace.kernel.clock import from_wall
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.access import own_provider, require_activity
from providers.rules import SESSION_TRANSITIONS, SessionState
from providers.timetables.making import WITH_TERMS, horizon, make_dates
from providers.timetables.rules import InTerms, TimetableDraft, dates_of
from providers.timetables.terms.queries import spans_of


@dataclass(frozen=True, slots=True)
class SessionDraft:
    """One date, on London wall time; no capacity takes the activity's."""

    day: date
    start_time: time
    minutes: int
    capacity: int | None = None
    venue_id: UUID | None = None
    """Another place than the activity's."""


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


async def create_timetable(actor: Actor, activity_id: UUID, draft: TimetableDraft) -> tuple[UUID, int]:
    """A timetable with its dates up to 26 weeks ahead, made at once; answers its id and how many dates are new.

    Later ones are made by `making.make_ahead`. Raises NotFound (another's activity), Invalid, TimetableRepeats.
    """
    async with db.unit_of_work():
        activity = await require_activity(actor, activity_id)
        terms = await spans_of(activity["provider_id"], draft.in_terms, draft.terms_council_id)
        dates_of(draft, terms, until=horizon())
        await check_venue(activity["provider_id"], draft.venue_id)
        timetable_id = new_id()
        await write_timetable(timetable_id, activity_id, draft, _places(draft.capacity, activity))
        row = await timetable_for_change(timetable_id)
        made = await make_dates([row], horizon())
        if made.days and not made.sessions:
            raise TimetableRepeats
        await audit.record(
            actor,
            "timetable.created",
            "timetable",
            timetable_id,
            after={
                "activity": activity_id,
                "rule": draft.rule,
                "ends_on": draft.ends_on,
                "dates": made.sessions,
            },
        )
    return timetable_id, made.sessions


async def write_timetable(
    timetable_id: UUID,
    activity_id: UUID,
    draft: TimetableDraft,
    capacity: int,
    *,
    follows: UUID | None = None,
) -> None:
    """Write a timetable that has made no dates yet; joins the open unit of work."""
    await db.execute(
        "INSERT INTO timetable (id, activity_id, rule, starts_on, ends_on, start_time, minutes, except_on, also_on,"
        " bank_holidays, in_terms, terms_council_id, venue_id, capacity, made_until, follows_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        timetable_id,
        activity_id,
        draft.rule,
        draft.starts_on,
        draft.ends_on,
        draft.start_time,
        draft.minutes,
        sorted(draft.except_on),
        sorted(draft.also_on),
        str(draft.bank_holidays),
        str(draft.in_terms),
        None if draft.in_terms is InTerms.ALWAYS else draft.terms_council_id,
        draft.venue_id,
        capacity,
        draft.starts_on - timedelta(days=1),
        follows,
    )


async def check_venue(provider_id: UUID, venue_id: UUID | None) -> None:
    """Raises Invalid at `venue_id` when it is no place of the provider's."""
    if venue_id is not None and not await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM venue WHERE id = $1 AND provider_id = $2)", venue_id, provider_id
    ):
        raise Invalid({"venue_id": "Choose one of your own places"})


async def timetable_for_change(timetable_id: UUID) -> db.Row:
    """A timetable's row with its terms, locked; only inside a unit of work. Raises NotFound."""
    row = await db.fetch_one(WITH_TERMS + " WHERE t.id = $1 FOR UPDATE OF t", timetable_id)
    if row is None:
        raise NotFound
    return row


async def end_timetable(actor: Actor, timetable_id: UUID, last_day: date) -> int:
    """Stop a timetable after a day; dates after it that nobody booked are taken away. Answers how many.

    Dates with bookings stay: each is cancelled for its people. Raises NotFound or Invalid.
    """
    async with db.unit_of_work():
        activity_id = await db.fetch_value("SELECT activity_id FROM timetable WHERE id = $1", timetable_id)
        if activity_id is None:
            raise NotFound
        await require_activity(actor, activity_id)
        row = await timetable_for_change(timetable_id)
        ended = row["ends_on"] is not None and last_day > row["ends_on"]
        if last_day < row["starts_on"] or ended or last_day < clock.today():
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


# A start that the activity has already is left alone.
_ADD_ONE = """
    INSERT INTO activity_session (id, activity_id, provider_id, starts_at, ends_at, capacity, venue_id, places_taken,
                                  state)
    SELECT gen_random_uuid(), $1, $2, $3, $4, $5, $6, 0, 'scheduled'
     WHERE NOT EXISTS (SELECT 1 FROM activity_session s WHERE s.activity_id = $1 AND s.starts_at = $3
                          AND s.state = 'scheduled')
    RETURNING id
"""


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
        await check_venue(activity["provider_id"], draft.venue_id)
        made: UUID | None = await db.fetch_value(
            _ADD_ONE,
            activity_id,
            activity["provider_id"],
            start,
            start + timedelta(minutes=draft.minutes),
            capacity,
            draft.venue_id,
        )
        if made is None:
            raise TimetableRepeats
        await audit.record(
            actor,
            "session.added",
            "activity_session",
            made,
            after={"activity": activity_id, "starts_at": start},
        )
    return made


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
