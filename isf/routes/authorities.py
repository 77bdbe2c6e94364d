"""Letting somebody act for a person, and ending it."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries
from isf.commands import end_authority, give_authority
from isf.routes.reading import MANAGES, user_typed, uuid_typed
from isf.rules import first_day_after
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

GIVEN = frozenset({AuthorityKind.BROKER, AuthorityKind.REPRESENTATIVE})
"""What a care manager gives by hand; the others come with the record or with a fund."""


@get("/people/{person_id:uuid}/authority/new", opt=MANAGES)
async def show_new_authority(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form that lets somebody act for a person."""
    return await _page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/authority/new", opt=MANAGES, status_code=200)
async def do_new_authority(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Give the authority, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    kind = form.choice("kind", AuthorityKind, required="Choose what they are to the person")
    if kind is not None and kind not in GIVEN:
        form.fail("kind", "Choose what they are to the person")
    starts_on = form.day("starts_on", required="Enter the first day, like 24 11 2026")
    last = form.day("ends_on")
    try:
        scopes = form.choices("scopes", Scope)
        user_id = await user_typed(actor, form, "email")
        form.check()
        await give_authority(
            actor,
            person_id,
            kind or AuthorityKind.BROKER,
            [Scope.SEE, *scopes],
            user_id=user_id,
            organisation_id=uuid_typed(form, "holder"),
            starts_on=starts_on or clock.today(),
            ends_on=first_day_after(last) if last else None,
            evidence=form.text("evidence", most=1000),
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}", "The authority is given.")


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/new_authority.html",
        status=status,
        about=person_id,
        person=await queries.person(actor, person_id),
        holders=[("", "Choose an organisation"), *await queries.holders(actor)],
        starts_on=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/authority/{authority_id:uuid}/end", opt=MANAGES)
async def show_end_authority(
    request: AnyRequest, actor: Actor, person_id: UUID, authority_id: UUID
) -> Response[Any]:
    """Ask when an authority ends."""
    return await _end_page(request, actor, person_id, authority_id, Form({}))


@post("/people/{person_id:uuid}/authority/{authority_id:uuid}/end", opt=MANAGES, status_code=200)
async def do_end_authority(
    request: AnyRequest, actor: Actor, person_id: UUID, authority_id: UUID
) -> Response[Any]:
    """End an authority: now, or after a last day."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        on = _first_day_without(form)
        form.check()
        await end_authority(actor, authority_id, on)
    except DomainError as refusal:
        form.take(refusal)
        return await _end_page(request, actor, person_id, authority_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}", "The end of the authority is noted.")


def _first_day_without(form: Form) -> date:
    today = clock.today()
    if form.one_of("when", ("now", "later"), required="Choose when it ends") != "later":
        return today
    last = form.day("last_day", required="Enter the last day, like 24 11 2026")
    if last is not None and last < today:
        form.fail("last_day", "The last day is in the past. Enter today or a later day, or end it now")
    return first_day_after(last) if last else today


async def _end_page(
    request: AnyRequest, actor: Actor, person_id: UUID, authority_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await queries.person(actor, person_id)
    known = await queries.authorities_of(actor, person_id)
    authority = next((line for line in known if line.id == authority_id), None)
    if authority is None:
        raise NotFound
    return await page(
        request,
        "isf/end_authority.html",
        status=status,
        about=person_id,
        person=person,
        authority=authority,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_new_authority, do_new_authority, show_end_authority, do_end_authority]
