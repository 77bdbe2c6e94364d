"""A council's side of an application: judged, asked for more, approved with dates and conditions, refused, ended."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, states
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.formats import full_date
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import enqueue_mail
from providers.commissions.commands.saying import say
from providers.commissions.queries.answers import criteria_of
from providers.commissions.rules import SCORES, Said, Scores, not_yet_approvable
from providers.rules import COMMISSION_TRANSITIONS, CommissionState


class Decision(StrEnum):
    """What a council says to an application."""

    APPROVE = "approve"
    REFUSE = "refuse"


db.explain_constraint(
    "commission_one_at_a_time",
    Conflict(
        "You cannot approve these dates, because the provider is approved on this lot for some of them already. "
        "You can choose dates that start after the other approval ends."
    ),
)


_ASKED = """
    SELECT c.id, c.state, c.council_id, c.lot_id, c.sent_at, p.name AS provider_name, p.email, l.name AS lot_name,
           f.name AS framework_name, f.starts_on AS framework_starts_on, f.ends_on AS framework_ends_on
      FROM commission c JOIN provider p ON p.id = c.provider_id JOIN lot l ON l.id = c.lot_id
      JOIN framework f ON f.id = l.framework_id WHERE c.id = $1 FOR NO KEY UPDATE OF c
"""


async def decide_commission(
    actor: Actor,
    commission_id: UUID,
    decision: Decision,
    starts_on: date | None = None,
    ends_on: date | None = None,
    reason: str = "",
    conditions: str = "",
) -> None:
    """The council answers an application to its own lot; `ends_on` is the first day without approval.

    Approving needs a start within the framework and the scores that the lot asks for, refusing a reason; the provider
    gets a letter with it. The conditions stand in the public register. Raises Forbidden, NotFound (another council's),
    Invalid, StateConflict, Conflict (dates overlap another approval).
    """
    require(actor, Permission.COMMISSION_DECIDE)
    async with db.unit_of_work():
        asked = await _asked(actor, commission_id)
        if decision is Decision.APPROVE:
            _check_dates(asked, starts_on, ends_on)
            if asked["state"] == CommissionState.APPLIED and (
                lacking := not_yet_approvable(await criteria_of(commission_id, asked["lot_id"]))
            ):
                raise Invalid({"decision": lacking})
            to, also = (
                CommissionState.APPROVED,
                {
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    "reason": reason,
                    "conditions": conditions.strip(),
                },
            )
        else:
            if not reason.strip():
                raise Invalid({"reason": "Enter the reason: the provider gets it in a letter"})
            to, also = CommissionState.REFUSED, {"reason": reason}
        await states.transition(
            actor,
            "commission",
            commission_id,
            CommissionState(asked["state"]),
            to,
            COMMISSION_TRANSITIONS,
            action=f"commission.{to}",
            because=reason,
            also=also,
        )
        await say(actor, commission_id, Said(str(to)), "\n\n".join(filter(None, (conditions, reason))))
        await enqueue_mail(
            asked["email"],
            f"Your application: {asked['lot_name']}",
            _letter(asked, to, starts_on, "\n\n".join(filter(None, (conditions, reason)))),
        )


async def _asked(actor: Actor, commission_id: UUID) -> db.Row:
    """An application that the actor's council was sent, locked for a change. Raises NotFound."""
    asked = await db.fetch_one(_ASKED, commission_id)
    if asked is None or asked["council_id"] != actor.council_id or asked["sent_at"] is None:
        raise NotFound
    return asked


async def score_application(actor: Actor, commission_id: UUID, scores: Scores) -> None:
    """Say how an application meets criteria of its lot, each with a score from 0 to 5 and why.

    Raises Forbidden, NotFound, Invalid, or StateConflict once it is decided.
    """
    require(actor, Permission.COMMISSION_DECIDE)
    wrong = {
        f"score-{each}": "Choose a score from 0 to 5"
        for each, (score, _) in scores.items()
        if score not in SCORES
    }
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        asked = await _asked(actor, commission_id)
        if asked["state"] not in (CommissionState.APPLIED, CommissionState.RETURNED):
            raise StateConflict("You cannot score this, because it is decided.")
        known = {row["id"] for row in await criteria_of(commission_id, asked["lot_id"])}
        if set(scores) - known:
            raise NotFound
        await db.execute_many(
            "INSERT INTO commission_score (id, commission_id, criterion_id, score, note, scored_by, scored_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (commission_id, criterion_id) DO UPDATE SET"
            " score = excluded.score, note = excluded.note, scored_by = excluded.scored_by,"
            " scored_at = excluded.scored_at",
            [
                (new_id(), commission_id, each, score, note.strip(), actor.user_id, clock.now())
                for each, (score, note) in scores.items()
            ],
        )
        await audit.record(
            actor,
            "commission.scored",
            "commission",
            commission_id,
            after={str(each): score for each, (score, _) in scores.items()},
        )


async def ask_for_more(actor: Actor, commission_id: UUID, words: str) -> None:
    """Give an application back to the provider with what is missing; the provider gets a letter.

    Raises Forbidden, NotFound, Invalid (without words) or StateConflict.
    """
    require(actor, Permission.COMMISSION_DECIDE)
    if not words.strip():
        raise Invalid({"reason": "Enter what you need to know: the provider gets it in a letter"})
    async with db.unit_of_work():
        asked = await _asked(actor, commission_id)
        await states.transition(
            actor,
            "commission",
            commission_id,
            CommissionState(asked["state"]),
            CommissionState.RETURNED,
            COMMISSION_TRANSITIONS,
            action="commission.returned",
            because=words,
        )
        await say(actor, commission_id, Said.ASKED, words)
        await enqueue_mail(
            asked["email"],
            f"Your application: {asked['lot_name']}",
            f"The council asks for more before it decides about {asked['lot_name']} "
            f"({asked['framework_name']}).\n\n{words.strip()}\n",
        )


def _check_dates(asked: db.Row, starts_on: date | None, ends_on: date | None) -> None:
    wrong: dict[str, str] = {}
    first, last = asked["framework_starts_on"], asked["framework_ends_on"]
    if starts_on is None:
        wrong["starts_on"] = "Enter the day from which the approval counts"
    elif starts_on < first or (last is not None and starts_on >= last):
        wrong["starts_on"] = f"Enter a day within the framework, which starts on {full_date(first)}"
    if starts_on is not None and ends_on is not None and ends_on <= starts_on:
        wrong["ends_on"] = "Enter a day after the start"
    elif last is not None and (ends_on is None or ends_on > last):
        wrong["ends_on"] = f"Enter a day that is not after the framework’s end, {full_date(last)}"
    if wrong:
        raise Invalid(wrong)


def _letter(asked: db.Row, to: CommissionState, starts_on: date | None, reason: str) -> str:
    lot = f"{asked['lot_name']} ({asked['framework_name']})"
    if to is CommissionState.APPROVED and starts_on is not None:
        told = f"The council has approved {asked['provider_name']} for {lot} from {full_date(starts_on)}."
    else:
        told = f"The council has not approved {asked['provider_name']} for {lot}."
    return f"{told}\n\n{reason}".strip() + "\n"


async def end_commission(actor: Actor, commission_id: UUID, ends_on: date, reason: str) -> None:
    """The council ends its approval; `ends_on` is the first day without it. Bookings made keep their agreement.

    Raises Forbidden, NotFound, Invalid or Conflict.
    """
    require(actor, Permission.COMMISSION_DECIDE)
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM commission WHERE id = $1 FOR NO KEY UPDATE", commission_id)
        if row is None or row["council_id"] != actor.council_id:
            raise NotFound
        if row["state"] != CommissionState.APPROVED:
            raise Conflict(
                "You cannot end this, because it is not an approval. You can decide the application."
            )
        if ends_on <= row["starts_on"] or ends_on < clock.today():
            raise Invalid({"ends_on": "Enter today or a later day, after the start"})
        await db.execute("UPDATE commission SET ends_on = $2 WHERE id = $1", commission_id, ends_on)
        await audit.record(
            actor,
            "commission.ended",
            "commission",
            commission_id,
            before={"ends_on": row["ends_on"]},
            after={"ends_on": ends_on},
            because=reason,
        )
        await say(actor, commission_id, Said.ENDED, reason)
