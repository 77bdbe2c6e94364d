"""Raising a disagreement with an amount, answering it, and having it looked at again (row SP4)."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from isf.disagreements.rules import TRANSITIONS, DisagreementState, Outcome, may_escalate
from isf.notices import Notice, NoticeKind, tell_person
from isf.parameters.queries import parameter
from isf.parameters.rules import Parameter
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition

db.explain_constraint(
    "disagreement_one_open",
    Conflict("You have told us already that you disagree. You can look at what you wrote and at the answer."),
)
_OWN = Forbidden("You cannot answer this, because you wrote it down yourself. A colleague can answer it.")
_TWICE = Forbidden("You cannot decide this, because you gave the first answer. A colleague can decide it.")
db.explain_constraint("disagreement_not_ones_own", Conflict(_OWN.message))
db.explain_constraint("disagreement_two_people", Conflict(_TWICE.message))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the council says, and whether the amount changes."""

    words: str
    outcome: Outcome


async def raise_disagreement(
    actor: Actor, person_id: UUID, budget_id: UUID, words: str, enough: Money | None = None
) -> UUID:
    """Say that the amount is not right; `enough` is what would be, for the whole budget.

    Starts the clock of the council's answer. Needs scope PLAN for the person. Raises Invalid without words, NotFound
    for a budget that is not the person's, Conflict when one is open already.
    """
    await require_person(actor, person_id, Scope.PLAN)
    wrong = {}
    if not words.strip():
        wrong["words"] = "Write why the amount is not right for you"
    if enough is not None and enough.pence <= 0:
        wrong["enough"] = "Enter an amount of more than £0.00, or leave it empty"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        council_id = await db.fetch_value(
            "SELECT p.council_id FROM personal_budget b JOIN person p ON p.id = b.person_id"
            " WHERE b.id = $1 AND b.person_id = $2",
            budget_id,
            person_id,
        )
        if council_id is None:
            raise NotFound
        disagreement_id = new_id()
        await db.execute(
            "INSERT INTO disagreement (id, reference, person_id, budget_id, state, words, enough_pence, raised_by,"
            " raised_at, answer_due_on) VALUES ($1, $2, $3, $4, 'raised', $5, $6, $7, $8, $9)",
            disagreement_id,
            reference("DG"),
            person_id,
            budget_id,
            words.strip(),
            enough.pence if enough is not None else None,
            actor.user_id,
            clock.now(),
            clock.today() + await _time_to_answer(council_id),
        )
        await audit.record(
            actor, "disagreement.raised", "disagreement", disagreement_id, after={"person": person_id}
        )
    return disagreement_id


async def _time_to_answer(council_id: UUID) -> timedelta:
    days = await parameter(council_id, Parameter.DISAGREEMENT_ANSWER_DAYS, clock.today())
    return timedelta(days=days)


async def answer_disagreement(actor: Actor, disagreement_id: UUID, answer: Answer) -> None:
    """Give the council's answer; the person is told.

    Needs PERSON_MANAGE in the person's council, and not to have raised it. Raises NotFound, Invalid without words,
    Forbidden, StateConflict.
    """
    async with db.unit_of_work():
        told = await _for_council(actor, disagreement_id, answer.words)
        await transition(
            actor, "disagreement", disagreement_id, DisagreementState.RAISED, DisagreementState.ANSWERED, TRANSITIONS,
            action="disagreement.answered",
            also={
                "answer": answer.words.strip(), "outcome": str(answer.outcome), "answered_by": actor.user_id,
                "answered_at": clock.now(),
            },
        )  # fmt: skip
        await _tell(told, "We have answered you")


async def decide_disagreement(actor: Actor, disagreement_id: UUID, answer: Answer) -> None:
    """Decide what was escalated; the person is told. As `answer_disagreement`, and not by who answered first."""
    async with db.unit_of_work():
        told = await _for_council(actor, disagreement_id, answer.words)
        if told["answered_by"] == actor.user_id:
            raise _TWICE
        await transition(
            actor, "disagreement", disagreement_id, DisagreementState.ESCALATED, DisagreementState.DECIDED, TRANSITIONS,
            action="disagreement.decided",
            also={
                "decision": answer.words.strip(), "outcome": str(answer.outcome), "decided_by": actor.user_id,
                "decided_at": clock.now(),
            },
        )  # fmt: skip
        await _tell(told, "Somebody else has looked at the amount")


async def escalate_disagreement(actor: Actor, disagreement_id: UUID, words: str) -> None:
    """Ask that somebody else looks at it: after an answer, or when the day of the answer has passed.

    Starts a new clock. Needs scope PLAN. Raises NotFound, Conflict when it is too early, StateConflict.
    """
    async with db.unit_of_work():
        told = await _for_person(actor, disagreement_id)
        state = DisagreementState(told["state"])
        if not may_escalate(state, told["answer_due_on"], clock.today()):
            raise Conflict(
                "You cannot ask for somebody else yet, because the council still has time to answer."
                " You can take back what you wrote, or wait for the answer."
            )
        await transition(
            actor, "disagreement", disagreement_id, state, DisagreementState.ESCALATED, TRANSITIONS,
            action="disagreement.escalated",
            also={
                "escalation": words.strip(), "escalated_by": actor.user_id, "escalated_at": clock.now(),
                "answer_due_on": clock.today() + await _time_to_answer(told["council_id"]),
            },
        )  # fmt: skip


async def settle_disagreement(actor: Actor, disagreement_id: UUID) -> None:
    """Say that the answer is all right. Needs scope PLAN. Raises NotFound, StateConflict."""
    await _end(actor, disagreement_id, DisagreementState.SETTLED)


async def withdraw_disagreement(actor: Actor, disagreement_id: UUID) -> None:
    """Take it back before it is answered. Needs scope PLAN. Raises NotFound, StateConflict."""
    await _end(actor, disagreement_id, DisagreementState.WITHDRAWN)


async def _end(actor: Actor, disagreement_id: UUID, to: DisagreementState) -> None:
    async with db.unit_of_work():
        told = await _for_person(actor, disagreement_id)
        await transition(
            actor,
            "disagreement",
            disagreement_id,
            DisagreementState(told["state"]),
            to,
            TRANSITIONS,
            action=f"disagreement.{to}",
        )


async def _locked(disagreement_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT d.id, d.reference, d.person_id, d.state, d.raised_by, d.answered_by, d.answer_due_on, p.council_id"
        "  FROM disagreement d JOIN person p ON p.id = d.person_id"
        " WHERE d.id = $1 FOR UPDATE OF d",
        disagreement_id,
    )
    if row is None:
        raise NotFound
    return row


async def _for_person(actor: Actor, disagreement_id: UUID) -> db.Row:
    told = await _locked(disagreement_id)
    await require_person(actor, told["person_id"], Scope.PLAN)
    return told


async def _for_council(actor: Actor, disagreement_id: UUID, words: str) -> db.Row:
    require(actor, Permission.PERSON_MANAGE)
    told = await _locked(disagreement_id)
    if told["council_id"] != actor.council_id:
        raise NotFound
    if told["raised_by"] == actor.user_id:
        raise _OWN
    if not words.strip():
        raise Invalid({"words": "Write the answer in words that the person understands"})
    return told


async def _tell(told: db.Row, subject: str) -> None:
    await tell_person(
        told["person_id"],
        Notice(
            subject,
            f"You said that the amount of your budget is not right ({told['reference']}). The council has answered.",
            f"/disagreements/{told['id']}",
            kind=NoticeKind.PERSONAL,
        ),
        spoken_by=told["raised_by"],
    )
