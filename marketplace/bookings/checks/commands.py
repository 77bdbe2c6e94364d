"""Confirming and disputing what was recorded, answering it, settling it (row P5).

A dispute marks the attendance itself, so that an invoice run which reads it at the same moment waits and then sees it.
"""

from dataclasses import dataclass
from uuid import UUID

from isf.notices import Notice, NoticeKind, tell_person, tell_provider
from marketplace.bookings import queries, rules
from marketplace.bookings.checks.rules import CHECK_TRANSITIONS, CheckState
from marketplace.bookings.commands.attending import Times, set_attendance
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider, or the council, says to a dispute: words, and the outcome that is right where it changes."""

    words: str
    outcome: Outcome | None = None


async def confirm_attendance(actor: Actor, booking_id: UUID) -> None:
    """What was recorded is right; confirming twice changes nothing. By the person or who books for them.

    Raises NotFound, Forbidden, StateConflict when it is disputed.
    """
    async with db.unit_of_work():
        row, check = await _for_person(actor, booking_id)
        if check is not None and check["state"] in (CheckState.CONFIRMED, CheckState.SETTLED):
            return
        if check is not None:
            raise StateConflict("Somebody said that this is wrong. It has to be answered first.")
        await db.execute(
            "INSERT INTO attendance_check (id, booking_id, state, confirmed_by, confirmed_at)"
            " VALUES ($1, $2, 'confirmed', $3, $4)",
            new_id(),
            row["id"],
            actor.user_id,
            clock.now(),
        )
        await audit.record(actor, "attendance.confirmed", "booking", row["id"])


async def dispute_attendance(actor: Actor, booking_id: UUID, words: str) -> None:
    """What was recorded is wrong, in words: it is not billed until it is settled; what stands on an invoice already is
    shown to its payer. By the person or who books for them. Raises NotFound, Forbidden, Invalid, StateConflict.
    """
    async with db.unit_of_work():
        row, check = await _for_person(actor, booking_id)
        if not words.strip():
            raise Invalid({"words": "Write what is wrong"})
        if check is None:
            check_id = new_id()
            await db.execute(
                "INSERT INTO attendance_check (id, booking_id, state, words, disputed_by, disputed_at)"
                " VALUES ($1, $2, 'disputed', $3, $4, $5)",
                check_id,
                row["id"],
                words.strip(),
                actor.user_id,
                clock.now(),
            )
            await audit.record(actor, "attendance.disputed", "attendance_check", check_id)
        else:
            check_id = check["id"]
            also = {"words": words.strip(), "disputed_by": actor.user_id, "disputed_at": clock.now()}
            await _move(actor, check, CheckState.DISPUTED, "attendance.disputed", also)
        held_back = await _hold_back(row["id"])
        await db.execute(
            "UPDATE attendance_check SET billed_before = $2 WHERE id = $1", check_id, not held_back
        )
        await tell_provider(
            row["provider_id"],
            Notice(
                f"Disputed: {row['reference']}",
                f"{row['title']}, {formats.when(row)}: somebody says that the register is wrong. It is not billed"
                " before it is settled. Look at it, and correct it or explain.",
                f"/provider/disputes/{row['id']}",
                kind=NoticeKind.ATTENDANCE,
            ),
            about=row["person_id"],
        )


async def answer_dispute(actor: Actor, booking_id: UUID, answer: Answer) -> None:
    """The provider corrects the register or explains it. Raises NotFound, Invalid, StateConflict, and Conflict for a
    correction of what is on an invoice."""
    require(actor, Permission.ATTENDANCE_RECORD)
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        if row["provider_organisation_id"] != actor.organisation_id:
            raise NotFound
        check = await _check_of(booking_id)
        if check is None:
            raise NotFound
        await _correct(actor, row, answer)
        also = {"answer": answer.words.strip(), "answered_by": actor.user_id, "answered_at": clock.now()}
        await _move(actor, check, CheckState.ANSWERED, "attendance.answered", also)
        await _tell(
            row, check, "The provider has answered", "You said that something about a visit is wrong."
        )


async def accept_answer(actor: Actor, booking_id: UUID) -> None:
    """The person's side is content: it is settled as it is recorded now. Raises NotFound, Forbidden, StateConflict."""
    async with db.unit_of_work():
        row, check = await _for_person(actor, booking_id)
        if check is None:
            raise NotFound
        await _settle(actor, row, check, "")


async def decide_dispute(actor: Actor, booking_id: UUID, answer: Answer) -> None:
    """The council's care manager or monitoring officer decides. Raises NotFound, Invalid, StateConflict, Conflict."""
    require(actor, Permission.DISPUTE_SETTLE)
    async with db.unit_of_work():
        row = await queries.booking_for_change(booking_id)
        check = await _check_of(booking_id)
        if row["council_id"] != actor.council_id or check is None:
            raise NotFound
        await _correct(actor, row, answer)
        await _settle(actor, row, check, answer.words.strip())
        words = "The council has decided about a visit that was said to be wrong."
        await _tell(row, check, "The council has decided", words)
        await tell_provider(
            row["provider_id"],
            Notice(
                f"Decided: {row['reference']}",
                words,
                f"/provider/disputes/{row['id']}",
                kind=NoticeKind.ATTENDANCE,
            ),
        )


async def confirm_by_time(most: int = 5000) -> int:
    """For the job: what nobody found wrong in the days that the person's council gives counts as right.

    Set-based; answers how many. Can be stopped and run again.
    """
    rows = await db.fetch_all(
        "INSERT INTO attendance_check (id, booking_id, state, confirmed_at)"
        " SELECT gen_random_uuid(), t.booking_id, 'confirmed', $1"
        "   FROM attendance t JOIN booking b ON b.id = t.booking_id"
        "   JOIN LATERAL (SELECT value FROM council_parameter WHERE council_id = b.council_id"
        "          AND name = 'attendance_confirmed_days' AND starts_on <= $2 ORDER BY starts_on DESC LIMIT 1) d"
        "     ON true"
        "  WHERE t.recorded_at <= $1::timestamptz - d.value * interval '1 day'"
        "    AND NOT EXISTS (SELECT 1 FROM attendance_check c WHERE c.booking_id = t.booking_id)"
        "  ORDER BY t.booking_id LIMIT $3 ON CONFLICT (booking_id) DO NOTHING RETURNING id",
        clock.now(),
        clock.today(),
        most,
    )
    return len(rows)


async def _for_person(actor: Actor, booking_id: UUID) -> tuple[db.Row, db.Row | None]:
    """The booking, locked, and its check; for who may book for the person. Raises NotFound, Forbidden, Conflict."""
    row = await queries.booking_for_change(booking_id)
    await require_person(actor, row["person_id"], Scope.BOOK)
    if not await db.fetch_value(
        "SELECT true FROM attendance WHERE booking_id = $1 FOR NO KEY UPDATE", booking_id
    ):
        raise Conflict("Nothing is recorded for this yet.")
    return row, await _check_of(booking_id)


async def _check_of(booking_id: UUID) -> db.Row | None:
    return await db.fetch_one("SELECT * FROM attendance_check WHERE booking_id = $1", booking_id)


async def _move(
    actor: Actor, check: db.Row, to: CheckState, action: str, also: dict[str, object], because: str = ""
) -> None:
    await transition(
        actor, "attendance_check", check["id"], CheckState(check["state"]), to, CHECK_TRANSITIONS,
        action=action, because=because, also=also,
    )  # fmt: skip


async def _hold_back(booking_id: UUID) -> bool:
    """Keep it off every invoice, unless it stands on one; the attendance is locked, so no run is between the two.

    What was credited and waits to be billed anew stands on none.
    """
    billed = "SELECT true FROM claim WHERE booking_id = $1 AND kind = 'invoice' AND NOT billable_again($1)"
    if await db.fetch_value(billed, booking_id):
        return False
    await db.execute("UPDATE attendance SET disputed = true WHERE booking_id = $1", booking_id)
    return True


async def hold_back_disputed(booking_id: UUID) -> None:
    """A visit that was billed is to be billed anew: a dispute that was said after the first bill holds it back now.

    Joins the open unit of work.
    """
    disputed = await db.fetch_value(
        "UPDATE attendance_check SET billed_before = false WHERE booking_id = $1 AND state IN ('disputed', 'answered')"
        " RETURNING true",
        booking_id,
    )
    if disputed:
        await db.execute("UPDATE attendance SET disputed = true WHERE booking_id = $1", booking_id)


async def _correct(actor: Actor, row: db.Row, answer: Answer) -> None:
    if not answer.words.strip():
        raise Invalid({"words": "Write what you found, in words that the person understands"})
    if answer.outcome is None:
        return
    rules.check_attendance_day(row["service_on"], clock.today())
    now = await db.fetch_one(
        "SELECT outcome, note, arrived_at, left_at FROM attendance WHERE booking_id = $1", row["id"]
    )
    if now is not None and now["outcome"] != answer.outcome:
        await set_attendance(
            actor, row, answer.outcome, now["note"], Times(now["arrived_at"], now["left_at"])
        )


async def _settle(actor: Actor, row: db.Row, check: db.Row, words: str) -> None:
    also = {"settlement": words, "settled_by": actor.user_id, "settled_at": clock.now()}
    await _move(actor, check, CheckState.SETTLED, "attendance.settled", also)
    await db.execute("UPDATE attendance SET disputed = false WHERE booking_id = $1 AND disputed", row["id"])


async def _tell(row: db.Row, check: db.Row, subject: str, words: str) -> None:
    await tell_person(
        row["person_id"],
        Notice(
            f"{subject}: {row['reference']}", f"{words} You can read the answer.", f"/bookings/{row['id']}/attendance",
            kind=NoticeKind.ATTENDANCE,
        ),
        spoken_by=check["disputed_by"],
    )  # fmt: skip
