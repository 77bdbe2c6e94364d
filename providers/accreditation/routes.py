"""The pages of proofs: a provider's own, a council's decision, and what a council requires."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, files
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.forms import Form
from providers.accreditation.commands import (
    Verdict,
    decide_accreditation,
    require_kind,
    say_whether_employing,
    send_accreditation,
    stop_requiring,
)
from providers.accreditation.queries import (
    accreditation_of,
    own_accreditations,
    own_standing,
    requirements_of,
)
from providers.accreditation.rules import REMIND_DAYS, Draft, Kind
from providers.organisations.queries import provider_of
from providers.rules import SellerType

MANAGE = {"permission": Permission.OFFER_MANAGE}
DECIDE = {"permission": Permission.COMMISSION_DECIDE}
ONE_DAY = timedelta(days=1)
LABELS = {str(kind): kind.label for kind in Kind}


async def own_page(request: AnyRequest, actor: Actor, beyond: Mapping[str, int]) -> Response[Any]:
    """What is asked of the provider, what it has proved and until when, with the bookings beyond by kind.

    Its address is in `marketplace.bookings.lapses`, which knows the bookings.
    """
    seller = await provider_of(actor)
    standing = await own_standing(actor)
    return await page(
        request,
        "providers/accreditation.html",
        provider=seller,
        standing=standing,
        beyond=beyond,
        history=await own_accreditations(actor),
        employs=any(row["kind"] is Kind.EMPLOYERS_LIABILITY for row in standing),
        may_employ=seller.seller_type is not SellerType.INDIVIDUAL,
        labels=LABELS,
        today=clock.today(),
        soon=clock.today() + timedelta(days=max(REMIND_DAYS)),
        one_day=ONE_DAY,
    )


@post("/provider/accreditation/employs", opt=MANAGE, status_code=200)
async def do_say_employs(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Say whether the provider employs anybody."""
    form = await Form.read(request)
    await say_whether_employing(actor, employs=form.text("employs") == "yes")
    return await done(request, "/provider/accreditation", "Your answer is kept.")


async def _kind(actor: Actor, kind: str) -> Kind:
    if kind not in [str(row["kind"]) for row in await own_standing(actor)]:
        raise NotFound
    return Kind(kind)


@get("/provider/accreditation/{kind:str}", opt=MANAGE)
async def show_send(request: AnyRequest, actor: Actor, kind: str) -> Response[Any]:
    """The form of one proof."""
    return await page(request, "providers/accreditation_form.html", kind=await _kind(actor, kind))


@post(
    "/provider/accreditation/{kind:str}", opt=MANAGE, status_code=200, request_max_body_size=files.BODY_MOST
)
async def do_send(request: AnyRequest, actor: Actor, kind: str) -> Response[Any]:
    """Send a proof; the last day is typed, the first day without is kept."""
    asked = await _kind(actor, kind)
    form = await Form.read(request)
    starts_on = form.day("valid_from", required="Enter the first day, like 1 4 2026")
    last = form.day("expires_on")
    if last is None and asked not in (Kind.REGISTRATION, Kind.OWN_DBS):
        form.fail("expires_on", "Enter the last day on which it is valid, or the day to look at it again")
    chosen = form.file("file", required="Choose the file that proves it: a PDF, JPEG or PNG")
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - nothing was wrong
        draft = Draft(asked, starts_on, last + ONE_DAY if last else None, form.text("reference"))
        await send_accreditation(actor, draft, chosen)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/accreditation_form.html",
            status=refusal.status,
            kind=asked,
            form=form.values,
            errors=form.errors,
        )
    return await done(
        request, "/provider/accreditation", f"{asked.label}: it is sent. A council looks at it."
    )


@get("/council/accreditation/{accreditation_id:uuid}", opt=DECIDE)
async def show_decide(request: AnyRequest, actor: Actor, accreditation_id: UUID) -> Response[Any]:
    """One proof, with what can be decided."""
    return await _decide(request, actor, accreditation_id, {}, {})


@post("/council/accreditation/{accreditation_id:uuid}", opt=DECIDE, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, accreditation_id: UUID) -> Response[Any]:
    """Accept or refuse."""
    form = await Form.read(request)
    verdict = form.choice("verdict", Verdict, required="Choose accept or refuse")
    try:
        form.check()
        assert verdict is not None  # noqa: S101 - nothing was wrong
        await decide_accreditation(actor, accreditation_id, verdict, form.text("reason", most=2000))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _decide(
            request, actor, accreditation_id, form.values, form.errors, status=refusal.status
        )
    return await done(
        request, "/council/accreditation", "Your decision is kept. A letter tells the provider."
    )


async def _decide(
    request: AnyRequest,
    actor: Actor,
    accreditation_id: UUID,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    return await page(
        request,
        "providers/accreditation_decide.html",
        status=status,
        proof=await accreditation_of(actor, accreditation_id),
        labels=LABELS,
        one_day=ONE_DAY,
        form=values,
        errors=errors,
    )


@get("/council/accreditation/required", opt=DECIDE)
async def show_required(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What the council requires, from when on."""
    return await _required(request, actor, {}, {})


@post("/council/accreditation/required", opt=DECIDE, status_code=200)
async def do_require(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Require a kind of proof from a day on."""
    form = await Form.read(request)
    kind = form.choice("kind", Kind, required="Choose what you require")
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2027")
    try:
        form.check()
        assert kind is not None and starts_on is not None  # noqa: S101, PT018 - nothing was wrong
        await require_kind(actor, kind, starts_on)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _required(request, actor, form.values, form.errors, status=refusal.status)
    return await done(request, "/council/accreditation/required", f"{kind.label}: you require it.")


@post("/council/accreditation/required/{requirement_id:uuid}/end", opt=DECIDE, status_code=200)
async def do_stop(request: AnyRequest, actor: Actor, requirement_id: UUID) -> Response[Any]:
    """Do not require it any more."""
    await stop_requiring(actor, requirement_id)
    return await done(request, "/council/accreditation/required", "You do not require it any more.")


async def _required(
    request: AnyRequest, actor: Actor, values: dict[str, Any], errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "providers/accreditation_required.html",
        status=status,
        requirements=await requirements_of(actor),
        kinds=[(str(kind), kind.label) for kind in Kind],
        labels=LABELS,
        form=values,
        errors=errors,
    )


HANDLERS = [
    do_say_employs,
    show_send,
    do_send,
    show_decide,
    do_decide,
    show_required,
    do_require,
    do_stop,
]
