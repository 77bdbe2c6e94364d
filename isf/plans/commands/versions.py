"""A version of a plan is begun, given another budget, or given up; the draft that may be written."""

from uuid import UUID

from isf.plans.rules import TRANSITIONS, PlanState
from marketplace.identity.access import Actor, check_scope, require, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition

db.explain_constraint(
    "plan_version_one_open",
    StateConflict("Somebody began to write this plan a moment ago. Look at it before you go on."),
)
db.explain_constraint(
    "plan_only_draft_is_written",
    StateConflict("You cannot change this plan, because it is not a draft any more. Look at it again."),
)


class PlanBeingWritten(StateConflict):
    """There is a version already that is being written or waits for its keys."""

    code = "plan_being_written"

    def __init__(self) -> None:
        super().__init__(
            "You cannot begin another plan, because one is being written already. You can go on with that one."
        )


class NoBudget(Conflict):
    """A plan is written for a budget, and there is none."""

    code = "no_budget"

    def __init__(self) -> None:
        super().__init__(
            "You cannot write the plan yet, because there is no budget to plan with."
            " You can ask the care manager to give one."
        )


async def start_plan(actor: Actor, person_id: UUID, *, budget_id: UUID | None = None) -> UUID:
    """Begin the first version of a person's plan: for the budget that runs today, or the next, unless told.

    Needs PLAN_WRITE and the scope *plan*. Raises NotFound, Forbidden, NoBudget, PlanBeingWritten, and StateConflict
    when a plan is agreed already (then `start_next_version` begins with a copy of it).
    """
    async with db.unit_of_work():
        if await _begin(actor, person_id) is not None:
            raise StateConflict(
                "You cannot begin an empty plan, because one is agreed. You can write its next version."
            )
        return await _write_version(actor, person_id, budget_id, None)


async def start_next_version(actor: Actor, person_id: UUID, *, budget_id: UUID | None = None) -> UUID:
    """Begin the next version with a copy of the agreed one; it stays in force until the next has its keys.

    It is for the newest budget unless told. Who wrote the agreed one has written this one too. Raises as `start_plan`,
    and StateConflict without an agreed plan.
    """
    async with db.unit_of_work():
        agreed_id = await _begin(actor, person_id)
        if agreed_id is None:
            raise StateConflict("You cannot write a next version, because no plan is agreed yet.")
        version_id = await _write_version(actor, person_id, budget_id, agreed_id)
        await _copy(agreed_id, version_id)
        return version_id


async def _begin(actor: Actor, person_id: UUID) -> UUID | None:
    """The agreed version, if any; the person is locked and may have a new version."""
    require(actor, Permission.PLAN_WRITE)
    check_scope(await scopes_for(actor, person_id), Scope.PLAN)
    await db.execute("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id)
    rows = await db.fetch_all(
        "SELECT id, state FROM plan_version WHERE person_id = $1 AND state IN ('draft', 'waiting_for_keys', 'agreed')",
        person_id,
    )
    if any(row["state"] != PlanState.AGREED for row in rows):
        raise PlanBeingWritten
    return rows[0]["id"] if rows else None


async def _write_version(
    actor: Actor, person_id: UUID, budget_id: UUID | None, based_on: UUID | None
) -> UUID:
    if based_on is not None and budget_id is None:
        budget_id = await _newest_budget(person_id)
    budget = await _budget(person_id, budget_id)
    version_id = new_id()
    number = await db.fetch_value(
        "INSERT INTO plan_version (id, person_id, number, state, budget_id, based_on, allocated_pence, starts_on,"
        " ends_on, started_by, started_at) SELECT $1, $2, coalesce(max(number), 0) + 1, 'draft', $3, $4, $5, $6, $7,"
        " $8, $9 FROM plan_version WHERE person_id = $2 RETURNING number",
        version_id,
        person_id,
        budget["id"],
        based_on,
        budget["pence"],
        budget["starts_on"],
        budget["ends_on"],
        actor.user_id,
        clock.now(),
    )
    await note_author(version_id, actor.user_id)
    await audit.record(
        actor,
        "plan.started",
        "plan_version",
        version_id,
        after={"person": person_id, "number": number, "budget": budget["id"], "based_on": based_on},
    )
    return version_id


async def _budget(person_id: UUID, budget_id: UUID | None) -> db.Row:
    """The budget that was told, else the one that runs today, else the next one."""
    found = await db.fetch_one(
        "SELECT id, council_share_pence + contribution_pence AS pence, starts_on, ends_on FROM personal_budget"
        " WHERE person_id = $1 AND kind = 'agreed' AND (id = $2 OR ($2::uuid IS NULL AND ends_on > $3))"
        " ORDER BY starts_on LIMIT 1",
        person_id,
        budget_id,
        clock.today(),
    )
    if found is None:
        raise NoBudget if budget_id is None else Invalid({"budget": "Choose one of the person’s budgets"})
    return found


async def _newest_budget(person_id: UUID) -> UUID | None:
    # A next version is mostly written because there is another budget; with one budget it is that one.
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM personal_budget WHERE person_id = $1 AND kind = 'agreed' AND ends_on > $2"
        " ORDER BY starts_on DESC LIMIT 1",
        person_id,
        clock.today(),
    )
    return found


async def _copy(agreed_id: UUID, version_id: UUID) -> None:
    await db.execute(
        "INSERT INTO plan_words (id, version_id, kind, words, written_by, written_at)"
        " SELECT gen_random_uuid(), $2, kind, words, written_by, written_at FROM plan_words WHERE version_id = $1",
        agreed_id,
        version_id,
    )
    await db.execute(
        "INSERT INTO plan_item (id, version_id, line_id, position, need_id, outcome_id, title, what, category,"
        " provider_id, cost_pence, times, frequency, weeks, paid_from) SELECT gen_random_uuid(), $2, line_id, position,"
        " need_id, outcome_id, title, what, category, provider_id, cost_pence, times, frequency, weeks, paid_from"
        " FROM plan_item WHERE version_id = $1",
        agreed_id,
        version_id,
    )
    await db.execute(
        "INSERT INTO plan_helper (id, version_id, kind, name, user_id, how)"
        " SELECT gen_random_uuid(), $2, kind, name, user_id, how FROM plan_helper WHERE version_id = $1",
        agreed_id,
        version_id,
    )
    await db.execute(
        "INSERT INTO plan_author (id, version_id, user_id, since)"
        " SELECT gen_random_uuid(), $2, user_id, since FROM plan_author WHERE version_id = $1"
        " ON CONFLICT (version_id, user_id) DO NOTHING",
        agreed_id,
        version_id,
    )


async def note_author(version_id: UUID, user_id: UUID) -> None:
    """Somebody wrote a part of a version: they turn none of its keys, and those they turned fall."""
    await db.execute(
        "INSERT INTO plan_author (id, version_id, user_id, since) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (version_id, user_id) DO NOTHING",
        new_id(),
        version_id,
        user_id,
        clock.now(),
    )


async def locked_version(actor: Actor, version_id: UUID, scope: Scope) -> db.Row:
    """A version, locked, of a person for whom the actor may do this. Raises NotFound or Forbidden."""
    row = await db.fetch_one(
        "SELECT v.id, v.person_id, v.state, v.budget_id, v.based_on, v.starts_on, v.ends_on, p.council_id"
        "  FROM plan_version v JOIN person p ON p.id = v.person_id WHERE v.id = $1 FOR NO KEY UPDATE OF v",
        version_id,
    )
    if row is None:
        raise NotFound
    check_scope(await scopes_for(actor, row["person_id"]), scope)
    return row


async def draft_to_write(actor: Actor, version_id: UUID) -> db.Row:
    """The draft, locked, with the actor noted as one of its authors. Raises as `locked_draft`."""
    row = await locked_draft(actor, version_id)
    await note_author(version_id, actor.user_id)
    return row


async def locked_draft(actor: Actor, version_id: UUID) -> db.Row:
    """The draft, locked. Joins the open unit of work.

    Needs PLAN_WRITE and the scope *plan*. Raises NotFound, Forbidden, StateConflict when it is not a draft.
    """
    require(actor, Permission.PLAN_WRITE)
    row = await locked_version(actor, version_id, Scope.PLAN)
    if row["state"] == PlanState.WAITING_FOR_KEYS:
        raise StateConflict(
            "You cannot change this plan, because it waits for its keys. You can take it back and then change it."
        )
    if row["state"] != PlanState.DRAFT:
        raise StateConflict(
            "You cannot change this plan, because it is not a draft any more. You can write its next version."
        )
    return row


async def write_for_budget(actor: Actor, version_id: UUID, budget_id: UUID) -> None:
    """Write a draft for another budget of the person, or for the same one as it is now. Raises as `draft_to_write`."""
    async with db.unit_of_work():
        row = await draft_to_write(actor, version_id)
        budget = await _budget(row["person_id"], budget_id)
        await take_budget(version_id, budget)
        await audit.record(
            actor,
            "plan.budget_chosen",
            "plan_version",
            version_id,
            before={"budget": row["budget_id"]},
            after={"budget": budget_id},
        )


async def take_budget(version_id: UUID, budget: db.Row) -> None:
    """Keep the budget's amount and days with the version, as they are now."""
    await db.execute(
        "UPDATE plan_version SET budget_id = $2, allocated_pence = $3, starts_on = $4, ends_on = $5 WHERE id = $1",
        version_id,
        budget["id"],
        budget["pence"],
        budget["starts_on"],
        budget["ends_on"],
    )


async def refresh_budget(row: db.Row) -> None:
    """Keep the budget of a locked version as it is now."""
    await take_budget(row["id"], await _budget(row["person_id"], row["budget_id"]))


async def withdraw_plan(actor: Actor, version_id: UUID) -> None:
    """Give up a version that is being written or waits for keys; what is agreed stays in force.

    Needs PLAN_WRITE and the scope *plan*. Raises NotFound, Forbidden, StateConflict.
    """
    require(actor, Permission.PLAN_WRITE)
    async with db.unit_of_work():
        row = await locked_version(actor, version_id, Scope.PLAN)
        await transition(
            actor, "plan_version", version_id, PlanState(row["state"]), PlanState.WITHDRAWN, TRANSITIONS,
            action="plan.withdrawn",
        )  # fmt: skip
