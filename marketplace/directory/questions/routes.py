"""Asking about an activity from its public page, and the provider's answers."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.directory import listing_queries
from marketplace.directory.questions import commands, queries
from marketplace.directory.questions.commands import Question
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

PUBLIC = {"permission": Permission.PUBLIC}
RECORDS = {"permission": Permission.ATTENDANCE_RECORD}


@get("/activities/{activity_id:uuid}/ask", opt=PUBLIC)
async def show_ask(request: AnyRequest, visitor: Actor | None, activity_id: UUID) -> Response[Any]:
    """The form for a question; who is signed in finds their name and address there."""
    typed = {}
    if visitor is not None:
        email = await db.fetch_value("SELECT email FROM app_user WHERE id = $1", visitor.user_id)
        typed = {"name": visitor.name, "email": email}
    return await _ask_page(request, activity_id, Form(typed))


async def _ask_page(
    request: AnyRequest, activity_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "directory/ask.html",
        status=status,
        activity=await listing_queries.activity(activity_id),
        form=form.values,
        errors=form.errors,
    )


@post("/activities/{activity_id:uuid}/ask", opt=PUBLIC, status_code=200)
async def do_ask(request: AnyRequest, activity_id: UUID) -> Response[Any]:
    """Send it to the provider, or keep what was typed."""
    form = await Form.read(request)
    question = Question(
        form.text("name", most=100), form.text("email", most=320), form.text("words", most=2000)
    )
    try:
        form.check()
        await commands.ask(activity_id, question)
    except DomainError as refusal:
        form.take(refusal)
        return await _ask_page(request, activity_id, form, status=refusal.status)
    return await page(
        request,
        "directory/asked.html",
        activity=await listing_queries.activity(activity_id),
        email=question.email,
    )


@get("/provider/questions", opt=RECORDS)
async def show_questions(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What people ask about the provider's activities."""
    return await page(request, "directory/questions.html", questions=await queries.questions_of(actor))


@get("/provider/questions/{asked_id:uuid}", opt=RECORDS)
async def show_question(request: AnyRequest, actor: Actor, asked_id: UUID) -> Response[Any]:
    """One question, to answer."""
    return await _question_page(request, actor, asked_id, Form({}))


async def _question_page(
    request: AnyRequest, actor: Actor, asked_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "directory/question.html",
        status=status,
        question=await queries.question(actor, asked_id),
        form=form.values,
        errors=form.errors,
    )


@post("/provider/questions/{asked_id:uuid}", opt=RECORDS, status_code=200)
async def do_question(request: AnyRequest, actor: Actor, asked_id: UUID) -> Response[Any]:
    """Send the answer."""
    await queries.question(actor, asked_id)
    form = await Form.read(request)
    try:
        words = form.text("words", most=4000)
        form.check()
        await commands.answer(actor, asked_id, words)
    except DomainError as refusal:
        form.take(refusal)
        return await _question_page(request, actor, asked_id, form, status=refusal.status)
    return await done(request, "/provider/questions", "Your answer is on its way by e-mail.")


router = Router(
    "/",
    route_handlers=[show_ask, do_ask, show_questions, show_question, do_question],
    include_in_schema=False,
)
