"""When the council does not pay: what there is for everybody, and asking for a call (row F8)."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post

from isf.care.calls.commands import CallDraft, ask_for_a_call, close_call
from isf.care.calls.queries import closed_calls, councils, waiting_call, waiting_calls
from isf.care.rules import CallResult
from isf.routes.reading import MANAGES, uuid_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.ids import NOBODY

PUBLIC = {"permission": Permission.PUBLIC}


@get("/help-without-a-budget", opt=PUBLIC)
async def show_help(request: AnyRequest) -> Response[Any]:
    """Information and free things to do, for people whom the council does not pay for. Nothing is kept."""
    return await _page(request, Form({}), sent=request.query_params.get("sent") == "yes")


async def _page(request: AnyRequest, form: Form, *, sent: bool = False, status: int = 200) -> Response[Any]:
    near = request.query_params.get("near", "")[:20].strip()
    query = {"free": "yes", **({"near": near} if near else {})}
    return await page(
        request,
        "isf/care/help.html",
        status=status,
        sent=sent,
        near=near,
        free_href=f"/?{urlencode(query)}",
        councils=await councils(),
        form=form.values,
        errors=form.errors,
    )


@post("/help-without-a-budget", opt=PUBLIC, status_code=200)
async def do_ask(request: AnyRequest) -> Response[Any]:
    """Keep the details that somebody wishes to leave, so that the council can call."""
    form = await Form.read(request)
    known = await councils()
    # Where there is one council there is nothing to choose.
    council_id = known[0][0] if len(known) == 1 else uuid_typed(form, "council")
    draft = CallDraft(
        council_id=council_id or NOBODY,
        name=form.text("name", required="Enter your name, or what we should call you", most=200),
        contact=form.text("contact", required="Enter a phone number or an e-mail address", most=320),
        how=form.text("how", most=500),
        words=form.text("words", most=2000),
    )
    try:
        form.check()
        await ask_for_a_call(draft, whence=request.client.host if request.client else "")
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, form, status=refusal.status)
    # Not by a flash: people without a sign-in have none.
    return await done(request, "/help-without-a-budget?sent=yes")


@get("/council/calls", opt=MANAGES)
async def show_calls(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Who waits for a call, and what came of the others."""
    return await page(
        request,
        "isf/care/calls.html",
        calls=await waiting_calls(actor),
        closed=await closed_calls(actor),
    )


@get("/council/calls/{call_id:uuid}", opt=MANAGES)
async def show_call(request: AnyRequest, actor: Actor, call_id: UUID) -> Response[Any]:
    """One of them, to be closed."""
    return await _call_page(request, actor, call_id, Form({}))


async def _call_page(
    request: AnyRequest, actor: Actor, call_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/care/call.html",
        status=status,
        call=await waiting_call(actor, call_id),
        results=[(result, result.label) for result in CallResult],
        form=form.values,
        errors=form.errors,
    )


@post("/council/calls/{call_id:uuid}", opt=MANAGES, status_code=200)
async def do_close(request: AnyRequest, actor: Actor, call_id: UUID) -> Response[Any]:
    """Note what came of it; who it was is taken out."""
    form = await Form.read(request)
    result = form.choice("result", CallResult, required="Choose what came of it")
    try:
        form.check()
        assert result is not None  # noqa: S101 - nothing was wrong
        await close_call(actor, call_id, result)
    except DomainError as refusal:
        form.take(refusal)
        return await _call_page(request, actor, call_id, form, status=refusal.status)
    return await done(request, "/council/calls", "It is closed, and the details are taken out.")


HANDLERS = [show_help, do_ask, show_calls, show_call, do_close]
