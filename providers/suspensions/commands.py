"""Opening, releasing and ending a suspension. What it does to bookings is in `marketplace.bookings.reprovision`."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition
from providers.access import require_council
from providers.suspensions.rules import TRANSITIONS, AlreadySuspended, SuspensionState

db.explain_constraint("suspension_one_of_a_council", AlreadySuspended())

MOST_WORDS = 5000
MOST_CONTACT = 300


@dataclass(frozen=True, slots=True)
class SuspensionDraft:
    """Why a provider is stopped, for the council's own eyes, and who can be spoken to about it."""

    grounds: str
    contact: str

    def checked(self) -> "SuspensionDraft":
        """The same without spaces around. Raises Invalid."""
        draft = SuspensionDraft(self.grounds.strip(), self.contact.strip())
        wrong = {}
        if not 0 < len(draft.grounds) <= MOST_WORDS:
            wrong["grounds"] = f"Enter the grounds, in {MOST_WORDS} characters or fewer"
        if not 0 < len(draft.contact) <= MOST_CONTACT:
            wrong["contact"] = (
                "Enter who the provider can speak to, with a telephone number or an e-mail address"
            )
        if wrong:
            raise Invalid(wrong)
        return draft


async def open_suspension(actor: Actor, provider_id: UUID, draft: SuspensionDraft) -> UUID:
    """Stop a provider from now on (`rules.md` 16); joins the open unit of work, in which sessions are locked.

    Raises Forbidden, NotFound, Invalid, AlreadySuspended.
    """
    council_id = require_council(actor, Permission.PROVIDER_SUSPEND)
    draft = draft.checked()
    async with db.unit_of_work():
        if (
            await db.fetch_value("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
            is None
        ):
            raise NotFound
        if await db.fetch_value(
            "SELECT 1 FROM suspension WHERE provider_id = $1 AND council_id = $2 AND state <> 'released'",
            provider_id,
            council_id,
        ):
            raise AlreadySuspended
        suspension_id = new_id()
        await db.execute(
            "INSERT INTO suspension (id, provider_id, council_id, state, grounds, contact, starts_at, started_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            suspension_id,
            provider_id,
            council_id,
            str(SuspensionState.OPEN),
            draft.grounds,
            draft.contact,
            clock.now(),
            actor.user_id,
        )
        await audit.record(
            actor,
            "provider.suspended",
            "provider",
            provider_id,
            after={"suspension": suspension_id, "council": council_id},
        )
    return suspension_id


async def close_suspension(actor: Actor, suspension_id: UUID, to: SuspensionState, words: str) -> db.Row:
    """Release a suspension, or end the use of the provider for good; answers its row. Joins the open unit of work.

    An end takes the provider off the council's own lists from today. Raises Forbidden, NotFound (another council's),
    Invalid, StateConflict.
    """
    council_id = require_council(actor, Permission.PROVIDER_SUSPEND)
    words = words.strip()
    if not 0 < len(words) <= MOST_WORDS:
        raise Invalid({"words": f"Enter what was found and decided, in {MOST_WORDS} characters or fewer"})
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM suspension WHERE id = $1 FOR NO KEY UPDATE", suspension_id)
        if row is None or row["council_id"] != council_id:
            raise NotFound
        await transition(
            actor, "suspension", suspension_id, SuspensionState(row["state"]), to, TRANSITIONS,
            action=f"suspension.{to}",
            also={"closed_at": clock.now(), "closed_by": actor.user_id, "closing_words": words},
        )  # fmt: skip
        if to is SuspensionState.ENDED:
            await db.execute(
                "UPDATE commission SET ends_on = greatest($3::date, starts_on + 1) WHERE provider_id = $1"
                " AND council_id = $2 AND state = 'approved' AND (ends_on IS NULL OR ends_on > $3)",
                row["provider_id"],
                council_id,
                clock.today(),
            )
    return row
