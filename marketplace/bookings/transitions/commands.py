"""Starting, consulting, agreeing and making a move off an in-house service; each audited, each told (row B8)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.notices import Notice, NoticeKind, ToPerson
from marketplace.bookings.commands import give_back
from marketplace.bookings.news.commands import tell_people_of_change
from marketplace.bookings.rules import Reason
from marketplace.bookings.transitions.rules import (
    MOST_WORDS,
    TRANSITIONS,
    ConsultationDraft,
    ConsultationFirst,
    RouteWaits,
    TransitionState,
)
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO
from marketplace.kernel.states import transition

db.explain_constraint("transition_consulted_first", ConsultationFirst())
db.explain_constraint("route_waits_for_transition", RouteWaits())
db.explain_constraint(
    "in_house_transition_one_open",
    Conflict("A move of this person off this service is under way already. You can go on with that one."),
)


async def start(actor: Actor, person_id: UUID, provider_id: UUID, because: str) -> UUID:
    """Begin to think about a move of a person off a service of their own council; answers its id.

    Raises Forbidden, NotFound, Invalid, Conflict when it is no in-house service or a move is under way.
    """
    require(actor, Permission.PERSON_MANAGE)
    await require_person(actor, person_id, Scope.BOOK)
    words = _words("because", because, "Write why a move is thought of")
    transition_id = new_id()
    async with db.unit_of_work():
        owned = await db.fetch_value(
            "SELECT owner_on(pr.id, $3) = p.council_id FROM provider pr, person p WHERE pr.id = $1 AND p.id = $2",
            provider_id,
            person_id,
            clock.today(),
        )
        if owned is None:
            raise NotFound
        if not owned:
            raise Conflict(
                "You cannot start a move, because this is not a service of the person’s own council. "
                "You can cancel its bookings in the usual way."
            )
        await db.execute(
            "INSERT INTO in_house_transition (id, person_id, provider_id, state, because, started_by, started_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            transition_id,
            person_id,
            provider_id,
            str(TransitionState.STARTED),
            words,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor, "transition.started", "in_house_transition", transition_id,
            after={"person": person_id, "provider": provider_id}, because=words,
        )  # fmt: skip
        await _tell(
            person_id,
            "We want to talk with you",
            "The council thinks about another place for you instead of a service of its own. Nothing changes before "
            "somebody has talked with you about it, alone or with somebody you trust.",
        )
    return transition_id


async def record_consultation(actor: Actor, transition_id: UUID, draft: ConsultationDraft) -> None:
    """Record the talk with the person, once, as it was. Raises Forbidden, NotFound, Invalid, StateConflict."""
    await _check_mine(actor, transition_id)
    draft.check(clock.today())
    async with db.unit_of_work():
        row = await _locked(transition_id)
        await db.execute(
            "INSERT INTO consultation (id, transition_id, held_by, held_by_role, held_on, present, persons_view,"
            " accessible_how, decided, recorded_by, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (transition_id) DO NOTHING",
            new_id(),
            transition_id,
            draft.held_by.strip(),
            str(draft.held_by_role),
            draft.held_on,
            draft.present.strip(),
            draft.persons_view.strip(),
            draft.accessible_how.strip(),
            draft.decided.strip(),
            actor.user_id,
            clock.now(),
        )
        await _move_on(actor, row, TransitionState.CONSULTED)


async def agree(actor: Actor, transition_id: UUID, move_from: date, plan: str) -> None:
    """What was decided is a move from a day on.

    Raises Forbidden, NotFound, Invalid, ConsultationFirst, StateConflict.
    """
    await _check_mine(actor, transition_id)
    words = _words("plan", plan, "Write what the person does instead, and who helps with it")
    if move_from < clock.today():
        raise Invalid({"move_from": "Enter today or a later day"})
    async with db.unit_of_work():
        row = await _locked(transition_id)
        await _check_consulted(row)
        await _move_on(actor, row, TransitionState.AGREED, move_from=move_from, plan=words)
        await _tell(
            row["person_id"],
            "A move is agreed",
            f"From {formats.full_date(move_from)} you go somewhere else. What was agreed with you is written down.",
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """How many bookings the move gave back."""

    bookings: int


async def move(actor: Actor, transition_id: UUID) -> Moved:
    """Make the move: council-managed bookings at the service from its day on are given back at no cost.

    Whatever is lacking, the database refuses it too. Raises Forbidden, NotFound, ConsultationFirst, StateConflict.
    """
    await _check_mine(actor, transition_id)
    async with db.unit_of_work():
        person_id, provider_id = await _whose(transition_id)
        # Sessions first, in one order.
        await db.execute(
            "SELECT 1 FROM (SELECT s.id FROM activity_session s JOIN booking b ON b.activity_session_id = s.id"
            " WHERE b.person_id = $1 AND b.provider_id = $2 AND b.state IN ('held', 'confirmed')"
            " ORDER BY s.id FOR NO KEY UPDATE OF s) AS locked",
            person_id,
            provider_id,
        )
        row = await _locked(transition_id)
        await _check_consulted(row)
        now = clock.now()
        await _move_on(
            actor,
            row,
            TransitionState.MOVED,
            closed_at=now,
            closed_by=actor.user_id,
            closing_words=row["plan"],
        )
        live = await db.fetch_all(
            "SELECT id FROM booking WHERE person_id = $1 AND provider_id = $2 AND route = 'council_managed'"
            " AND owner_council_id = council_id AND service_on >= $3 AND starts_at > $4"
            " AND state IN ('held', 'confirmed') ORDER BY fund_id, starts_at, id",
            person_id,
            provider_id,
            row["move_from"],
            now,
        )
        for booking in live:
            await give_back(actor, booking["id"], Reason.MOVED_OFF_IN_HOUSE, ZERO)
        await _tell(
            person_id,
            "Your move is made",
            f"{formats.count(len(live), 'booking')} at the council’s service given back, as agreed with you. "
            "You pay nothing for that. What you do instead can be booked.",
        )
    return Moved(len(live))


async def stop(actor: Actor, transition_id: UUID, words: str) -> None:
    """The person stays where they are. Raises Forbidden, NotFound, Invalid, StateConflict."""
    await _check_mine(actor, transition_id)
    said = _words("words", words, "Write why the person stays")
    async with db.unit_of_work():
        row = await _locked(transition_id)
        await _move_on(
            actor, row, TransitionState.STOPPED,
            closed_at=clock.now(), closed_by=actor.user_id, closing_words=said,
        )  # fmt: skip
        await _tell(row["person_id"], "You stay where you are", "You go on as before. Nothing is given back.")


def _words(name: str, typed: str, required: str) -> str:
    words = typed.strip()
    if not words:
        raise Invalid({name: required})
    if len(words) > MOST_WORDS:
        raise Invalid({name: f"Use {MOST_WORDS} characters or fewer"})
    return words


async def _whose(transition_id: UUID) -> tuple[UUID, UUID]:
    row = await db.fetch_one(
        "SELECT person_id, provider_id FROM in_house_transition WHERE id = $1", transition_id
    )
    if row is None:
        raise NotFound
    return row["person_id"], row["provider_id"]


async def _check_mine(actor: Actor, transition_id: UUID) -> None:
    require(actor, Permission.PERSON_MANAGE)
    person_id, _ = await _whose(transition_id)
    await require_person(actor, person_id, Scope.BOOK)


async def _locked(transition_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT * FROM in_house_transition WHERE id = $1 FOR NO KEY UPDATE", transition_id
    )
    assert row is not None  # noqa: S101 - a transition is never deleted
    return row


async def _check_consulted(row: db.Row) -> None:
    if not await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM consultation WHERE transition_id = $1)", row["id"]
    ):
        raise ConsultationFirst


async def _move_on(who: Actor, row: db.Row, to: TransitionState, **also: object) -> None:
    await transition(
        who, "in_house_transition", row["id"], TransitionState(row["state"]), to, TRANSITIONS,
        action=f"transition.{to}", also=also,
    )  # fmt: skip


async def _tell(person_id: UUID, subject: str, words: str) -> None:
    notice = Notice(subject, words, f"/people/{person_id}/transitions", kind=NoticeKind.PLAN)
    await tell_people_of_change([ToPerson(person_id, notice)])
