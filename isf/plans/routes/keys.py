"""The keys to turn: which plans wait, what each key covers, and turning it or sending the plan back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.plans import commands
from isf.plans.commands import WroteThePlan
from isf.plans.queries import PlanCopy, may_turn, plan_copy, plans_waiting
from isf.plans.routes.reading import TURNS, in_view
from isf.plans.rules import COVERS, HOLDER_WORDS, KEY_HOLDERS, Chapter, KeyKind, PlanState
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

# Which texts and columns a key's page shows: what its fingerprint is made of.
_TEXTS = {
    KeyKind.NEEDS: (),
    KeyKind.ALLOCATION: (),
    KeyKind.RISK: (Chapter.KEEPS_ME_WELL,),
    KeyKind.SAFE_AND_WELL: (Chapter.SUPPORT_I_WANT, Chapter.KEEPS_ME_WELL),
}


@get("/council/keys", opt=TURNS)
async def show_keys(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The plans that wait for keys; who waits longest first."""
    waiting = await plans_waiting(actor)
    return await page(
        request,
        "isf/plans/keys.html",
        mine=[plan for plan in waiting if plan.mine],
        others=[plan for plan in waiting if not plan.mine],
    )


@get("/plans/{version_id:uuid}/keys/{key:str}", opt=TURNS)
async def show_key(request: AnyRequest, actor: Actor, version_id: UUID, key: str) -> Response[Any]:
    """What the key covers, to be read before it is turned."""
    return await _page(request, actor, await _of_council(actor, version_id), _kind(key), Form({}))


@post("/plans/{version_id:uuid}/keys/{key:str}", opt=TURNS, status_code=200)
async def do_key(request: AnyRequest, actor: Actor, version_id: UUID, key: str) -> Response[Any]:
    """Turn it, or send the plan back; when somebody was quicker, say so and keep the reason."""
    chosen = _kind(key)
    await _of_council(actor, version_id)
    form = await Form.read(request)
    because = form.text("because", most=2000)
    try:
        form.check()
        if form.text("do") == "send_back":
            await commands.send_back(actor, version_id, because)
            return await done(request, "/council/keys", "The plan is sent back. Its writers see why.")
        state = await commands.turn_key(actor, version_id, chosen, because, seen=form.text("seen"))
    except DomainError as refusal:
        form.take(refusal)
        plan = await plan_copy(actor, version_id)
        return await _page(request, actor, plan, chosen, form, status=refusal.status)
    if state is PlanState.AGREED:
        return await done(
            request,
            f"/plans/{version_id}",
            "This was the fourth key: the plan is agreed, and the money can be used.",
        )
    return await done(request, f"/plans/{version_id}#keys", f"The key “{chosen.label}” is turned.")


def _kind(name: str) -> KeyKind:
    try:
        return KeyKind(name)
    except ValueError:
        raise NotFound from None


async def _of_council(actor: Actor, version_id: UUID) -> PlanCopy:
    plan = await plan_copy(actor, version_id)
    if plan.council_id != actor.council_id:
        raise NotFound
    return plan


def _refusal(actor: Actor, plan: PlanCopy, kind: KeyKind) -> str:
    """Why the actor cannot turn the key now, in words, or nothing."""
    if kind in may_turn(actor, plan):
        return ""
    if plan.wrote(actor.user_id):
        return WroteThePlan(kind).message
    if (turned := plan.key(kind)) is not None:
        return f"You cannot turn this key again, because {turned.turned_by_name} turned it already."
    if plan.state is not PlanState.WAITING_FOR_KEYS:
        return "You cannot turn this key, because the plan does not wait for keys."
    return f"You cannot turn this key, because it is turned by {HOLDER_WORDS[KEY_HOLDERS[kind]]}."


async def _page(
    request: AnyRequest, actor: Actor, plan: PlanCopy, kind: KeyKind, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/plans/key.html",
        status=status,
        about=plan.person_id,
        **in_view(plan),
        kind=kind,
        covers=COVERS[kind],
        texts=[(chapter.label, plan.words.get(chapter, "")) for chapter in _TEXTS[kind]],
        refusal=_refusal(actor, plan, kind),
        seen=plan.fingerprints[kind],
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_keys, show_key, do_key]
