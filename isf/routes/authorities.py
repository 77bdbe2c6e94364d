"""Letting somebody act for a person, and ending it."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries
from isf.commands import end_authority, give_authority
from isf.routes.reading import MANAGES, SEES, person_page, user_typed, uuid_typed
from isf.rules import first_day_after
from marketplace.identity.access import Actor, require_person
from marketplace.identity.commands import Capacity
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, files
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

GIVEN = (
    AuthorityKind.NOMINATED_PERSON,
    AuthorityKind.AUTHORISED_PERSON,
    AuthorityKind.REPRESENTATIVE,
    AuthorityKind.BROKER,
    AuthorityKind.TRUST,
)
"""What a care manager gives by hand; the others come with the record or with a fund."""

_HINTS = {
    AuthorityKind.NOMINATED_PERSON: "Chosen by the person to hold the direct payment for them",
    AuthorityKind.AUTHORISED_PERSON: "Acts because the person cannot decide about it themselves",
    AuthorityKind.REPRESENTATIVE: "Family, a friend or an advocate",
    AuthorityKind.BROKER: "An organisation or a person that plans and books for people",
    AuthorityKind.TRUST: "An organisation of people chosen to look after the money together",
}


@get("/people/{person_id:uuid}/authority", opt=SEES)
async def show_authorities(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Who may act for a person, now, later and before."""
    return await person_page(
        request,
        actor,
        person_id,
        "isf/authorities.html",
        authorities=await queries.authorities_of(actor, person_id),
        today=clock.today(),
    )


@get("/people/{person_id:uuid}/authority/on", opt=SEES)
async def show_authority_on(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Who could do what on a day, as it was true then."""
    form = Form(dict(request.query_params))
    day = form.day("day") or clock.today()
    lines = await queries.authorities_on(actor, person_id, day)
    return await person_page(
        request,
        actor,
        person_id,
        "isf/authority_on.html",
        form=form,
        status=422 if form.errors else 200,
        day=day,
        could=[line for line in lines if line.could],
        later=[line for line in lines if not line.could],
    )


@get("/people/{person_id:uuid}/authority/new", opt=MANAGES)
async def show_new_authority(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form that lets somebody act for a person."""
    return await _page(request, actor, person_id, Form({}))


@post(
    "/people/{person_id:uuid}/authority/new",
    opt=MANAGES,
    status_code=200,
    request_max_body_size=files.BODY_MOST,
)
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
            capacity=_capacity(form),
            upload=form.file("evidence_file"),
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/authority", "The authority is given.")


def _capacity(form: Form) -> Capacity | None:
    """Who found that the person cannot decide, and when; None when neither was typed."""
    decided_by = form.text("capacity_decided_by", most=200)
    decided_on = form.day("capacity_decided_on")
    if not decided_by or decided_on is None:
        return None
    return Capacity(decided_by, decided_on)


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/new_authority.html",
        form=form,
        status=status,
        kinds=[(kind, kind.label, _HINTS[kind]) for kind in GIVEN],
        holders=[("", "Choose an organisation"), *await queries.holders(actor)],
        starts_on=clock.today(),
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
        await end_authority(actor, authority_id, on, because=form.text("because", most=1000))
    except DomainError as refusal:
        form.take(refusal)
        return await _end_page(request, actor, person_id, authority_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/authority", "The end of the authority is noted.")


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
    known = await queries.authorities_of(actor, person_id)
    authority = next((line for line in known if line.id == authority_id), None)
    if authority is None:
        raise NotFound
    return await person_page(
        request, actor, person_id, "isf/end_authority.html", form=form, status=status, authority=authority
    )


HANDLERS = [
    *(show_authorities, show_authority_on, show_new_authority, do_new_authority),
    *(show_end_authority, do_end_authority),
]
