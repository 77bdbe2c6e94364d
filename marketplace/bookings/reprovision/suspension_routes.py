"""The pages about a stopped provider: of the council that stops it, and of the provider itself (row P7)."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.bookings.reprovision import commands, queries
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from providers.organisations.queries import provider
from providers.suspensions import queries as suspensions
from providers.suspensions.commands import SuspensionDraft
from providers.suspensions.rules import SuspensionState

SUSPENDS = {"permission": Permission.PROVIDER_SUSPEND}
RECORDS = {"permission": Permission.ATTENDANCE_RECORD}

_SUSPENSION_COLUMNS = [
    {"key": "provider_name", "text": "Provider"},
    {"key": "state", "text": "Now", "kind": "state"},
    {"key": "starts_at", "text": "Since", "kind": "date"},
    {"key": "closed_at", "text": "Until", "kind": "date"},
]


@get("/council/suspensions", opt=SUSPENDS)
async def show_suspensions(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Whom the council has stopped, and a search for a provider that has to be."""
    words = request.query_params.get("q", "").replace("\x00", "").strip()[:100]
    found = await suspensions.suspensions_of(actor)
    return await page(
        request,
        "bookings/suspensions/list.html",
        q=words,
        chosen=await suspensions.providers_to_choose(actor, words),
        columns=_SUSPENSION_COLUMNS,
        rows=[
            {
                "provider_name": one.provider_name,
                "href": f"/council/suspensions/{one.id}",
                "state": f"suspension_{one.state}",
                "starts_at": one.starts_at,
                "closed_at": one.closed_at,
            }
            for one in found
        ],
    )


@get("/council/providers/{provider_id:uuid}/suspension", opt=SUSPENDS)
async def show_suspend(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """What stopping the provider would do, and the form that does it."""
    return await _suspend_page(request, actor, provider_id, Form({}))


@post("/council/providers/{provider_id:uuid}/suspension", opt=SUSPENDS, status_code=200)
async def do_suspend(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """Stop the provider from this moment on."""
    form = await Form.read(request)
    draft = SuspensionDraft(form.text("grounds"), form.text("contact"))
    try:
        made = await commands.suspend_provider(actor, provider_id, draft)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _suspend_page(request, actor, provider_id, form, status=refusal.status)
    return await done(
        request,
        f"/council/suspensions/{made.suspension_id}",
        f"The provider is stopped. {formats.count(made.bookings, 'booking')} of "
        f"{formats.count(made.people, 'person', 'people')} given back.",
    )


async def _suspend_page(
    request: AnyRequest, actor: Actor, provider_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "bookings/suspensions/suspend.html",
        status=status,
        provider=await provider(provider_id),
        own=[
            one
            for one in await suspensions.suspensions_of(actor, provider_id)
            if one.state is not SuspensionState.RELEASED
        ],
        standing=await suspensions.standing_of(provider_id),
        loss=await queries.would_be_lost(provider_id),
        now=clock.now(),
        form=form.values,
        errors=form.errors,
    )


@get("/council/suspensions/{suspension_id:uuid}", opt=SUSPENDS)
async def show_suspension(request: AnyRequest, actor: Actor, suspension_id: UUID) -> Response[Any]:
    """One suspension: why, since when, what it did, how far it is answered; and what is decided."""
    return await _suspension_page(request, actor, suspension_id, Form({}))


@post("/council/suspensions/{suspension_id:uuid}", opt=SUSPENDS, status_code=200)
async def do_close(request: AnyRequest, actor: Actor, suspension_id: UUID) -> Response[Any]:
    """Release the provider, or use it no more."""
    form = await Form.read(request)
    decided = form.one_of("decided", ("release", "end"), required="Choose what was decided")
    words = form.text("words", required="Enter what was found and decided")
    close = commands.release_provider if decided == "release" else commands.end_provider
    try:
        form.check()
        await close(actor, suspension_id, words)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _suspension_page(request, actor, suspension_id, form, status=refusal.status)
    told = "The provider is released." if decided == "release" else "The provider is not used any more."
    return await done(request, f"/council/suspensions/{suspension_id}", told)


async def _suspension_page(
    request: AnyRequest, actor: Actor, suspension_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found = await suspensions.suspension(actor, suspension_id)
    return await page(
        request,
        "bookings/suspensions/one.html",
        status=status,
        suspension=found,
        progress=await queries.progress(suspension_id),
        others=[one for one in await suspensions.standing_of(found.provider_id) if one.id != suspension_id],
        sees_people=Permission.PERSON_SEE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


@get("/provider/suspension", opt=RECORDS)
async def show_own_suspension(request: AnyRequest, actor: Actor) -> Response[Any]:
    """For the provider: who stopped it, since when, who to speak to, and what it can still do."""
    return await page(
        request, "bookings/suspensions/own.html", standing=await suspensions.own_standing(actor)
    )


router = Router(
    "/",
    include_in_schema=False,
    route_handlers=[
        show_suspensions,
        show_suspend,
        do_suspend,
        show_suspension,
        do_close,
        show_own_suspension,
    ],
)
