"""Reporting a change, opening it, answering it (row W2)."""

from datetime import date
from uuid import UUID

from isf.budgets.reports.rules import TRANSITIONS, ReportAnswer, ReportState
from isf.commands.own import own_person
from isf.notices import Notice, NoticeKind, tell_person
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, outbox
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition


async def report_change(
    actor: Actor,
    person_id: UUID,
    what: str,
    since: date | None,
    meaning: str,
    *,
    report_id: UUID | None = None,
) -> UUID:
    """Tell the council that something has changed; whoever may see the person can. Sent twice, it is told once.

    Raises NotFound, Invalid without words or with a day that is far in the future.
    """
    await require_person(actor, person_id, Scope.SEE)
    wrong = {}
    if not what.strip():
        wrong["what"] = "Write what has changed"
    if since is not None and (since - clock.today()).days > 366:
        wrong["since"] = "Enter a day that is not more than a year away"
    if wrong:
        raise Invalid(wrong)
    report_id = report_id or new_id()
    async with db.unit_of_work():
        made = await db.fetch_value(
            "INSERT INTO reported_change (id, person_id, what, since, meaning, reported_by, reported_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id",
            report_id,
            person_id,
            what.strip(),
            since,
            meaning.strip(),
            actor.user_id,
            clock.now(),
        )
        if made is None:
            known = await db.fetch_value(
                "SELECT true FROM reported_change WHERE id = $1 AND person_id = $2", report_id, person_id
            )
            if not known:
                raise NotFound
            return report_id
        await audit.record(
            actor, "change.reported", "reported_change", report_id, after={"person": person_id}
        )
        council = await db.fetch_one(
            "SELECT o.email, p.reference FROM person p JOIN organisation o ON o.id = p.council_id WHERE p.id = $1",
            person_id,
        )
        assert council is not None  # noqa: S101 - the actor sees the person
        await outbox.enqueue_mail(
            council["email"],
            f"Something has changed for {council['reference']}",
            "Sign in to read it: it is on the list of reported changes.",
        )
    return report_id


async def open_report(actor: Actor, report_id: UUID) -> None:
    """A care manager takes a report on. Needs PERSON_MANAGE in the person's council. Raises NotFound, StateConflict."""
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        await _own(actor, report_id)
        await transition(
            actor, "reported_change", report_id, ReportState.REPORTED, ReportState.OPENED, TRANSITIONS,
            action="change.opened", also={"opened_by": actor.user_id, "opened_at": clock.now()},
        )  # fmt: skip


async def answer_report(
    actor: Actor, report_id: UUID, answer: ReportAnswer, words: str, *, budget_id: UUID | None = None
) -> None:
    """Answer a report in words; with the version of the budget that came of it, where it was changed.

    The person, and who reported it, are told. Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid,
    StateConflict.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        row = await _own(actor, report_id)
        wrong = {}
        if not words.strip():
            wrong["words"] = "Write the answer, as the person will read it"
        changed = answer is ReportAnswer.BUDGET_CHANGED
        if changed and not await _made_since(row, budget_id):
            wrong["budget"] = (
                "Choose the version of the budget that was made for this: change the budget first"
            )
        if wrong:
            raise Invalid(wrong)
        also = {
            "answer": words.strip(),
            "answered_by": actor.user_id,
            "answered_at": clock.now(),
            "budget_id": budget_id if changed else None,
            "read_at": None,
        }
        await transition(
            actor, "reported_change", report_id, ReportState(row["state"]), ReportState(str(answer)), TRANSITIONS,
            action="change.answered", because=words.strip(), also=also,
        )  # fmt: skip
        await _tell(row)


async def _own(actor: Actor, report_id: UUID) -> db.Row:
    row = await db.fetch_one("SELECT * FROM reported_change WHERE id = $1 FOR NO KEY UPDATE", report_id)
    if row is None:
        raise NotFound
    await own_person(actor, row["person_id"])
    return row


async def _made_since(row: db.Row, budget_id: UUID | None) -> bool:
    """Whether a version belongs to the person. One that was written anew is older than the report."""
    return bool(
        await db.fetch_value(
            "SELECT true FROM personal_budget WHERE id = $1 AND person_id = $2", budget_id, row["person_id"]
        )
    )


async def _tell(row: db.Row) -> None:
    await tell_person(
        row["person_id"],
        Notice(
            "The council has answered",
            "You told us that something has changed.",
            f"/people/{row['person_id']}/change",
            kind=NoticeKind.PERSONAL,
        ),
        spoken_by=row["reported_by"],
    )


async def mark_read(actor: Actor, person_id: UUID) -> None:
    """The person, or somebody close to them, has seen the answers; reading twice changes nothing."""
    await require_person(actor, person_id, Scope.SEE)
    if actor.organisation_id is None:
        await db.execute(
            "UPDATE reported_change SET read_at = $2"
            " WHERE person_id = $1 AND answered_at IS NOT NULL AND read_at IS NULL",
            person_id,
            clock.now(),
        )
