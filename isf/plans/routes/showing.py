"""A plan to read: the one in force or the one that is being written, one version, two side by side."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries as people
from isf.plans import commands, queries
from isf.plans.comparing import compare
from isf.plans.queries import PlanCopy
from isf.plans.routes.reading import SEES, WRITES, in_view, key_lines, may_write
from isf.plans.rules import PlanState
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form


@get("/people/{person_id:uuid}/plan", opt=SEES)
async def show_plan_of(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The plan that holds today, or the one that is being written, or how to begin one."""
    return await _plan_of(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/plan", opt=WRITES, status_code=200)
async def do_start_plan(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Begin the first version, or the next one with a copy of the agreed one."""
    await require_person(actor, person_id, Scope.PLAN)
    form = Form({})
    try:
        agreed = await queries.plan_in_force(person_id, clock.today())
        begin = commands.start_plan if agreed is None else commands.start_next_version
        version_id = await begin(actor, person_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _plan_of(request, actor, person_id, form, status=refusal.status)
    return await done(
        request, f"/plans/{version_id}", "The plan is begun. Nothing changes before it is agreed."
    )


async def _plan_of(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    await require_person(actor, person_id, Scope.SEE)
    version_id = await queries.plan_in_force(person_id, clock.today()) or await queries.open_version(
        person_id
    )
    if version_id is not None:
        return await _show(request, actor, await queries.plan_copy(actor, version_id), form, status=status)
    return await page(
        request,
        "isf/plans/none.html",
        status=status,
        about=person_id,
        person=await people.person(actor, person_id),
        writes=await may_write(actor, person_id),
        errors=form.errors,
    )


@get("/plans/{version_id:uuid}", opt=SEES)
async def show_version(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """One version of a plan."""
    return await _show(request, actor, await queries.plan_copy(actor, version_id), Form({}))


async def _show(
    request: AnyRequest, actor: Actor, plan: PlanCopy, form: Form, *, status: int = 200
) -> Response[Any]:
    versions = await queries.versions_of(actor, plan.person_id)
    opened = (PlanState.DRAFT, PlanState.WAITING_FOR_KEYS)
    return await page(
        request,
        "isf/plans/easy.html" if easy_read(request) else "isf/plans/plan.html",
        status=status,
        about=plan.person_id,
        **in_view(plan),
        keys=key_lines(actor, plan),
        versions=versions,
        open_version=next((line for line in versions if line.state in opened), None),
        writes=await may_write(actor, plan.person_id),
        errors=form.errors,
    )


@get("/plans/{version_id:uuid}/compare/{other_id:uuid}", opt=SEES)
async def show_comparison(
    request: AnyRequest, actor: Actor, version_id: UUID, other_id: UUID
) -> Response[Any]:
    """Two versions of one person's plan side by side, the older one first."""
    one, other = await queries.plan_copy(actor, version_id), await queries.plan_copy(actor, other_id)
    if one.person_id != other.person_id:
        raise NotFound
    before, after = sorted((one, other), key=lambda plan: plan.number)
    return await page(
        request,
        "isf/plans/compare.html",
        about=one.person_id,
        before=in_view(before),
        after=in_view(after),
        comparison=compare(before, after),
    )


HANDLERS = [show_plan_of, do_start_plan, show_version, show_comparison]
