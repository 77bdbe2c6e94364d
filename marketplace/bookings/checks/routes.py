"""The pages about what was recorded: the person's, the provider's and the council's."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.bookings.checks import commands, queries
from marketplace.bookings.checks.commands import Answer
from marketplace.bookings.checks.queries import Recorded
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.PERSON_SEE}
RECORDS = {"permission": Permission.ATTENDANCE_RECORD}
SETTLES = {"permission": Permission.DISPUTE_SETTLE}
_OUTCOMES = (Outcome.ATTENDED, Outcome.ABSENT)
_CHOICES = [
    ("", "The register is right"),
    (str(Outcome.ATTENDED), "They were there"),
    (str(Outcome.ABSENT), "They did not come"),
]


@get("/people/{person_id:uuid}/visits", opt=SEES)
async def show_visits(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What was recorded of a person: what waits to be looked at comes first."""
    return await page(
        request,
        "bookings/checks/visits.html",
        about=person_id,
        person_id=person_id,
        visits=await queries.recorded_of(actor, person_id),
        may_check=await queries.may_check(actor, person_id),
    )


@get("/bookings/{visit_id:uuid}/attendance", opt=SEES)
async def show_attendance(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """What was recorded, and whether it is right; in Easy Read when that is on."""
    return await _attendance_page(request, actor, visit_id, Form({}))


async def _attendance_page(
    request: AnyRequest, actor: Actor, visit_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    told = await queries.recorded(actor, visit_id)
    return await page(
        request,
        "bookings/checks/attendance.html",
        status=status,
        about=told.person_id,
        told=told,
        easy=easy_read(request),
        may_check=await queries.may_check(actor, told.person_id),
        form=form.values,
        errors=form.errors,
    )


@post("/bookings/{visit_id:uuid}/attendance", opt=SEES, status_code=200)
async def do_attendance(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """It is right, it is wrong, or the answer is accepted."""
    told = await queries.recorded(actor, visit_id)
    form = await Form.read(request)
    try:
        match form.one_of("do", ("right", "wrong", "accept"), required="Choose whether it is right"):
            case "right":
                await commands.confirm_attendance(actor, visit_id)
                words = "You said that it is right."
            case "wrong":
                await commands.dispute_attendance(actor, visit_id, form.text("words", most=2000))
                words = "The provider is told. Nothing is billed for it before it is settled."
            case "accept":
                await commands.accept_answer(actor, visit_id)
                words = "It is settled."
            case _:
                words = ""
        form.check()
    except DomainError as refusal:
        form.take(refusal)
        return await _attendance_page(request, actor, visit_id, form, status=refusal.status)
    return await done(request, f"/people/{told.person_id}/visits", words)


@get("/provider/disputes", opt=RECORDS)
async def show_disputes(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What people said is wrong."""
    return await _list(request, await queries.disputes_of_provider(actor), "/provider/disputes")


@get("/council/disputes", opt=SETTLES)
async def show_council_disputes(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The disputes about people of the council."""
    return await _list(request, await queries.disputes_of_council(actor), "/council/disputes")


async def _list(request: AnyRequest, disputes: list[Recorded], path: str) -> Response[Any]:
    return await page(request, "bookings/checks/disputes.html", disputes=disputes, path=path)


@get("/provider/disputes/{visit_id:uuid}", opt=RECORDS)
async def show_dispute(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """One dispute, to answer."""
    return await _dispute(
        request, await queries.dispute_of_provider(actor, visit_id), Form({}), "/provider/disputes"
    )


@post("/provider/disputes/{visit_id:uuid}", opt=RECORDS, status_code=200)
async def do_answer(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """The provider's answer, with the correction if there is one."""
    await queries.dispute_of_provider(actor, visit_id)
    form = await Form.read(request)
    try:
        await commands.answer_dispute(actor, visit_id, _answer(form))
    except DomainError as refusal:
        form.take(refusal)
        told = await queries.dispute_of_provider(actor, visit_id)
        return await _dispute(request, told, form, "/provider/disputes", status=refusal.status)
    return await done(request, "/provider/disputes", "The person is told your answer.")


@get("/council/disputes/{visit_id:uuid}", opt=SETTLES)
async def show_council_dispute(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """One dispute, to decide."""
    return await _dispute(
        request, await queries.dispute_of_council(actor, visit_id), Form({}), "/council/disputes"
    )


@post("/council/disputes/{visit_id:uuid}", opt=SETTLES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, visit_id: UUID) -> Response[Any]:
    """The council's decision."""
    await queries.dispute_of_council(actor, visit_id)
    form = await Form.read(request)
    try:
        await commands.decide_dispute(actor, visit_id, _answer(form))
    except DomainError as refusal:
        form.take(refusal)
        told = await queries.dispute_of_council(actor, visit_id)
        return await _dispute(request, told, form, "/council/disputes", status=refusal.status)
    return await done(request, "/council/disputes", "Both sides are told what you decided.")


def _answer(form: Form) -> Answer:
    typed = form.one_of("outcome", ("", *_OUTCOMES), required="Choose what is right")
    words = form.text(
        "words", required="Write what you found, in words that the person understands", most=2000
    )
    form.check()
    return Answer(words, Outcome(typed) if typed else None)


async def _dispute(
    request: AnyRequest, told: Recorded, form: Form, path: str, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "bookings/checks/dispute.html",
        status=status,
        about=told.person_id,
        told=told,
        path=path,
        council=path.startswith("/council"),
        choices=_CHOICES,
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[
        show_visits,
        show_attendance,
        do_attendance,
        show_disputes,
        show_dispute,
        do_answer,
        show_council_disputes,
        show_council_dispute,
        do_decide,
    ],
    include_in_schema=False,
)
