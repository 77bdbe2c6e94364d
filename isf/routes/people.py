"""People: the list, a new one, one person's record, and who looked at it."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries
from isf.care.communication.queries import communication_of
from isf.commands import PersonChange, PersonDraft, change_person, create_person
from isf.routes.reading import MANAGES, SEES, page_number, person_page, user_typed
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock
from marketplace.kernel.comparing import compare
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile

_LABELS = {
    "name": "Full name", "preferred_name": "What they like to be called", "born_on": "Date of birth",
    "postcode": "Postcode", "prefers_easy_read": "Easy Read first",
}  # fmt: skip


@get("/people", opt=SEES)
async def show_people(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Everyone whom the actor may see."""
    search = request.query_params.get("search", "")[:200]
    found = await queries.people_of(actor, search, page_number(request))
    return await page(
        request,
        "isf/people.html",
        people=found,
        pages=-(-found.total // found.page_size),
        form={"search": search},
        manages=Permission.PERSON_MANAGE in actor.permissions,
    )


@get("/people/new", opt=MANAGES)
async def show_new_person(request: AnyRequest) -> Response[Any]:
    """The form for a new person."""
    return await page(request, "isf/new_person.html")


@post("/people/new", opt=MANAGES, status_code=200)
async def do_new_person(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Make the person, or keep what was typed."""
    form = await Form.read(request)
    try:
        draft = PersonDraft(
            name=form.text("name", required="Enter the person’s name", most=200),
            preferred_name=form.text("preferred_name", most=100),
            born_on=form.day("born_on"),
            postcode=form.text("postcode", most=10),
            communication_needs=form.text("communication_needs"),
            prefers_easy_read=form.ticked("prefers_easy_read"),
            user_id=await user_typed(actor, form, "email"),
            needs_shared_on=clock.today() if form.ticked("shared") else None,
        )
        form.check()
        person_id = await create_person(actor, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await page(
            request, "isf/new_person.html", status=refusal.status, form=form.values, errors=form.errors
        )
    return await done(request, f"/people/{person_id}", "The record is made. Next: give them a budget.")


@get("/people/{person_id:uuid}/record", opt=SEES)
async def show_record(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Who a person is, and how to communicate with them."""
    return await person_page(
        request, actor, person_id, "isf/record.html", communication=await communication_of(actor, person_id)
    )


@get("/people/{person_id:uuid}/record/edit", opt=MANAGES)
async def show_edit_record(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form to change a person's record."""
    person = await queries.person(actor, person_id)
    values: dict[str, Any] = {name: getattr(person, name) for name in ("name", "preferred_name", "postcode")}
    values |= {"email": person.user_email, "version": str(person.version)}
    values["prefers_easy_read"] = ["yes"] if person.prefers_easy_read else []
    if person.born_on is not None:
        born_on = person.born_on
        values |= {"born_on-day": born_on.day, "born_on-month": born_on.month, "born_on-year": born_on.year}
    return await person_page(request, actor, person_id, "isf/edit_record.html", form=Form(values))


@post("/people/{person_id:uuid}/record/edit", opt=MANAGES, status_code=200)
async def do_edit_record(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Change it, unless somebody else did meanwhile: then both are shown and nothing typed is lost."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    change = PersonChange(
        name=form.text("name", required="Enter the person’s name", most=200),
        preferred_name=form.text("preferred_name", most=100),
        born_on=form.day("born_on"),
        postcode=form.text("postcode", most=10),
        prefers_easy_read=form.ticked("prefers_easy_read"),
        user_id=await user_typed(actor, form, "email"),
    )
    version = form.whole("version", required="Load the page again")
    differences: list[dict[str, Any]] = []
    try:
        form.check()
        await change_person(actor, person_id, version, change)
    except EditedMeanwhile as refusal:
        form.take(refusal)
        differences = compare(form, refusal, asdict(change), _LABELS)
    except DomainError as refusal:
        form.take(refusal)
    if form.errors:
        status = 409 if "_form" in form.errors else 422
        return await person_page(
            request,
            actor,
            person_id,
            "isf/edit_record.html",
            form=form,
            status=status,
            differences=differences,
        )
    return await done(request, f"/people/{person_id}/record", "The record is changed.")


@get("/people/{person_id:uuid}/views", opt={"permission": Permission.VIEWS_SEE})
async def show_views(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Who looked at a person's record, for the council's monitoring officers."""
    found = await queries.views_of(actor, person_id, page_number(request))
    return await person_page(
        request, actor, person_id, "isf/views.html", views=found, pages=-(-found.total // found.page_size)
    )


HANDLERS = [
    *(show_people, show_new_person, do_new_person, show_record, show_edit_record, do_edit_record, show_views),
]
