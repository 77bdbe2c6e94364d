"""A plan is sent for its keys; the keys are turned; the fourth one agrees the plan and frees the money (row SP3)."""

from uuid import UUID

import asyncpg

from isf.plans.commands.releasing import release_funds
from isf.plans.commands.versions import draft_to_write, locked_version, refresh_budget
from isf.plans.queries.versions import PlanCopy, load
from isf.plans.rules import HOLDER_WORDS, KEY_HOLDERS, TRANSITIONS, KeyKind, PlanState
from isf.urgent.commands import end_for_agreed_plan
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition


class WroteThePlan(Forbidden):
    """Nobody turns a key on a plan that they wrote a part of."""

    code = "wrote_the_plan"

    def __init__(self, kind: KeyKind) -> None:
        holder = HOLDER_WORDS[KEY_HOLDERS[kind]]
        super().__init__(
            "You cannot turn this key, because you wrote a part of the plan or helped with it."
            f" It can be turned by {holder}."
        )


class NotThisKey(Forbidden):
    """The key is another role's to turn."""

    code = "not_this_key"

    def __init__(self, kind: KeyKind) -> None:
        holder = HOLDER_WORDS[KEY_HOLDERS[kind]]
        super().__init__(f"You cannot turn the key “{kind.label}”, because it is turned by {holder}.")


async def submit_plan(actor: Actor, version_id: UUID) -> PlanState:
    """Send a draft for its keys; answers its state then.

    A key of the version before stays turned where what it covers did not change; when all four do, the plan is agreed
    at once. Needs PLAN_WRITE and the scope *plan*. Raises Invalid with what is missing, by the place on the page.
    """
    async with db.unit_of_work():
        row = await draft_to_write(actor, version_id)
        await refresh_budget(row)
        plan = await load(version_id)
        if plan.missing:
            raise Invalid(plan.missing, "The plan is not ready yet.")
        await _let_fall(actor, plan)
        await transition(
            actor, "plan_version", version_id, PlanState.DRAFT, PlanState.WAITING_FOR_KEYS, TRANSITIONS,
            action="plan.submitted",
            also={"submitted_by": actor.user_id, "submitted_at": clock.now(), "sent_back_because": ""},
        )  # fmt: skip
        await _carry(actor, plan)
        return await _agree_when_complete(actor, plan)


async def _let_fall(actor: Actor, plan: PlanCopy) -> None:
    """Keys that were turned before the plan was taken back fall where what they cover was changed."""
    now = plan.fingerprints
    changed = [key.kind for key in plan.keys if key.fingerprint != now[key.kind]]
    if not changed:
        return
    await db.execute(
        "UPDATE approval_key SET fell_at = $3 WHERE version_id = $1 AND kind = ANY ($2::text[]) AND fell_at IS NULL",
        plan.id,
        [str(kind) for kind in changed],
        clock.now(),
    )
    await audit.record(
        actor, "plan.keys_fell", "plan_version", plan.id, before={"keys": [str(kind) for kind in changed]}
    )


async def _carry(actor: Actor, plan: PlanCopy) -> None:
    """Turn again what was turned on the version before, where what the key covers is the same."""
    if plan.based_on is None:
        return
    now = plan.fingerprints
    rows = await db.fetch_all(
        "INSERT INTO approval_key (id, version_id, kind, turned_by, turned_at, because, fingerprint, carried_from)"
        " SELECT gen_random_uuid(), $1, k.kind, k.turned_by, k.turned_at, k.because, k.fingerprint, k.id"
        "   FROM approval_key k JOIN unnest($3::text[], $4::text[]) AS c(kind, fingerprint)"
        "     ON c.kind = k.kind AND c.fingerprint = k.fingerprint"
        "  WHERE k.version_id = $2 AND k.fell_at IS NULL"
        "    AND NOT EXISTS (SELECT 1 FROM approval_key s"
        "                     WHERE s.version_id = $1 AND s.kind = k.kind AND s.fell_at IS NULL)"
        "    AND NOT EXISTS (SELECT 1 FROM plan_author a WHERE a.version_id = $1 AND a.user_id = k.turned_by)"
        "    AND NOT EXISTS (SELECT 1 FROM plan_helper h WHERE h.version_id = $1 AND h.user_id = k.turned_by)"
        " RETURNING kind",
        plan.id,
        plan.based_on,
        [str(kind) for kind in now],
        list(now.values()),
    )
    if rows:
        await audit.record(
            actor, "plan.keys_carried", "plan_version", plan.id, after={"keys": [row["kind"] for row in rows]}
        )


async def take_back_submission(actor: Actor, version_id: UUID) -> None:
    """Make a draft again of a plan that waits for keys, to change it. Keys that are turned stand as far as they can.

    Needs PLAN_WRITE and the scope *plan*. Raises NotFound, Forbidden, StateConflict when it is agreed by now.
    """
    require(actor, Permission.PLAN_WRITE)
    async with db.unit_of_work():
        row = await locked_version(actor, version_id, Scope.PLAN)
        await _to_draft(actor, row, "plan.taken_back")


async def send_back(actor: Actor, version_id: UUID, because: str) -> None:
    """Somebody who turns keys sends a plan back to its writers with a reason, which they see.

    Needs KEY_TURN in the person's council. Raises Invalid without a reason, NotFound, StateConflict.
    """
    require(actor, Permission.KEY_TURN)
    if not because.strip():
        raise Invalid({"because": "Enter what has to be changed first"})
    async with db.unit_of_work():
        row = await _of_own_council(actor, version_id)
        await _to_draft(actor, row, "plan.sent_back", because.strip())


async def _to_draft(actor: Actor, row: db.Row, action: str, because: str = "") -> None:
    if row["state"] != PlanState.WAITING_FOR_KEYS:
        raise StateConflict("This plan does not wait for keys any more. Look at it again.")
    await transition(
        actor, "plan_version", row["id"], PlanState.WAITING_FOR_KEYS, PlanState.DRAFT, TRANSITIONS,
        action=action, because=because, also={"sent_back_because": because},
    )  # fmt: skip


async def _of_own_council(actor: Actor, version_id: UUID) -> db.Row:
    row = await locked_version(actor, version_id, Scope.SEE)
    if row["council_id"] != actor.council_id:
        raise NotFound
    return row


async def turn_key(
    actor: Actor, version_id: UUID, kind: KeyKind, because: str, *, seen: str | None = None
) -> PlanState:
    """Turn one of the four keys; the fourth agrees the plan and releases its money. Answers the plan's state then.

    `seen` is the fingerprint of what the key covers as the holder read it. Needs KEY_TURN in the person's council.
    Raises NotThisKey for another role, WroteThePlan for an author, Invalid without a reason, StateConflict when the
    plan was changed or somebody turned the key a moment ago.
    """
    require(actor, Permission.KEY_TURN)
    if not because.strip():
        raise Invalid({"because": "Enter why you turn this key: what you looked at and what you found"})
    async with db.unit_of_work():
        row = await _of_own_council(actor, version_id)
        if KEY_HOLDERS[kind] not in actor.roles:
            raise NotThisKey(kind)
        plan = await load(version_id)
        if plan.wrote(actor.user_id):
            raise WroteThePlan(kind)
        if row["state"] != PlanState.WAITING_FOR_KEYS:
            raise StateConflict("This plan does not wait for keys any more. Look at it again.")
        if (turned := plan.key(kind)) is not None:
            raise StateConflict(f"{turned.turned_by_name} turned this key already. Look at the plan again.")
        covered = plan.fingerprints[kind]
        if seen is not None and seen != covered:
            raise StateConflict(
                "The plan was changed while you were reading. Read it again before you turn the key."
            )
        await _insert(actor, version_id, kind, because.strip(), covered)
        return await _agree_when_complete(actor, plan)


async def _insert(actor: Actor, version_id: UUID, kind: KeyKind, because: str, covered: str) -> None:
    try:
        await db.execute(
            "INSERT INTO approval_key (id, version_id, kind, turned_by, turned_at, because, fingerprint)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new_id(),
            version_id,
            str(kind),
            actor.user_id,
            clock.now(),
            because,
            covered,
        )
    except asyncpg.CheckViolationError as failure:
        if failure.constraint_name != "approval_key_not_by_author":
            raise
        raise WroteThePlan(kind) from failure
    await audit.record(
        actor, "plan.key_turned", "plan_version", version_id, after={"key": kind}, because=because
    )


async def _agree_when_complete(actor: Actor, plan: PlanCopy) -> PlanState:
    standing = await db.fetch_value(
        "SELECT count(*) FROM approval_key WHERE version_id = $1 AND fell_at IS NULL", plan.id
    )
    if standing < len(KeyKind):
        return PlanState.WAITING_FOR_KEYS
    # One agreed plan at a time: the one before steps down in the same transaction.
    before = await db.fetch_value(
        "SELECT id FROM plan_version WHERE person_id = $1 AND state = 'agreed' FOR NO KEY UPDATE",
        plan.person_id,
    )
    if before is not None:
        await transition(
            actor, "plan_version", before, PlanState.AGREED, PlanState.SUPERSEDED, TRANSITIONS,
            action="plan.superseded",
        )  # fmt: skip
    await transition(
        actor, "plan_version", plan.id, PlanState.WAITING_FOR_KEYS, PlanState.AGREED, TRANSITIONS,
        action="plan.agreed", also={"agreed_at": clock.now()},
    )  # fmt: skip
    await release_funds(actor, plan.id)
    await end_for_agreed_plan(actor, plan.person_id)
    return PlanState.AGREED
