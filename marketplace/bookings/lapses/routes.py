"""The council's page of proofs: what waits for it, what it lacks, and what it requires."""

from datetime import timedelta
from typing import Any

from litestar import Response, get

from marketplace.bookings.lapses.queries import SOON_DAYS, beyond_own, lacking
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from providers.accreditation.queries import accreditations_to_decide
from providers.accreditation.routes import own_page
from providers.accreditation.rules import Kind

DECIDE = {"permission": Permission.COMMISSION_DECIDE}


@get("/council/accreditation", opt=DECIDE)
async def show_accreditation(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What waits for a decision, what has run out or will soon, and how many bookings lie beyond."""
    rows, today = await lacking(actor), clock.today()
    return await page(
        request,
        "providers/council_accreditation.html",
        to_decide=await accreditations_to_decide(actor),
        over=[row for row in rows if row.over(today)],
        soon=[row for row in rows if not row.over(today)],
        soon_days=SOON_DAYS,
        labels={str(kind): kind.label for kind in Kind},
        one_day=timedelta(days=1),
    )


@get("/provider/accreditation", opt={"permission": Permission.OFFER_MANAGE})
async def show_own_accreditation(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What the provider has proved and until when, with the bookings that lie beyond."""
    return await own_page(request, actor, await beyond_own(actor))


HANDLERS = [show_accreditation, show_own_accreditation]
