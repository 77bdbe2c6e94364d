"""Joining a line, leaving it, and answering an offer: each one use case, one transaction, session first."""

from uuid import UUID

import msgspec

from marketplace.bookings import queries
from marketplace.bookings.commands import Booked, book
from marketplace.bookings.outside.rules import OutsideThePlan
from marketplace.bookings.rules import Side, check_bookable, check_fund_user
from marketplace.bookings.waitlist import rules
from marketplace.bookings.waitlist.offers import lock_session, settle_line
from marketplace.bookings.waitlist.rules import TRANSITIONS, WaitState
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, NotBookable, NotFound, PersonBusy, StateConflict
from marketplace.kernel.idempotency import Key, kept_answer
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.states import transition

_ANSWERED = "This offer has ended. You can look at the waitlist again."


class PlaceFree(Conflict):
    """Nobody has to wait."""

    code = "place_free"

    def __init__(self) -> None:
        super().__init__("You cannot join the waitlist, because a place is free. You can book it now.")


class AlreadyWaiting(Conflict):
    """The person stands in this line."""

    code = "already_waiting"

    def __init__(self) -> None:
        super().__init__("You cannot join the waitlist twice. You can see where you are in line.")


db.explain_constraint("waitlist_once", AlreadyWaiting())


async def join(actor: Actor, activity_session_id: UUID, fund_id: UUID) -> UUID:
    """Wait for a place on a full session, meaning to pay from a fund; answers the entry's id (row B3).

    Everything that decides about a booking decides here too, but for the place and the money, which are looked at
    when a place is free. Raises NotFound, Forbidden, InHouseBlocked, RouteNotAccepted, NotCommissioned, NotBookable,
    OutsideThePlan, PlanNotAgreed, PersonBusy, PlaceFree, AlreadyWaiting, Conflict when it begins too soon.
    """
    require(actor, Permission.BOOK)
    facts = await queries.booking_facts(actor, activity_session_id, fund_id)
    check_fund_user(facts.route, Side.COUNCIL if actor.council_id else Side.PERSON)
    check_bookable(facts, clock.now())
    if not facts.in_plan:
        raise OutsideThePlan
    rules.check_can_join(facts.starts_at, clock.now())
    async with db.unit_of_work():
        session = await lock_session(activity_session_id)
        await _check_has_to_wait(session, facts.person_id)
        entry_id = new_id()
        await db.execute(
            "INSERT INTO waitlist_entry (id, person_id, fund_id, activity_session_id, state, joined_by, joined_at)"
            " VALUES ($1, $2, $3, $4, 'waiting', $5, $6)",
            entry_id,
            facts.person_id,
            fund_id,
            activity_session_id,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "waitlist.joined",
            "waitlist_entry",
            entry_id,
            after={"person": facts.person_id, "session": activity_session_id, "fund": fund_id},
        )
    return entry_id


async def _check_has_to_wait(session: db.Row, person_id: UUID) -> None:
    """Under the session's lock: whoever frees a place a moment later sees who waits."""
    if session["state"] != "scheduled":
        raise NotBookable(
            "You cannot wait for a place, because it is not offered any more. You can choose another date."
        )
    if session["source_key"] is not None:
        # Where another system keeps the places, nothing becomes free here.
        raise Conflict(
            "You cannot wait for a place, because its places are not kept here. You can ask the provider."
        )
    busy = await db.fetch_value(
        "SELECT true FROM booking WHERE person_id = $1 AND state IN ('held', 'confirmed', 'delivered', 'missed')"
        " AND tstzrange(starts_at, ends_at) && tstzrange($2, $3) LIMIT 1",
        person_id,
        session["starts_at"],
        session["ends_at"],
    )
    if busy:
        raise PersonBusy
    if session["places_taken"] + session["places_offered"] < session["capacity"]:
        raise PlaceFree


async def accept(actor: Actor, entry_id: UUID, *, key: Key | None = None) -> Booked:
    """Say yes: the place that is kept becomes a booking, at the price and terms of now (rows B2, B3).

    Raises what `book` raises, and StateConflict when the offer has ended. When the money fails, the offer stands.
    """
    require(actor, Permission.BOOK)
    entry = await _entry(actor, entry_id)
    if entry["state"] != WaitState.OFFERED or entry["expires_at"] <= clock.now():
        # Said yes before, with this key: the same answer again.
        known = await kept_answer(key) if key is not None else None
        if known is None:
            raise StateConflict(_ANSWERED)
        return msgspec.json.decode(known, type=Booked)
    return await book(actor, entry["activity_session_id"], entry["fund_id"], key=key)


async def decline(actor: Actor, entry_id: UUID) -> None:
    """Say no: the next in line is asked at once. Raises NotFound, Forbidden, StateConflict."""
    await _end(actor, entry_id, WaitState.DECLINED)


async def leave(actor: Actor, entry_id: UUID) -> None:
    """Wait no longer; a place that was kept goes to the next. Raises NotFound, Forbidden, StateConflict."""
    await _end(actor, entry_id, WaitState.LEFT)


async def _end(actor: Actor, entry_id: UUID, to: WaitState) -> None:
    require(actor, Permission.BOOK)
    found = await _entry(actor, entry_id)
    async with db.unit_of_work():
        await lock_session(found["activity_session_id"])
        state = WaitState(
            await db.fetch_value("SELECT state FROM waitlist_entry WHERE id = $1 FOR NO KEY UPDATE", entry_id)
        )
        if not state.open or (to is WaitState.DECLINED and state is not WaitState.OFFERED):
            raise StateConflict(_ANSWERED)
        await transition(
            actor, "waitlist_entry", entry_id, state, to, TRANSITIONS,
            action=f"waitlist.{to}", also={"ended_at": clock.now()},
        )  # fmt: skip
        if state is WaitState.OFFERED:
            await settle_line(found["activity_session_id"])


async def _entry(actor: Actor, entry_id: UUID) -> db.Row:
    """An entry whose person the actor may book for, with that money. Raises NotFound, Forbidden."""
    row = await db.fetch_one(
        "SELECT w.person_id, w.fund_id, w.activity_session_id, w.state, w.expires_at, f.route FROM waitlist_entry w"
        " JOIN fund f ON f.id = w.fund_id WHERE w.id = $1",
        entry_id,
    )
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.BOOK)
    check_fund_user(Route(row["route"]), Side.COUNCIL if actor.council_id else Side.PERSON)
    return row
