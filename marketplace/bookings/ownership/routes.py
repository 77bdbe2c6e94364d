"""The council's page about a provider posts here: first what it would do to people's bookings, then it is done."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, post

from marketplace.bookings.ownership.commands import affected, take_in_house
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.access import require_council
from providers.organisations.queries import provider
from providers.ownership.routes import ONE_DAY, at_fields, provider_page

OWN = {"permission": Permission.OWNERSHIP_RECORD}


@post("/council/providers/{provider_id:uuid}/ownership", opt=OWN, status_code=200)
async def do_record_ownership(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """Record that the council owns the provider; asks first when people's bookings would be given back.

    The last day is typed, the first day without is kept.
    """
    form = await Form.read(request)
    council_id = require_council(actor, Permission.OWNERSHIP_RECORD)
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2026")
    last = form.day("last_day")
    ends_on = last + ONE_DAY if last else None
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - nothing was wrong
        loss = await affected(actor, provider_id, council_id, starts_on, ends_on)
        if loss.bookings and form.text("give_back") != str(loss.bookings):
            return await _ask(request, provider_id, loss, starts_on, last)
        taken = await take_in_house(actor, provider_id, council_id, starts_on, ends_on)
    except (Invalid, Conflict) as refusal:
        form.take(at_fields(refusal))
        return await provider_page(
            request, actor, provider_id, form.values, form.errors, status=refusal.status
        )
    words = "The ownership is recorded."
    if taken.cancelled:
        words += f" {formats.count(taken.cancelled, 'booking')} given back."
    return await done(request, f"/council/providers/{provider_id}", words)


async def _ask(
    request: AnyRequest, provider_id: UUID, loss: Any, starts_on: date, last: date | None
) -> Response[Any]:
    return await page(
        request,
        "bookings/take_in_house.html",
        provider=await provider(provider_id),
        loss=loss,
        starts_on=starts_on,
        last_day=last,
        back={"href": f"/council/providers/{provider_id}", "text": "Back"},
    )


HANDLERS = [do_record_ownership]
