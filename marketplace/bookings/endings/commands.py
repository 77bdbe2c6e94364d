"""A person died or moved away: nothing new from that day, notice paid under the terms, each fund wound up (rule 18).

What is owed is held aside and paid before anything is recovered: `isf.agreements.exits`, `isf.endings.liabilities`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.rules import ExitDraft
from isf.budgets.books import lock_books
from isf.commands.own import own_person
from isf.endings.rules import EndDraft, EndKind, end_error
from isf.notices import Notice, ToPerson
from isf.urgent.commands import end_urgent_support
from marketplace.bookings.commands import give_back
from marketplace.bookings.endings.queries import after_end
from marketplace.bookings.news.commands import tell_people_of_change
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.offers import leave_lines
from marketplace.bookings.waitlist.rules import Ended
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money, total

db.explain_constraint(
    "person_end_person_id_key", StateConflict("The end is recorded already. Look at the page again.")
)


@dataclass(frozen=True, slots=True)
class EndDone:
    """What was done: bookings given back, what that costs from the funds, and the ends of funds announced."""

    given_back: int
    notice: Money
    exits: Sequence[UUID]


async def end_person(
    actor: Actor, person_id: UUID, draft: EndDraft, *, shown: Money | None = None
) -> EndDone:
    """Record that a person died or moved away; in one go what follows from it, or nothing of it.

    Bookings after that day are given back, with notice charged under their frozen terms; the end of every fund is
    announced, so that its money stays until everything owed is paid. `shown` is what the notice was said to cost.
    Needs PERSON_MANAGE and AGREEMENT_MANAGE in the person's council. Raises NotFound, Invalid, StateConflict, Conflict.
    """
    require(actor, Permission.PERSON_MANAGE)
    require(actor, Permission.AGREEMENT_MANAGE)
    if told := end_error(draft, clock.today()):
        raise Invalid({"last_on": told})
    async with db.unit_of_work():
        await own_person(actor, person_id)
        await _lock(person_id, draft)
        affected = await after_end(person_id, draft)
        notice = total(each.charge for each in affected)
        if shown is not None and notice.pence > shown.pence:
            raise Conflict(f"The notice comes to {notice} by now, not {shown}. Look at the dates again.")
        await db.execute(
            "INSERT INTO person_end (id, person_id, kind, last_on, because, recorded_by, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new_id(),
            person_id,
            str(draft.kind),
            draft.last_on,
            draft.because.strip(),
            actor.user_id,
            clock.now(),
        )
        for each in affected:
            await give_back(actor, each.booking_id, Reason.ENDED, each.charge)
        since = draft.last_on if draft.kind is EndKind.DIED else draft.ends_on
        waits = await leave_lines(actor, person_id, (since, None), Ended.PERSON_ENDED)
        # Before the funds end: who holds one is told, and may not act any more afterwards.
        await _tell(person_id, draft, waits)
        exits = await _end_funds(actor, person_id, draft)
        await audit.record(
            actor, "person.ended", "person", person_id,
            after={"kind": str(draft.kind), "last_on": draft.last_on, "given_back": len(affected), "notice": notice},
            because=draft.because.strip(),
        )  # fmt: skip
    return EndDone(len(affected), notice, exits)


async def _lock(person_id: UUID, draft: EndDraft) -> None:
    """Sessions by id, then all funds with their books: nothing is booked for them in between."""
    seen = {each.booking_id for each in await after_end(person_id, draft)}
    await db.execute(
        "SELECT 1 FROM activity_session WHERE id IN (SELECT activity_session_id FROM booking WHERE id = ANY ($1)"
        "  UNION ALL SELECT activity_session_id FROM waitlist_entry"
        "             WHERE person_id = $2 AND state IN ('waiting', 'offered'))"
        " ORDER BY id FOR NO KEY UPDATE",
        list(seen),
        person_id,
    )
    funds = await db.fetch_all("SELECT id FROM fund WHERE person_id = $1 ORDER BY id", person_id)
    await lock_books([row["id"] for row in funds])
    if {each.booking_id for each in await after_end(person_id, draft)} - seen:
        raise Conflict("Something was booked at the same moment. Try again.")


async def _end_funds(actor: Actor, person_id: UUID, draft: EndDraft) -> Sequence[UUID]:
    because = draft.because.strip() or draft.kind.label
    for row in await db.fetch_all(
        "SELECT id FROM urgent_support WHERE person_id = $1 AND state = 'running' ORDER BY id", person_id
    ):
        await end_urgent_support(actor, row["id"], because)
    rows = await db.fetch_all(
        "SELECT f.id, f.starts_on, f.ends_on FROM fund f WHERE f.person_id = $1 AND f.state = 'open'"
        " AND NOT EXISTS (SELECT 1 FROM fund_exit x WHERE x.fund_id = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM urgent_support u WHERE u.fund_id = f.id) ORDER BY f.id",
        person_id,
    )
    exits = []
    for row in rows:
        # A fund that began later still has a first day; it ends with it, and its promise is taken back.
        ends_on = min(max(draft.ends_on, row["starts_on"] + timedelta(days=1)), row["ends_on"])
        exits.append(await exit_fund(actor, row["id"], ExitDraft(ends_on, draft.kind.exit_reason, because)))
    return exits


async def _tell(person_id: UUID, draft: EndDraft, waits: Sequence[str]) -> None:
    day = formats.full_date(draft.last_on)
    if draft.kind is EndKind.DIED:
        words = (
            f"We have been told that the person for whom you act died on {day}. We are sorry."
            " What was booked after that day is given back. Nothing has to be done now; the council writes about the"
            " money that is left."
        )
        notice = Notice("We are sorry for your loss", " ".join((words, *waits)), f"/people/{person_id}/end")
    else:
        words = (
            f"Support by this council ends on {day}, because of a move. What was booked after that day is given back."
            " Notice is paid from the budget."
        )
        notice = Notice("Support by this council ends", " ".join((words, *waits)), f"/people/{person_id}/end")
    await tell_people_of_change([ToPerson(person_id, notice)])
