"""A council's pages about providers: whom it approved, whom it owns, and what waits for it (page 7)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.commissions.queries import applications_of, frameworks_of
from providers.organisations.queries import provider, safeguarding_contact
from providers.ownership.commands import end_ownership, take_back_planned
from providers.ownership.queries import PAGE_SIZE, Which, approvals_by, owner_on, ownerships_of, providers_for
from providers.ownership.rules import Planned, planned_change
from providers.paging import page_number
from providers.rules import SellerType
from providers.suspensions.queries import standing_of

DECIDE = {"permission": Permission.COMMISSION_DECIDE}
OWN = {"permission": Permission.OWNERSHIP_RECORD}
ONE_DAY = timedelta(days=1)
_TAKEN_BACK = {
    Planned.START: (
        "The plan is taken back. Bookings that were given back for it stay given back; they can be booked again."
    ),
    Planned.END: "The last day is taken back. Your council owns it until you record another.",
}
KINDS = {str(kind): kind.label for kind in SellerType}


def _which(request: AnyRequest, *, searched: str) -> Which:
    try:
        return Which(request.query_params.get("show", ""))
    except ValueError:
        return Which.ALL if searched else Which.APPROVED


@get("/council/providers", opt=DECIDE)
async def show_providers(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Applications that wait, frameworks, and the providers of the council."""
    words = request.query_params.get("q", "").replace("\x00", "").strip()[:100]
    which = _which(request, searched=words)
    number = page_number(request, 1_000)
    rows, total = await providers_for(actor, which, words, number)
    return await page(
        request,
        "providers/council_providers.html",
        council_id=actor.council_id,
        applications=await applications_of(actor),
        frameworks=await frameworks_of(actor),
        providers=rows,
        total=total,
        which=which,
        q=words,
        page=number,
        pages=-(-total // PAGE_SIZE),
        params={"q": words, "show": str(which)},
        kinds=KINDS,
        one_day=ONE_DAY,
    )


@get("/council/providers/{provider_id:uuid}", opt=DECIDE)
async def show_provider(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """One provider: what it was approved for, and who owns it from when to when."""
    return await provider_page(request, actor, provider_id, {}, {})


@post("/council/providers/{provider_id:uuid}/ownership/{ownership_id:uuid}", opt=OWN, status_code=200)
async def do_end_ownership(
    request: AnyRequest, actor: Actor, provider_id: UUID, ownership_id: UUID
) -> Response[Any]:
    """Record the last day on which the council owns the provider."""
    form = await Form.read(request)
    field = f"end-{ownership_id}"
    last = form.day(field, required="Enter the last day, like 31 3 2027")
    try:
        form.check()
        await end_ownership(actor, ownership_id, (last or clock.today()) + ONE_DAY)
    except (Invalid, Conflict) as refusal:
        form.take(at_fields(refusal, field))
        return await provider_page(
            request, actor, provider_id, form.values, form.errors, status=refusal.status
        )
    return await done(request, f"/council/providers/{provider_id}", "The last day is recorded.")


@post(
    "/council/providers/{provider_id:uuid}/ownership/{ownership_id:uuid}/take-back", opt=OWN, status_code=200
)
async def do_take_back(
    request: AnyRequest, actor: Actor, provider_id: UUID, ownership_id: UUID
) -> Response[Any]:
    """Take back a first or last day that has not come."""
    form = await Form.read(request)
    field = f"because-{ownership_id}"
    try:
        planned = await take_back_planned(actor, ownership_id, form.text(field))
    except Invalid as refusal:
        form.take(Invalid({field: refusal.fields["because"]}))
    except Conflict as refusal:
        form.take(refusal)
    else:
        return await done(request, f"/council/providers/{provider_id}", _TAKEN_BACK[planned])
    status = 422 if field in form.errors else 409
    return await provider_page(request, actor, provider_id, form.values, form.errors, status=status)


def at_fields(refusal: Invalid | Conflict, field: str = "last_day") -> Invalid | Conflict:
    """The command speaks of the first day without; the form asks for the last day with."""
    if isinstance(refusal, Invalid) and "ends_on" in refusal.fields:
        return Invalid({field: "Enter a last day that is not before the first day"})
    return refusal


async def provider_page(
    request: AnyRequest,
    actor: Actor,
    provider_id: UUID,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    """The page of `show_provider`; recording ownership, which changes bookings, is in `marketplace.bookings`."""
    today = clock.today()
    return await page(
        request,
        "providers/council_provider.html",
        status=status,
        provider=await provider(provider_id),
        safeguarding=await safeguarding_contact(actor, provider_id),
        approvals=await approvals_by(actor, provider_id),
        owners=[
            {**row, "planned": planned_change(row["starts_on"], row["ends_on"], today)}
            for row in await ownerships_of(provider_id)
        ],
        council_id=actor.council_id,
        own_today=await owner_on(provider_id, today) == actor.council_id,
        standing=await standing_of(provider_id),
        may_suspend=Permission.PROVIDER_SUSPEND in actor.permissions,
        may_record=Permission.OWNERSHIP_RECORD in actor.permissions,
        today=today,
        one_day=ONE_DAY,
        form=values,
        errors=errors,
    )


HANDLERS = [show_providers, show_provider, do_end_ownership, do_take_back]
