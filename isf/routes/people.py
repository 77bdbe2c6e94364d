"""People: the list, a new one, one person's record."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries
from isf.commands import PersonDraft, create_person
from isf.routes.reading import MANAGES, SEES, page_number, user_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form


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
        )
        form.check()
        person_id = await create_person(actor, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await page(
            request, "isf/new_person.html", status=refusal.status, form=form.values, errors=form.errors
        )
    return await done(request, f"/people/{person_id}", "The record is made. Next: give them a budget.")


@get("/people/{person_id:uuid}", opt=SEES)
async def show_person(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """One person: who they are, their money, and who may act for them."""
    person = await queries.person(actor, person_id)
    funds = await queries.funds_of(actor, person_id)
    return await page(
        request,
        "isf/person.html",
        person=person,
        funds=[fund.card for fund in funds if fund.current],
        other_funds=[fund for fund in funds if not fund.current],
        budgets=await queries.budgets_of(actor, person_id),
        authorities=await queries.authorities_of(actor, person_id),
        manages=Permission.PERSON_MANAGE in actor.permissions and actor.council_id == person.council_id,
        may_book=Scope.BOOK in person.scopes,
    )


HANDLERS = [show_people, show_new_person, do_new_person, show_person]
