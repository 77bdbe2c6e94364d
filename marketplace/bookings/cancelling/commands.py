"""Cancelling dates with everybody on them; each date is one transaction, and doing it again changes nothing."""

from collections.abc import Sequence
from uuid import UUID

from isf.budgets.books import lock_books
from isf.notices import Notice, ToPerson, tell_people
from marketplace.bookings.cancelling.queries import recorded_among
from marketplace.bookings.cancelling.rules import (
    MOST_DATES,
    MOST_WORDS,
    AlreadyRecorded,
    Answer,
    Cancelled,
    DateBegun,
)
from marketplace.bookings.commands import give_back
from marketplace.bookings.news.commands import as_one_change
from marketplace.bookings.rules import BookingState, Reason
from marketplace.bookings.waitlist.offers import end_line, lock_session
from marketplace.bookings.waitlist.rules import Ended
from marketplace.bookings.waiving import Because, let_off_everybody, owed_late
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db, formats
from marketplace.kernel.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from providers.access import own_provider
from providers.commands import cancel_session
from providers.rules import SessionState

WRITE_WHY = "Write why it is cancelled: everybody who booked reads it"
_PATIENCE = 3


async def cancel_date(actor: Actor, session_id: UUID, because: str) -> Cancelled:
    """The provider cancels one date: every booking on it is given back at no cost, with its transport, nothing is owed
    for a place given up late, its waitlist ends, and everybody is told why (`rules.md` 15; row B5).

    Joins the open unit of work. Needs OFFER_MANAGE. Raises Invalid without words, NotFound for another's date,
    DateBegun, AlreadyRecorded.
    """
    words = because.strip()
    if not words or len(words) > MOST_WORDS:
        raise Invalid({"because": WRITE_WHY if not words else f"Write at most {MOST_WORDS} characters"})
    provider_id = await own_provider(actor)
    async with db.unit_of_work():
        session = await lock_session(session_id)
        if session["provider_id"] != provider_id:
            raise NotFound
        if session["state"] == SessionState.CANCELLED:
            return Cancelled(session_id, already=True)
        if session["starts_at"] <= clock.now():
            raise DateBegun
        if await recorded_among([session_id]):
            raise AlreadyRecorded
        waited = await end_line(actor, session, Ended.SESSION_CANCELLED)
        lost = await _give_back(actor, session, words)
        await cancel_session(actor, session_id, words)
    return Cancelled(
        session_id,
        len(lost),
        frozenset(row["person_id"] for row in lost),
        Money(sum(row["price_pence"] for row in lost)),
        waited,
    )


async def _give_back(actor: Actor, session: db.Row, words: str) -> list[db.Row]:
    """Every live booking of a locked date, and what is owed for those given up late; funds in one order."""
    late = await owed_late([session["id"]])
    live = await db.fetch_all(
        "SELECT id, person_id, fund_id, state, price_pence FROM booking WHERE activity_session_id = $1"
        " AND state IN ('held', 'confirmed') ORDER BY fund_id, id",
        session["id"],
    )
    if late:
        await lock_books(sorted({row["fund_id"] for row in (*live, *late)}))
    for row in live:
        await give_back(actor, row["id"], Reason.PROVIDER, ZERO, words)
    await let_off_everybody(actor, late, Because.DATE_CANCELLED)
    # Of bookings `news` tells; somebody in the middle of paying has none yet.
    paying = [row for row in live if row["state"] == BookingState.HELD]
    told = (
        f"{session['title']} on {formats.when(session)} is cancelled: {words.rstrip('.')}. You pay nothing."
    )
    await tell_people(
        [
            ToPerson(
                row["person_id"], Notice(f"Cancelled: {session['title']}", told, f"/bookings/{row['id']}")
            )
            for row in paying
        ]
    )
    return live


async def cancel_dates(actor: Actor, session_ids: Sequence[UUID], because: str) -> list[Answer]:
    """Cancel any number of dates, a day when somebody is ill: each by itself, in one order, with its own answer.

    One that was cancelled before counts as done, so a run that was stopped is finished by running it again.
    Raises Invalid without words, without a date, or with too many.
    """
    if not because.strip() or len(because.strip()) > MOST_WORDS:
        raise Invalid(
            {"because": WRITE_WHY if not because.strip() else f"Write at most {MOST_WORDS} characters"}
        )
    chosen = sorted(set(session_ids))
    if not 0 < len(chosen) <= MOST_DATES:
        raise Invalid({"dates": f"Choose at least one date, and at most {MOST_DATES}"})
    answers, change = [], new_id()
    for session_id in chosen:
        try:
            answers.append(Answer(session_id, await _patiently(actor, session_id, because, change)))
        except DomainError as refusal:
            answers.append(Answer(session_id, None, refusal.message))
    return answers


async def _patiently(actor: Actor, session_id: UUID, because: str, change: UUID) -> Cancelled:
    for _ in range(_PATIENCE - 1):
        try:
            return await _cancel_with_others(actor, session_id, because, change)
        except Conflict as refusal:
            # PostgreSQL gave up between two that waited for each other; nothing was changed.
            if type(refusal) is not Conflict:
                raise
    return await _cancel_with_others(actor, session_id, because, change)


async def _cancel_with_others(actor: Actor, session_id: UUID, because: str, change: UUID) -> Cancelled:
    """By itself, but whoever was booked on several of them is told once."""
    async with db.unit_of_work():
        await as_one_change(change)
        return await cancel_date(actor, session_id, because)
