"""A council's frameworks, applications to their lots, and decisions with dates (requirement P1)."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, states
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.formats import full_date
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import enqueue_mail
from providers.access import require_council, require_provider
from providers.rules import COMMISSION_TRANSITIONS, CommissionState

# Long enough for a council to decide before the approval runs out.
REAPPLY_WITHIN: Final = timedelta(days=90)


class Decision(StrEnum):
    """What a council says to an application."""

    APPROVE = "approve"
    REFUSE = "refuse"


class AlreadyApplied(Conflict):
    """There is an application to this lot that waits, or an approval that still runs."""

    code = "already_applied"

    def __init__(self) -> None:
        super().__init__(
            "You cannot apply again, because this lot has your application or approval already. "
            "You can apply again in the last 90 days of an approval."
        )


def is_open(row: db.Row) -> bool:
    """Whether an application waits, or an approval runs for longer than the time in which to apply again."""
    if row["state"] == CommissionState.APPLIED:
        return True
    ends_on = row["ends_on"]
    return row["state"] == CommissionState.APPROVED and (
        ends_on is None or ends_on > clock.today() + REAPPLY_WITHIN
    )


db.explain_constraint(
    "commission_one_at_a_time",
    Conflict(
        "You cannot approve these dates, because the provider is approved on this lot for some of them already. "
        "You can choose dates that start after the other approval ends."
    ),
)


async def create_framework(
    who: audit.Who,
    council_id: UUID,
    name: str,
    lots: Sequence[str],
    starts_on: date,
    ends_on: date | None = None,
) -> UUID:
    """A framework with its lots; asks for no permission (`open_framework` does). Raises Invalid."""
    names = [lot.strip() for lot in lots if lot.strip()]
    wrong: dict[str, str] = {}
    if not name.strip():
        wrong["name"] = "Enter a name for the framework"
    if not names:
        wrong["lots"] = "Enter one lot or more, each on its own line"
    if ends_on is not None and ends_on <= starts_on:
        wrong["ends_on"] = "Enter a day after the start"
    if wrong:
        raise Invalid(wrong)
    framework_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO framework (id, council_id, name, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5)",
            framework_id,
            council_id,
            name.strip(),
            starts_on,
            ends_on,
        )
        await db.execute_many(
            "INSERT INTO lot (id, framework_id, name) VALUES ($1, $2, $3)",
            [(new_id(), framework_id, lot) for lot in names],
        )
        await audit.record(
            who, "framework.created", "framework", framework_id, after={"name": name, "lots": names}
        )
    return framework_id


async def open_framework(
    actor: Actor, name: str, lots: Sequence[str], starts_on: date, ends_on: date | None = None
) -> UUID:
    """The actor's council opens a framework. Raises Forbidden, NotFound or Invalid."""
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    return await create_framework(actor, council_id, name, lots, starts_on, ends_on)


async def apply_to_lot(actor: Actor, provider_id: UUID, lot_id: UUID) -> UUID:
    """A provider asks to be approved on a lot; answers the commission's id.

    Raises NotFound, AlreadyApplied, or Conflict when the framework has ended.
    """
    async with db.unit_of_work():
        await require_provider(actor, provider_id)
        # One at a time for a provider: two applications at the same moment see each other.
        await db.execute("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
        lot = await db.fetch_one(
            "SELECT f.council_id, f.ends_on FROM lot l JOIN framework f ON f.id = l.framework_id WHERE l.id = $1",
            lot_id,
        )
        if lot is None:
            raise NotFound
        today = clock.today()
        if lot["ends_on"] is not None and lot["ends_on"] <= today:
            raise Conflict(
                "You cannot apply, because this framework has ended. You can ask the council about a new one."
            )
        earlier = await db.fetch_all(
            "SELECT state, ends_on FROM commission WHERE provider_id = $1 AND lot_id = $2",
            provider_id,
            lot_id,
        )
        if any(is_open(row) for row in earlier):
            raise AlreadyApplied
        commission_id = new_id()
        await db.execute(
            "INSERT INTO commission (id, provider_id, lot_id, council_id, state) VALUES ($1, $2, $3, $4, 'applied')",
            commission_id,
            provider_id,
            lot_id,
            lot["council_id"],
        )
        await audit.record(
            actor,
            "commission.applied",
            "commission",
            commission_id,
            after={"provider": provider_id, "lot": lot_id},
        )
    return commission_id


_ASKED = """
    SELECT c.id, c.state, c.council_id, p.name AS provider_name, p.email, l.name AS lot_name,
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
) -> None:
    """The council answers an application to its own lot; `ends_on` is the first day without approval.

    Approving needs a start within the framework, refusing a reason; the provider gets a letter with it.
    Raises Forbidden, NotFound (another council's), Invalid, StateConflict, Conflict (dates overlap another approval).
    """
    require(actor, Permission.COMMISSION_DECIDE)
    async with db.unit_of_work():
        asked = await db.fetch_one(_ASKED, commission_id)
        if asked is None or asked["council_id"] != actor.council_id:
            raise NotFound
        if decision is Decision.APPROVE:
            _check_dates(asked, starts_on, ends_on)
            to, also = (
                CommissionState.APPROVED,
                {"starts_on": starts_on, "ends_on": ends_on, "reason": reason},
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
        await enqueue_mail(
            asked["email"], f"Your application: {asked['lot_name']}", _letter(asked, to, starts_on, reason)
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
