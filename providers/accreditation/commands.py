"""Sending a proof, deciding about it, and what a council requires (requirement P2)."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from litestar.datastructures import UploadFile

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, files, states
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.formats import full_date
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import enqueue_mail
from providers.access import own_provider, require_council
from providers.accreditation.rules import TRANSITIONS, Draft, Kind, State, suiting, wrong_with
from providers.rules import SellerType

db.explain_constraint(
    "accreditation_requirement_once",
    Conflict("You cannot require this twice, because you require it already for some of these days."),
)


class Verdict(StrEnum):
    """What a council says to a proof."""

    ACCEPT = "accept"
    REFUSE = "refuse"


async def send_accreditation(actor: Actor, draft: Draft, upload: UploadFile | None) -> UUID:
    """The manager sends a proof of their provider, the first of its kind or a renewal; answers its id.

    One that waits is withdrawn by it; one that is accepted counts until this one is. Raises Forbidden, NotFound or
    Invalid.
    """
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        seller = await _locked(provider_id)
        suits = suiting(SellerType(seller["seller_type"]), employs=seller["employs"])
        wrong = wrong_with(draft, suits, clock.today())
        if upload is None:
            wrong.setdefault("file", "Choose the file that proves it: a PDF, JPEG or PNG")
        if wrong or upload is None:
            raise Invalid(wrong)
        file_id = await files.keep(
            actor, upload, organisation_id=actor.organisation_id, purpose="accreditation"
        )
        waiting = await db.fetch_value(
            "SELECT id FROM accreditation WHERE provider_id = $1 AND kind = $2 AND state = 'sent'",
            provider_id,
            str(draft.kind),
        )
        if waiting is not None:
            await _move(actor, waiting, State.SENT, State.WITHDRAWN)
        accreditation_id = new_id()
        await db.execute(
            "INSERT INTO accreditation (id, provider_id, kind, file_id, reference, valid_from, expires_on, sent_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            accreditation_id,
            provider_id,
            str(draft.kind),
            file_id,
            draft.reference.strip(),
            draft.valid_from,
            draft.expires_on,
            clock.now(),
        )
        await audit.record(
            actor,
            "accreditation.sent",
            "accreditation",
            accreditation_id,
            after={"provider": provider_id, "kind": draft.kind, "expires_on": draft.expires_on},
        )
    return accreditation_id


async def say_whether_employing(actor: Actor, *, employs: bool) -> None:
    """The manager says whether their provider employs anybody: only then employer's insurance is asked."""
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        before = await _locked(provider_id)
        await db.execute("UPDATE provider SET employs = $2 WHERE id = $1", provider_id, employs)
        await audit.record(
            actor,
            "provider.edited",
            "provider",
            provider_id,
            before={"employs": before["employs"]},
            after={"employs": employs},
        )


async def _locked(provider_id: UUID) -> db.Row:
    # One at a time for a provider: two proofs of a kind, sent or accepted at once, see each other.
    row = await db.fetch_one(
        "SELECT seller_type, employs, name, email FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id
    )
    assert row is not None  # noqa: S101 - whoever calls this has found it
    return row


async def _move(actor: Actor, accreditation_id: UUID, frm: State, to: State, **also: object) -> None:
    await states.transition(
        actor,
        "accreditation",
        accreditation_id,
        frm,
        to,
        TRANSITIONS,
        action=f"accreditation.{to}",
        because=str(also.get("reason", "")),
        also=also,
    )


async def decide_accreditation(
    actor: Actor, accreditation_id: UUID, verdict: Verdict, reason: str = ""
) -> None:
    """A council that has or considers the provider accepts a proof, or refuses it with a reason; a letter tells.

    An accepted renewal takes the place of the one before at once, which still covers its own days.
    Raises Forbidden, NotFound (a provider that the council has nothing to do with), Invalid or StateConflict.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    async with db.unit_of_work():
        found = await db.fetch_one(
            "SELECT provider_id, kind FROM accreditation WHERE id = $1 AND considers_provider($2, provider_id)",
            accreditation_id,
            council_id,
        )
        if found is None:
            raise NotFound
        seller = await _locked(found["provider_id"])
        row = await db.fetch_one(
            "SELECT state, expires_on FROM accreditation WHERE id = $1 FOR NO KEY UPDATE", accreditation_id
        )
        assert row is not None  # noqa: S101 - no proof is ever deleted
        if verdict is Verdict.REFUSE and not reason.strip():
            raise Invalid({"reason": "Enter the reason: the provider gets it in a letter"})
        if row["state"] != State.SENT:
            raise StateConflict("Somebody decided this a moment ago. Look at it again before you go on.")
        if verdict is Verdict.ACCEPT:
            await _replace(actor, found["provider_id"], found["kind"])
        await _move(
            actor,
            accreditation_id,
            State.SENT,
            State.ACCEPTED if verdict is Verdict.ACCEPT else State.REFUSED,
            reason=reason.strip(),
            decided_by=actor.user_id,
            decided_by_council=council_id,
            decided_at=clock.now(),
        )
        await enqueue_mail(seller["email"], *_letter(found["kind"], verdict, row["expires_on"], reason))


async def _replace(actor: Actor, provider_id: UUID, kind: str) -> None:
    before = await db.fetch_value(
        "SELECT id FROM accreditation WHERE provider_id = $1 AND kind = $2 AND state = 'accepted'",
        provider_id,
        kind,
    )
    if before is not None:
        await _move(actor, before, State.ACCEPTED, State.REPLACED)


def _letter(kind: str, verdict: Verdict, expires_on: date | None, reason: str) -> tuple[str, str]:
    label = Kind(kind).label
    if verdict is Verdict.ACCEPT:
        until = f" It counts until {full_date(expires_on)}." if expires_on else ""
        return (
            f"{label}: accepted",
            f"The council has accepted this: {label}.{until}\n\n{reason}".strip() + "\n",
        )
    return (
        f"{label}: not accepted",
        f"The council has not accepted this: {label}.\n\n{reason.strip()}\n\nYou can send another one.\n",
    )


async def require_kind(actor: Actor, kind: Kind, starts_on: date) -> UUID:
    """The actor's council requires a proof of the sellers that it suits, from a day on; answers the id.

    Raises Forbidden, NotFound, Invalid (a day that is over) or Conflict.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    if starts_on < clock.today():
        raise Invalid(
            {"starts_on": "Enter today or a later day: what was booked was booked by the rules of its day"}
        )
    requirement_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO accreditation_requirement (id, council_id, kind, starts_on, set_by)"
            " VALUES ($1, $2, $3, $4, $5)",
            requirement_id,
            council_id,
            str(kind),
            starts_on,
            actor.user_id,
        )
        await audit.record(
            actor,
            "accreditation.required",
            "accreditation_requirement",
            requirement_id,
            after={"kind": kind, "starts_on": starts_on},
        )
    return requirement_id


async def stop_requiring(actor: Actor, requirement_id: UUID) -> None:
    """From today on the council does not require this any more. Raises Forbidden, NotFound or StateConflict."""
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT starts_on, ends_on FROM accreditation_requirement WHERE id = $1 AND council_id = $2 FOR UPDATE",
            requirement_id,
            council_id,
        )
        if row is None:
            raise NotFound
        if row["ends_on"] is not None:
            raise StateConflict("This is not required any more.")
        ends_on = max(clock.today(), row["starts_on"])
        await db.execute(
            "UPDATE accreditation_requirement SET ends_on = $2 WHERE id = $1", requirement_id, ends_on
        )
        await audit.record(
            actor,
            "accreditation.not_required",
            "accreditation_requirement",
            requirement_id,
            after={"ends_on": ends_on},
        )
