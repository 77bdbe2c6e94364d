"""What the pages about a plan have in common."""

from typing import Any
from uuid import UUID

from isf.plans.queries import PlanCopy, may_turn, plan_copy
from isf.plans.rules import COVERS, HOLDER_WORDS, KEY_HOLDERS, Chapter, KeyKind, PaidFrom, PlanState
from marketplace.identity.access import Actor, check_scope, scopes_for
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel.errors import StateConflict
from marketplace.kernel.routes_of_money import Route

SEES = {"permission": Permission.PERSON_SEE}
WRITES = {"permission": Permission.PLAN_WRITE}
TURNS = {"permission": Permission.KEY_TURN}


async def may_write(actor: Actor, person_id: UUID) -> bool:
    """Whether the actor may write this person's plan."""
    return Permission.PLAN_WRITE in actor.permissions and Scope.PLAN in await scopes_for(actor, person_id)


async def draft_for_writing(actor: Actor, version_id: UUID) -> PlanCopy:
    """A draft for a page that writes it. Raises NotFound, Forbidden, StateConflict when it is not a draft."""
    plan = await plan_copy(actor, version_id)
    check_scope(await scopes_for(actor, plan.person_id), Scope.PLAN)
    if plan.state is not PlanState.DRAFT:
        raise StateConflict(
            "You cannot change this plan, because it is not a draft. You can look at it, and take it back or write its"
            " next version from there."
        )
    return plan


def in_view(plan: PlanCopy) -> dict[str, Any]:
    """A plan as the templates show it."""
    totals = plan.totals
    return {
        "plan": plan,
        "totals": totals,
        "chapters": [
            {"kind": chapter, "words": plan.words.get(chapter, "")}
            for chapter in Chapter
            if chapter is not Chapter.WHAT_I_PAY or plan.contribution_pence or plan.words.get(chapter)
        ],
        "lines": [item_line(plan, index) for index in range(len(plan.items))],
        "parts": [
            {
                "words": PaidFrom(str(route)).label,
                "planned_pence": totals.planned[route].pence,
                "allocated_pence": totals.allocated[route].pence,
                "left_pence": (totals.allocated[route] - totals.planned[route]).pence,
            }
            for route in Route
            if totals.allocated[route] or totals.planned[route]
        ],
        "state": state_words(plan),
    }


def item_line(plan: PlanCopy, index: int) -> dict[str, Any]:
    """An item as the templates show it."""
    item = plan.items[index]
    return {
        "item": item,
        "who": ", ".join(
            words for words in (item.category.label if item.category else "", item.provider) if words
        ),
        "cost_pence": plan.cost_of(item).pence,
        "counts": item.paid_from.route is not None,
    }


def state_words(plan: PlanCopy) -> dict[str, str]:
    """The state of a version as a tag shows it."""
    return {
        PlanState.DRAFT: {"tag": "draft", "text": "Being written"},
        PlanState.WAITING_FOR_KEYS: {"tag": "pending", "text": "Waits for keys"},
        PlanState.AGREED: {"tag": "approved", "text": "Agreed"},
        PlanState.SUPERSEDED: {"tag": "ended", "text": "A newer one is agreed"},
        PlanState.WITHDRAWN: {"tag": "withdrawn", "text": "Given up"},
    }[plan.state]


def key_lines(actor: Actor, plan: PlanCopy) -> list[dict[str, Any]]:
    """The four keys: who turned each and when, or who can."""
    mine = may_turn(actor, plan)
    return [
        {
            "kind": kind,
            "covers": COVERS[kind],
            "turned": plan.key(kind),
            "holder": HOLDER_WORDS[KEY_HOLDERS[kind]],
            "mine": kind in mine,
        }
        for kind in KeyKind
    ]
