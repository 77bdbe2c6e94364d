"""Booking a series in one transaction, and giving up its dates from a day on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import msgspec

from marketplace.bookings.commands import Booked, cancel_booking, place_several
from marketplace.bookings.commands.several import Answers
from marketplace.bookings.outside.commands import say_why_of
from marketplace.bookings.queries import AS_USUAL, Wish, facts_of_dates
from marketplace.bookings.rules import BookingFacts, Reason
from marketplace.bookings.series import queries
from marketplace.bookings.series.rules import (
    MOST_DATES,
    SERIES_TRANSITIONS,
    Mode,
    SeriesRefused,
    SeriesState,
)
from marketplace.bookings.week.commands import forget_ideas
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.idempotency import Key, once
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money, total
from marketplace.kernel.states import transition


@dataclass(frozen=True, slots=True)
class SeriesDraft:
    """What is asked for: dates of one activity from one fund. `because` is why, for dates outside the plan."""

    fund_id: UUID
    session_ids: Sequence[UUID]
    mode: Mode
    every_weeks: int | None = None
    because: str = ""
    wish: Wish = AS_USUAL


class DateOut(msgspec.Struct, frozen=True):
    """What became of one date: the booking, or the code and the words of the refusal."""

    activity_session_id: UUID
    booking_id: UUID | None = None
    reference: str = ""
    price_pence: int | None = None
    code: str = ""
    refusal: str = ""


class SeriesBooked(msgspec.Struct, frozen=True):
    """A series that was booked, with what became of each date, earliest first."""

    id: UUID
    dates: list[DateOut]

    @property
    def price_pence(self) -> int:
        """What all that was booked costs."""
        return sum(each.price_pence or 0 for each in self.dates)


async def book_series(actor: Actor, draft: SeriesDraft, *, key: Key | None = None) -> SeriesBooked:
    """Book the dates that fit, or all or nothing, in one transaction; safe to repeat with the same `key` (row B2).

    Raises NotFound, Forbidden, Invalid, and SeriesRefused when nothing was booked: because all dates had to be, or
    because none can be.
    """
    require(actor, Permission.BOOK)
    sessions = list(dict.fromkeys(draft.session_ids))
    if not 1 <= len(sessions) <= MOST_DATES:
        raise Invalid({"session": f"Choose from 1 to {MOST_DATES} dates"})

    async def run() -> SeriesBooked:
        async with db.unit_of_work():
            return await _book(actor, draft, sessions)

    return msgspec.json.decode((await once(key, 201, run))[1], type=SeriesBooked)


async def _book(actor: Actor, draft: SeriesDraft, sessions: list[UUID]) -> SeriesBooked:
    facts = await facts_of_dates(actor, sessions, draft.fund_id, wish=draft.wish)
    person_id = next(iter(facts.values())).person_id
    # Everything below refers to the person and the fund: whoever holds one of these sessions comes first.
    await db.execute(
        "SELECT 1 FROM activity_session WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", sessions
    )
    facts = await _with_reason(actor, person_id, facts, draft.because)
    series_id = new_id()
    await _write(actor, series_id, person_id, draft, sessions)
    answers = await place_several(actor, draft.fund_id, facts, series_id=series_id)
    refused = {each: answer for each, answer in answers.items() if isinstance(answer, DomainError)}
    if refused and (draft.mode is Mode.ALL_OR_NOTHING or len(refused) == len(answers)):
        raise SeriesRefused(refused, len(answers))
    await _leave_out(series_id, refused)
    await forget_ideas(person_id, [each for each in answers if each not in refused])
    return SeriesBooked(series_id, _told(answers))


async def _with_reason(
    actor: Actor, person_id: UUID, facts: dict[UUID, BookingFacts], because: str
) -> dict[UUID, BookingFacts]:
    outside = [session_id for session_id, its in facts.items() if not its.in_plan]
    if not outside or not because.strip():
        return facts
    await say_why_of(actor, person_id, outside, because)
    return {each: replace(its, in_plan=True) if each in set(outside) else its for each, its in facts.items()}


async def _write(
    actor: Actor, series_id: UUID, person_id: UUID, draft: SeriesDraft, sessions: list[UUID]
) -> None:
    activities = await db.fetch_value(
        "SELECT array_agg(DISTINCT activity_id) FROM activity_session WHERE id = ANY ($1)", sessions
    )
    if len(activities) != 1:
        raise Invalid({"session": "Choose dates of one activity"})
    await db.execute(
        "INSERT INTO series (id, person_id, fund_id, activity_id, every_weeks, state, made_by, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        series_id,
        person_id,
        draft.fund_id,
        activities[0],
        draft.every_weeks,
        str(SeriesState.RUNNING),
        actor.user_id,
        clock.now(),
    )
    after = {"person": person_id, "fund": draft.fund_id, "activity": activities[0], "dates": len(sessions)}
    await audit.record(actor, "series.booked", "series", series_id, after=after, because=str(draft.mode))


async def _leave_out(series_id: UUID, refused: dict[UUID, DomainError]) -> None:
    if refused:
        await db.execute(
            "INSERT INTO series_left_out (id, series_id, activity_session_id, code, words)"
            " SELECT gen_random_uuid(), $1, o.session, o.code, o.words"
            "   FROM unnest($2::uuid[], $3::text[], $4::text[]) AS o(session, code, words)",
            series_id,
            list(refused),
            [refusal.code for refusal in refused.values()],
            [refusal.message for refusal in refused.values()],
        )


def _told(answers: Answers) -> list[DateOut]:
    return [
        DateOut(session_id, answer.id, answer.reference, answer.price_pence)
        if isinstance(answer, Booked)
        else DateOut(session_id, code=answer.code, refusal=answer.message)
        for session_id, answer in answers.items()
    ]


async def cancel_series(
    actor: Actor, series_id: UUID, first_day: date, because: Reason, *, at_most: Money | None = None
) -> Money:
    """Give up every date of a series from a day on, each under its frozen terms; answers what is charged in all.

    `at_most` is what was shown: when it would be more by now, nothing is given up. The last ones given up stop the
    series. Raises NotFound, Forbidden, Conflict.
    """
    async with db.unit_of_work():
        record = await queries.series(actor, series_id)
        await require_person(actor, record.person_id, Scope.BOOK)
        require(actor, Permission.BOOK)
        await db.execute(
            "SELECT 1 FROM activity_session WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
            [line.activity_session_id for line in record.dates],
        )
        record = await queries.series(actor, series_id)
        going = record.from_day(first_day)
        if not going:
            raise Conflict("There is nothing left to cancel from that day on. Look at the dates again.")
        charges = [await cancel_booking(actor, line.booking_id, because) for line in going]
        charge = total(charges)
        if at_most is not None and charge.pence > at_most.pence:
            raise Conflict(
                f"Cancelling these costs {charge} now, because the time for the next one has just ended. "
                "You can look at the dates again."
            )
        if record.state is SeriesState.RUNNING:
            await transition(
                actor, "series", series_id, SeriesState.RUNNING, SeriesState.STOPPED, SERIES_TRANSITIONS,
                action="series.stopped", because=str(because),
            )  # fmt: skip
    return charge
