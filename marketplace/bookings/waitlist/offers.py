"""Offering what became free to the first in line: one session at a time, under its lock.

`settle_line` is the only place where offers are made, lapse or end. It looks at the session as it is, so that doing
it again, in another process or after one that died, changes nothing.
"""

import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import date, datetime
from uuid import UUID

from isf.notices import Notice, ToPerson, tell_people
from isf.parameters.queries import usual_or_set
from isf.parameters.rules import Parameter
from marketplace.bookings import queries
from marketplace.bookings.terms import moment
from marketplace.bookings.waitlist import rules
from marketplace.bookings.waitlist.rules import TRANSITIONS, Ended, WaitState
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import NotFound
from marketplace.kernel.states import transition, transition_each

log = logging.getLogger("fairday.waitlist")

_LATER: ContextVar[Collection[UUID]] = ContextVar("lines_settled_later", default=())


@asynccontextmanager
async def lines_settled_last(session_ids: Collection[UUID]) -> AsyncIterator[None]:
    """While these dates change nothing is offered of what they were: their lines are settled when the block is done.

    Joins the open unit of work, in which the sessions are locked.
    """
    token = _LATER.set(frozenset(session_ids))
    try:
        yield
    finally:
        _LATER.reset(token)
    await settle_lines_of(session_ids)


async def settle_lines_of(session_ids: Collection[UUID]) -> int:
    """Settle those of these lines in which somebody stands, in one order; answers the offers made.

    Joins the open unit of work: whoever makes places calls it in the same one, so that nobody books past the line.
    """
    lines = await db.fetch_all(
        "SELECT DISTINCT activity_session_id AS id FROM waitlist_entry WHERE activity_session_id = ANY ($1::uuid[])"
        " AND state IN ('waiting', 'offered') ORDER BY activity_session_id",
        list(session_ids),
    )
    return sum([await settle_line(line["id"]) for line in lines])


async def settle_line(session_id: UUID) -> int:
    """Let offers lapse that are over, offer what is free to the next in line, or end the line; answers the offers made.

    Joins the open unit of work. Locks the session. Raises NotFound.
    """
    if session_id in _LATER.get():
        return 0
    async with db.unit_of_work():
        session = await lock_session(session_id)
        now = clock.now()
        over = rules.why_over(
            session["state"],
            session["activity_state"],
            session["starts_at"],
            now,
            suspended=session["suspended"],
        )
        if over is not None:
            await end_line(audit.SYSTEM, session, over)
            return 0
        freed = await _lapse(session, now)
        free = session["capacity"] - session["places_taken"] - session["places_offered"] + freed
        return await _offer(session, free, now) if free > 0 else 0


async def lock_session(session_id: UUID) -> db.Row:
    """The session with its activity's title and state, locked. Raises NotFound."""
    if not await db.fetch_value(
        "SELECT true FROM activity_session WHERE id = $1 FOR NO KEY UPDATE", session_id
    ):
        raise NotFound
    row = await db.fetch_one(
        "SELECT s.*, a.title, a.state AS activity_state, provider_suspended(s.provider_id) AS suspended"
        " FROM activity_session s"
        " JOIN activity a ON a.id = s.activity_id WHERE s.id = $1",
        session_id,
    )
    assert row is not None  # noqa: S101 - it is locked
    return row


async def _lapse(session: db.Row, now: datetime) -> int:
    """Offers that nobody answered in time; the session is locked. Answers how many places that gives back."""
    late = await db.fetch_all(
        "SELECT id, person_id, joined_by FROM waitlist_entry WHERE activity_session_id = $1 AND state = 'offered'"
        " AND expires_at <= $2 ORDER BY joined_at, id",
        session["id"],
        now,
    )
    if late:
        await transition_each(
            audit.SYSTEM, "waitlist_entry", [row["id"] for row in late], WaitState.OFFERED, WaitState.LAPSED,
            TRANSITIONS, action="waitlist.lapsed", because="not answered in time", also={"ended_at": now},
        )  # fmt: skip
    words = (
        f"Nobody answered in time, so the place in {session['title']} on {formats.when(session)} goes to the next in "
        "line. You can join the waitlist again, or choose another date."
    )
    await tell_people([_told(row, f"Too late for the place in {session['title']}", words) for row in late])
    return len(late)


_WAITING = """
    SELECT w.id, w.person_id, w.fund_id, w.joined_by, f.council_id FROM waitlist_entry w
      JOIN fund f ON f.id = w.fund_id
     WHERE w.activity_session_id = $1 AND w.state = 'waiting' AND NOT EXISTS (
           SELECT 1 FROM booking b WHERE b.person_id = w.person_id
              AND b.state IN ('held', 'confirmed', 'delivered', 'missed')
              AND tstzrange(b.starts_at, b.ends_at) && tstzrange($2, $3))
     ORDER BY w.joined_at, w.id
"""


async def _offer(session: db.Row, free: int, now: datetime) -> int:
    """Offer the free places to the first in line who can book; the session is locked."""
    waiting = await db.fetch_all(_WAITING, session["id"], session["starts_at"], session["ends_at"])
    facts = await queries.facts_of_funds(session["id"], [row["fund_id"] for row in waiting])
    able = [row for row in waiting if rules.can_book(facts[row["fund_id"]], now)]
    hours = await usual_or_set(
        Parameter.WAITLIST_OFFER_HOURS, [row["council_id"] for row in able], clock.today()
    )
    told = []
    for row in able[:free]:
        until = rules.offer_until(now, session["starts_at"], hours[row["council_id"]])
        if until is None:
            break
        await transition(
            audit.SYSTEM, "waitlist_entry", row["id"], WaitState.WAITING, WaitState.OFFERED, TRANSITIONS,
            action="waitlist.offered", also={"offered_at": now, "expires_at": until},
        )  # fmt: skip
        price = facts[row["fund_id"]].price
        words = (
            f"A place became free in {session['title']} on {formats.when(session)}. It costs {price}. "
            f"The place is kept until {moment(until)}. Say yes or no by then: after that the next in line is asked."
        )
        told.append(_told(row, f"A place is free: {session['title']}", words))
    await tell_people(told)
    return len(told)


async def end_line(who: audit.Who, session: db.Row, because: Ended) -> int:
    """Nobody waits for this session any more; they are told. The session is locked. Answers how many waited."""
    waited = await db.fetch_all(
        "SELECT id, person_id, joined_by, state FROM waitlist_entry WHERE activity_session_id = $1"
        " AND state IN ('waiting', 'offered') ORDER BY joined_at, id",
        session["id"],
    )
    await _end(who, waited, because)
    words = because.words(session["title"], formats.when(session))
    await tell_people([_told(row, f"The waitlist for {session['title']} has ended", words) for row in waited])
    return len(waited)


async def _end(who: audit.Who, entries: Sequence[db.Row], because: Ended) -> None:
    for state in (WaitState.WAITING, WaitState.OFFERED):
        ids = [row["id"] for row in entries if row["state"] == state]
        if ids:
            await transition_each(
                who, "waitlist_entry", ids, state, WaitState.ENDED, TRANSITIONS,
                action="waitlist.ended", because=str(because),
                also={"ended_at": clock.now(), "ended_because": str(because)},
            )  # fmt: skip


# $1 person, $2 first day, $3 the first day after (or null), $4 activities (none: all).
_WAITS_INSIDE = """
    SELECT w.id, w.state, w.activity_session_id, a.title, s.starts_at, s.ends_at FROM waitlist_entry w
      JOIN activity_session s ON s.id = w.activity_session_id JOIN activity a ON a.id = s.activity_id
     WHERE w.person_id = $1 AND w.state IN ('waiting', 'offered') AND s.service_on >= $2
       AND ($3::date IS NULL OR s.service_on < $3) AND (cardinality($4::uuid[]) = 0 OR s.activity_id = ANY ($4))
     ORDER BY w.activity_session_id
"""


async def leave_lines(
    who: audit.Who,
    person_id: UUID,
    days: tuple[date, date | None],
    because: Ended,
    activity_ids: Sequence[UUID] = (),
) -> list[str]:
    """A person waits for nothing on these half-open days any more; places kept for them go to the next in line.

    Answers what to tell them of it, a sentence each. Joins the open unit of work, in which the sessions are locked.
    """
    entries = await db.fetch_all(_WAITS_INSIDE, person_id, *days, list(activity_ids))
    await _end(who, entries, because)
    for row in entries:
        if row["state"] == WaitState.OFFERED:
            await settle_line(row["activity_session_id"])
    return [because.words(row["title"], formats.when(row)) for row in entries]


def _told(row: db.Row, subject: str, words: str) -> ToPerson:
    return ToPerson(row["person_id"], Notice(subject, words, f"/waitlist/{row['id']}"), row["joined_by"])


async def use_offer(who: audit.Who, session_id: UUID, person_id: UUID) -> None:
    """The place kept for a person becomes free for the booking that follows in the same unit of work.

    Without an offer that still stands nothing happens: then the booking has to find a place like any other.
    """
    await db.execute("SELECT 1 FROM activity_session WHERE id = $1 FOR NO KEY UPDATE", session_id)
    now = clock.now()
    entry_id = await db.fetch_value(
        "SELECT id FROM waitlist_entry WHERE activity_session_id = $1 AND person_id = $2 AND state = 'offered'"
        " AND expires_at > $3",
        session_id,
        person_id,
        now,
    )
    if entry_id is not None:
        await transition(
            who, "waitlist_entry", entry_id, WaitState.OFFERED, WaitState.ACCEPTED, TRANSITIONS,
            action="waitlist.accepted", also={"ended_at": now},
        )  # fmt: skip


# Sessions whose line is not as it should be: an offer is over, the line is, or a place is free while somebody waits.
_UNSETTLED = """
    SELECT s.id FROM activity_session s JOIN activity a ON a.id = s.activity_id
     WHERE EXISTS (SELECT 1 FROM waitlist_entry w WHERE w.activity_session_id = s.id AND (
               w.state = 'offered' AND w.expires_at <= $1
               OR w.state IN ('waiting', 'offered') AND (
                   s.state <> 'scheduled' OR a.state <> 'published' OR s.starts_at <= $2
                   OR provider_suspended(s.provider_id))
               OR w.state = 'waiting' AND s.places_taken + s.places_offered < s.capacity))
     ORDER BY s.id
"""


async def settle_lines() -> int:
    """Settle every line that needs it, each in a transaction of its own; answers how many were looked at.

    Several processes may do it at once. One line that fails stops no other. Raises RuntimeError when one did.
    """
    now = clock.now()
    sessions = await db.fetch_all(_UNSETTLED, now, now + rules.ANSWER_BEFORE)
    failed = await _settle_each([row["id"] for row in sessions])
    if failed:
        raise RuntimeError(f"{failed} of {len(sessions)} waitlists could not be settled")
    return len(sessions)


async def _settle_each(session_ids: Sequence[UUID]) -> int:
    failed = 0
    for session_id in session_ids:
        try:
            await settle_line(session_id)
        except Exception:
            log.exception("the waitlist of session %s", session_id)
            failed += 1
    return failed
