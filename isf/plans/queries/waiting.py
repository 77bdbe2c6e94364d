"""Plans that wait for keys, the versions of one person's plan, and what somebody has to do about it."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.plans.queries.versions import PlanCopy, load
from isf.plans.rules import KEY_HOLDERS, Chapter, KeyKind, PlanState
from isf.todo import Todo
from marketplace.identity.access import Actor, require, require_person, scopes_for
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db


class WaitingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that waits for keys. `mine` are the keys that the actor can turn now; none when they `wrote` in it."""

    id: UUID
    person_id: UUID
    person_name: str
    number: int
    submitted_at: datetime
    turned: list[KeyKind]
    wrote: bool
    mine: list[KeyKind]

    @property
    def missing(self) -> list[KeyKind]:
        """The keys that are still to be turned, in their order."""
        return [kind for kind in KeyKind if kind not in self.turned]


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the list of a person's plan. Half-open dates."""

    id: UUID
    number: int
    state: PlanState
    starts_on: date
    ends_on: date
    agreed_at: datetime | None


# $1 user, $2 organisation, $3 today, $4 the council whose every person the actor sees (or null).
_WAITING = """
    SELECT v.id, v.person_id, p.name AS person_name, v.number, v.submitted_at,
           ARRAY(SELECT k.kind FROM approval_key k WHERE k.version_id = v.id AND k.fell_at IS NULL)::text[] AS turned,
           EXISTS (SELECT 1 FROM plan_author a WHERE a.version_id = v.id AND a.user_id = $1)
           OR EXISTS (SELECT 1 FROM plan_helper h WHERE h.version_id = v.id AND h.user_id = $1) AS wrote
      FROM plan_version v JOIN person p ON p.id = v.person_id
     WHERE v.state = 'waiting_for_keys'
       AND (p.council_id = $4 OR EXISTS (
            SELECT 1 FROM authority a WHERE a.person_id = p.id AND (a.user_id = $1 OR a.organisation_id = $2)
               AND 'see' = ANY (a.scopes) AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)))
     ORDER BY v.submitted_at, v.id
"""


def _keys_of(actor: Actor) -> list[KeyKind]:
    if Permission.KEY_TURN not in actor.permissions:
        return []
    return [kind for kind in KeyKind if KEY_HOLDERS[kind] in actor.roles]


async def plans_waiting(actor: Actor) -> list[WaitingPlan]:
    """The plans that wait for keys, of everybody whom the actor may see; who waits longest first. One statement."""
    require(actor, Permission.PERSON_SEE)
    whole_council = actor.council_id if Scope.SEE in council_scopes_of(actor.roles) else None
    rows = await db.fetch_all(_WAITING, actor.user_id, actor.organisation_id, clock.today(), whole_council)
    own = _keys_of(actor)
    return [
        msgspec.convert(
            {**row, "mine": [k for k in own if not row["wrote"] and k not in row["turned"]]}, WaitingPlan
        )
        for row in rows
    ]


async def versions_of(actor: Actor, person_id: UUID) -> list[VersionLine]:
    """The versions of a person's plan, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT id, number, state, starts_on, ends_on, agreed_at FROM plan_version WHERE person_id = $1"
        " ORDER BY number DESC",
        person_id,
    )
    return [msgspec.convert(row, VersionLine) for row in rows]


def may_turn(actor: Actor, plan: PlanCopy) -> list[KeyKind]:
    """The keys of a plan that the actor can turn now."""
    ready = plan.state is PlanState.WAITING_FOR_KEYS and plan.council_id == actor.council_id
    if not ready or plan.wrote(actor.user_id):
        return []
    return [kind for kind in _keys_of(actor) if plan.key(kind) is None]


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """What the actor can do now to bring a person's plan on; nothing for whom they may not see."""
    scopes = await scopes_for(actor, person_id)
    if Scope.SEE not in scopes:
        return []
    writes = Scope.PLAN in scopes and Permission.PLAN_WRITE in actor.permissions
    row = await db.fetch_one(
        "SELECT (SELECT id FROM plan_version v WHERE v.person_id = $1 AND v.state IN ('draft', 'waiting_for_keys'))"
        "       AS open,"
        "       EXISTS (SELECT 1 FROM plan_version v WHERE v.person_id = $1 AND v.state = 'agreed') AS agreed,"
        "       EXISTS (SELECT 1 FROM personal_budget b"
        "                WHERE b.person_id = $1 AND b.kind = 'agreed' AND b.ends_on > $2) AS budget",
        person_id,
        clock.today(),
    )
    assert row is not None  # noqa: S101 - a row without FROM
    if row["open"] is None:
        begin = writes and row["budget"] and not row["agreed"]
        return (
            [Todo("Write the support plan: the money waits for it", f"/people/{person_id}/plan")]
            if begin
            else []
        )
    return _todos_about(actor, await load(row["open"]), writes=writes)


def _todos_about(actor: Actor, plan: PlanCopy, *, writes: bool) -> list[Todo]:
    here = f"/plans/{plan.id}"
    if plan.state is PlanState.WAITING_FOR_KEYS:
        return [Todo(f"Turn the key “{kind.label}”", f"{here}/keys/{kind}") for kind in may_turn(actor, plan)]
    if not writes:
        return []
    if plan.sent_back_because:
        return [Todo(f"Change the support plan: {plan.sent_back_because}", here)]
    if plan.missing:
        left = [chapter.label for chapter in Chapter if str(chapter) in plan.missing]
        return [Todo(f"Go on with the support plan: {left[0] if left else plan.missing['items']}", here)]
    return [Todo("Send the support plan for its keys", f"{here}/send")]
