"""The care manager's page of what is booked outside a plan."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.outside import commands, queries
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

MANAGES = {"permission": Permission.PERSON_MANAGE}


@get("/council/outside-plan", opt=MANAGES)
async def show_outside(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What is booked outside a plan and not seen yet."""
    return await page(request, "bookings/outside/council.html", lines=await queries.outside_the_plan(actor))


@post("/council/outside-plan/{note_id:uuid}/seen", opt=MANAGES, status_code=200)
async def do_seen(request: AnyRequest, actor: Actor, note_id: UUID) -> Response[Any]:
    """Seen; it leaves the list."""
    form = await Form.read(request)
    try:
        await commands.mark_seen(actor, note_id, form.text(f"answer-{note_id}", most=2000))
    except DomainError as refusal:
        return await done(request, "/council/outside-plan", f"!{refusal.message}")
    return await done(request, "/council/outside-plan", "Noted that you have seen it.")


HANDLERS = [show_outside, do_seen]
