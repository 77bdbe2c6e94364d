"""People without a budget leave a trace only if they wish: a request to be called, emptied when it is closed (F8)."""

from dataclasses import dataclass
from uuid import UUID

from isf.care.rules import CallResult
from marketplace.identity.access import Actor, require
from marketplace.identity.credentials import spend_try
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class CallDraft:
    """Who wishes to be called, by which council, and how."""

    council_id: UUID
    name: str
    contact: str
    how: str = ""
    words: str = ""


async def ask_for_a_call(draft: CallDraft, *, whence: str) -> UUID:
    """Leave the details of somebody who is not signed in. `whence` (an address) is only counted, for a quarter hour.

    Raises Invalid, and TooManyTries when too many came from one place.
    """
    wrong = {}
    if not draft.name.strip():
        wrong["name"] = "Enter your name, or what we should call you"
    if not draft.contact.strip():
        wrong["contact"] = "Enter a phone number or an e-mail address"
    if not await db.fetch_value("SELECT EXISTS (SELECT 1 FROM council WHERE id = $1)", draft.council_id):
        wrong["council"] = "Choose your council"
    if wrong:
        raise Invalid(wrong)
    await spend_try(f"call:{whence}"[:160])
    call_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO call_request (id, council_id, name, contact, how, words, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            call_id,
            draft.council_id,
            draft.name.strip(),
            draft.contact.strip(),
            draft.how.strip(),
            draft.words.strip(),
            clock.now(),
        )
        await audit.record(audit.SYSTEM, "call.asked", "call_request", call_id)
    return call_id


async def close_call(actor: Actor, call_id: UUID, result: CallResult) -> None:
    """Note what came of it and take out who it was. Needs PERSON_MANAGE in that council. Raises NotFound."""
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        closed = await db.fetch_value(
            "UPDATE call_request SET name = '', contact = '', how = '', words = '', result = $3, closed_by = $4,"
            " closed_at = $5 WHERE id = $1 AND council_id = $2 AND closed_at IS NULL RETURNING id",
            call_id,
            actor.council_id,
            str(result),
            actor.user_id,
            clock.now(),
        )
        if closed is None:
            raise NotFound
        await audit.record(actor, "call.closed", "call_request", call_id, after={"result": result})
