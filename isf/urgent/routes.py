"""The pages about support that cannot wait."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf import queries as people
from isf.rules import first_day_after, last_day
from isf.urgent import commands, queries
from isf.urgent.commands import UrgentDraft
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.PERSON_MANAGE}


@get("/people/{person_id:uuid}/urgent", opt=SEES)
async def show_urgent(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What is arranged for now, and the form to arrange it."""
    return await _page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/urgent", opt=MANAGES, status_code=200)
async def do_urgent(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Arrange it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    starts_on = form.day("starts_on", required="Enter the first day, like 24 11 2026")
    last = form.day("ends_on", required="Enter the last day, like 18 12 2026")
    amount = form.money("amount", required="Enter an amount in pounds, like 1200.00")
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - `check` refuses none
        assert last is not None  # noqa: S101 - `check` refuses none
        draft = UrgentDraft(amount, starts_on, first_day_after(last), form.text("because", most=2000))
        await commands.arrange_urgent_support(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/urgent", "It is arranged. The money can be booked now.")


@post("/people/{person_id:uuid}/urgent/{urgent_id:uuid}/end", opt=MANAGES, status_code=200)
async def do_end(request: AnyRequest, actor: Actor, person_id: UUID, urgent_id: UUID) -> Response[Any]:
    """End it now."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        await commands.end_urgent_support(actor, urgent_id, form.text("ended_because", most=2000))
    except DomainError as refusal:
        form.take(refusal)
        if "because" in form.errors:
            form.errors["ended_because"] = form.errors.pop("because")
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/urgent", "It has ended. What was booked stays booked.")


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    today = clock.today()
    return await page(
        request,
        "isf/urgent/urgent.html",
        status=status,
        about=person_id,
        person=person,
        lines=await queries.urgent_support_of(actor, person_id),
        manages=Permission.PERSON_MANAGE in actor.permissions and actor.council_id == person.council_id,
        starts_on=today,
        last_day=last_day(today + timedelta(weeks=4)),
        form=form.values,
        errors=form.errors,
    )


router = Router("/", route_handlers=[show_urgent, do_urgent, do_end], include_in_schema=False)
