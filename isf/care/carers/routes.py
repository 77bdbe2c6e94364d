"""Carers: linked to a person, with a record and assessments of their own."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.care.carers.commands import (
    CarerAssessmentDraft,
    CarerDraft,
    assess_carer,
    change_carer,
    create_carer,
    end_link,
    link_carer,
)
from isf.care.carers.queries import carer, carers_by_name, joint_choices
from isf.routes.reading import MANAGES, SEES, person_page, uuid_typed
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.comparing import compare
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import full_date
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile

_LABELS = {
    "name": "Name", "phone": "Phone", "email": "E-mail", "communication_needs": "How to communicate with them",
    "matters": "What matters to them",
}  # fmt: skip


@get("/people/{person_id:uuid}/carers/new", opt=MANAGES)
async def show_new_carer(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form that links a carer: one whom the council knows, or a new record."""
    return await _new_page(request, actor, person_id, Form({}))


async def _new_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/care/new_carer.html",
        form=form,
        status=status,
        known=[("", "Somebody new"), *await carers_by_name(actor)],
        today=clock.today(),
    )


@post("/people/{person_id:uuid}/carers/new", opt=MANAGES, status_code=200)
async def do_new_carer(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Make the record where there is none, and link it."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    known = uuid_typed(form, "carer")
    relationship = form.text(
        "relationship", required="Enter what they are to the person, such as mother", most=100
    )
    starts_on = form.day("starts_on", required="Enter since when they look after the person")
    try:
        draft = _draft(form) if known is None else None
        form.check()
        async with db.unit_of_work():
            carer_id = known if draft is None else await create_carer(actor, draft)
            assert carer_id is not None  # noqa: S101 - one of the two is there
            await link_carer(
                actor, person_id, carer_id, relationship=relationship, does=form.text("does", most=2000),
                starts_on=starts_on or clock.today(),
            )  # fmt: skip
    except DomainError as refusal:
        form.take(refusal)
        return await _new_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/circle#carers", "The carer is linked.")


def _draft(form: Form) -> CarerDraft:
    return CarerDraft(
        name=form.text("name", required="Enter the carer’s name", most=200),
        phone=form.text("phone", most=40),
        email=form.text("email", most=320),
        communication_needs=form.text("communication_needs", most=2000),
        matters=form.text("matters", most=5000),
    )


@post("/people/{person_id:uuid}/carers/{link_id:uuid}/end", opt=MANAGES, status_code=303)
async def do_end_link(request: AnyRequest, actor: Actor, person_id: UUID, link_id: UUID) -> Response[Any]:
    """The carer does not look after the person any more."""
    await require_person(actor, person_id, Scope.SEE)
    await end_link(actor, person_id, link_id)
    return await done(request, f"/people/{person_id}/circle#carers", "The end is noted.")


@get("/carers/{carer_id:uuid}", opt=SEES)
async def show_carer(request: AnyRequest, actor: Actor, carer_id: UUID) -> Response[Any]:
    """A carer's own record."""
    record = await carer(actor, carer_id)
    manages = Permission.PERSON_MANAGE in actor.permissions and actor.council_id == record.council_id
    return await page(request, "isf/care/carer.html", carer=record, manages=manages)


@get("/carers/{carer_id:uuid}/edit", opt=MANAGES)
async def show_edit_carer(request: AnyRequest, actor: Actor, carer_id: UUID) -> Response[Any]:
    """The form to change a carer's record."""
    record = await carer(actor, carer_id)
    values = {name: getattr(record, name) for name in _LABELS} | {"version": str(record.version)}
    return await page(request, "isf/care/edit_carer.html", carer=record, form=values, differences=[])


@post("/carers/{carer_id:uuid}/edit", opt=MANAGES, status_code=200)
async def do_edit_carer(request: AnyRequest, actor: Actor, carer_id: UUID) -> Response[Any]:
    """Change it, unless somebody else did meanwhile: then both are shown."""
    record = await carer(actor, carer_id)
    form = await Form.read(request)
    draft = _draft(form)
    version = form.whole("version", required="Load the page again")
    differences: list[dict[str, Any]] = []
    try:
        form.check()
        await change_carer(actor, carer_id, version, draft)
    except EditedMeanwhile as refusal:
        form.take(refusal)
        differences = compare(form, refusal, asdict(draft), _LABELS)
    except DomainError as refusal:
        form.take(refusal)
    if form.errors:
        return await page(
            request,
            "isf/care/edit_carer.html",
            status=409 if "_form" in form.errors else 422,
            carer=record,
            form=form.values,
            errors=form.errors,
            differences=differences,
        )
    return await done(request, f"/carers/{carer_id}", "The record is changed.")


@get("/carers/{carer_id:uuid}/assessments/new", opt=MANAGES)
async def show_assess_carer(request: AnyRequest, actor: Actor, carer_id: UUID) -> Response[Any]:
    """The form for a carer's assessment."""
    return await _assess_page(request, actor, carer_id, Form({}))


async def _assess_page(
    request: AnyRequest, actor: Actor, carer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    record = await carer(actor, carer_id)
    joint = [
        (each, f"{name}’s, {full_date(day)}") for each, name, day in await joint_choices(actor, carer_id)
    ]
    return await page(
        request,
        "isf/care/assess_carer.html",
        status=status,
        carer=record,
        joint=[("", "No, by itself"), *joint],
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@post("/carers/{carer_id:uuid}/assessments/new", opt=MANAGES, status_code=200)
async def do_assess_carer(request: AnyRequest, actor: Actor, carer_id: UUID) -> Response[Any]:
    """Record the assessment; a joint one is marked on both records."""
    form = await Form.read(request)
    assessed_on = form.day("assessed_on", required="Enter the day of the assessment")
    eligible = form.one_of(
        "eligible", ("yes", "no"), required="Choose whether they have needs that the council meets"
    )
    try:
        draft = CarerAssessmentDraft(
            assessed_on=assessed_on or clock.today(),
            assessor=form.text("assessor", required="Enter who made the assessment", most=200),
            matters=form.text("matters", required="Enter what matters to the carer, in their words"),
            eligible=eligible == "yes",
            outcome=form.text("outcome", required="Enter what came of it"),
            assessment_id=uuid_typed(form, "joint"),
        )
        form.check()
        await assess_carer(actor, carer_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _assess_page(request, actor, carer_id, form, status=refusal.status)
    return await done(request, f"/carers/{carer_id}", "The assessment is recorded.")


HANDLERS = [
    *(show_new_carer, do_new_carer, do_end_link, show_carer, show_edit_carer, do_edit_carer),
    *(show_assess_carer, do_assess_carer),
]
