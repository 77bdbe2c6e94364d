"""The circle of a person: family, friends and carers."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.care.carers.queries import carers_of
from isf.care.circle.commands import CircleDraft, add_to_circle, change_in_circle, end_in_circle
from isf.care.circle.queries import CircleLine, circle_member, circle_of
from isf.routes.reading import MANAGES, SEES, person_page
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done
from marketplace.identity.rules import Scope
from marketplace.kernel.comparing import compare
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile

_MARKS = ("lives_with", "next_of_kin", "emergency_contact", "may_be_told")
_LABELS = {
    "name": "Name", "relationship": "What they are", "phone": "Phone", "email": "E-mail", "note": "Note",
    "lives_with": "Lives with them", "next_of_kin": "Next of kin", "emergency_contact": "Emergency contact",
    "may_be_told": "May be told",
}  # fmt: skip


@get("/people/{person_id:uuid}/circle", opt=SEES)
async def show_circle(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Everybody around a person."""
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/circle.html",
        circle=await circle_of(actor, person_id),
        carers=await carers_of(actor, person_id),
        staff=actor.council_id is not None,
    )


@get("/people/{person_id:uuid}/circle/new", opt=MANAGES)
async def show_new_member(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for somebody around a person."""
    return await _page(request, actor, person_id, Form({}))


async def _page(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    form: Form,
    *,
    member: CircleLine | None = None,
    status: int = 200,
    differences: list[dict[str, Any]] | None = None,
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/circle_member.html",
        form=form,
        status=status,
        member=member,
        differences=differences or [],
    )


def _draft(form: Form) -> CircleDraft:
    marks = set(form.all("marks"))
    return CircleDraft(
        name=form.text("name", required="Enter their name", most=200),
        relationship=form.text(
            "relationship", required="Enter what they are to the person, such as sister", most=100
        ),
        phone=form.text("phone", most=40),
        email=form.text("email", most=320),
        note=form.text("note", most=2000),
        **{mark: mark in marks for mark in _MARKS},
    )


@post("/people/{person_id:uuid}/circle/new", opt=MANAGES, status_code=200)
async def do_new_member(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Note them, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    draft = _draft(form)
    try:
        form.check()
        await add_to_circle(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/circle", f"{draft.name} is in the circle.")


@get("/people/{person_id:uuid}/circle/{member_id:uuid}", opt=MANAGES)
async def show_member(request: AnyRequest, actor: Actor, person_id: UUID, member_id: UUID) -> Response[Any]:
    """The form to change what is noted about somebody."""
    member = await circle_member(actor, person_id, member_id)
    values: dict[str, Any] = {
        "name": member.name, "relationship": member.relationship, "phone": member.phone, "email": member.email,
        "note": member.note, "version": str(member.version), "marks": [m for m in _MARKS if getattr(member, m)],
    }  # fmt: skip
    return await _page(request, actor, person_id, Form(values), member=member)


@post("/people/{person_id:uuid}/circle/{member_id:uuid}", opt=MANAGES, status_code=200)
async def do_member(request: AnyRequest, actor: Actor, person_id: UUID, member_id: UUID) -> Response[Any]:
    """Change it, unless somebody else did meanwhile: then both are shown."""
    member = await circle_member(actor, person_id, member_id)
    form = await Form.read(request)
    draft = _draft(form)
    version = form.whole("version", required="Load the page again")
    differences: list[dict[str, Any]] = []
    try:
        form.check()
        await change_in_circle(actor, person_id, member_id, version, draft)
    except EditedMeanwhile as refusal:
        form.take(refusal)
        differences = compare(form, refusal, asdict(draft), _LABELS)
    except DomainError as refusal:
        form.take(refusal)
    if form.errors:
        status = 409 if "_form" in form.errors else 422
        return await _page(
            request, actor, person_id, form, member=member, status=status, differences=differences
        )
    return await done(request, f"/people/{person_id}/circle", f"What is noted about {draft.name} is changed.")


@post("/people/{person_id:uuid}/circle/{member_id:uuid}/end", opt=MANAGES, status_code=303)
async def do_end_member(request: AnyRequest, actor: Actor, person_id: UUID, member_id: UUID) -> Response[Any]:
    """They are not in the circle any more."""
    await require_person(actor, person_id, Scope.SEE)
    await end_in_circle(actor, person_id, member_id)
    return await done(request, f"/people/{person_id}/circle", "They are not in the circle any more.")


HANDLERS = [show_circle, show_new_member, do_new_member, show_member, do_member, do_end_member]
