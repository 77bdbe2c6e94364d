"""The page on which a seller says when it is registered for VAT."""

from typing import Any

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from providers.vat.commands import ALWAYS, end_vat_registration, register_for_vat
from providers.vat.queries import registrations_of

MANAGE = {"permission": Permission.OFFER_MANAGE}
HERE = "/provider/vat"


@get("/provider/vat", opt=MANAGE)
async def show_vat(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The registrations by date, and the forms of a new one and of its end."""
    return await _page(request, actor, Form({}))


@post("/provider/vat", opt=MANAGE, status_code=200)
async def do_register_for_vat(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Registered from a day on, or under another number."""
    form = await Form.read(request)
    number = form.text("vat_number", required="Enter the VAT number, like GB123456789", most=40)
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2026")
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - required
        await register_for_vat(actor, number, starts_on)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _page(request, actor, form, refusal)
    return await done(request, HERE, f"Registered for VAT from {formats.full_date(starts_on)}: kept.")


@post("/provider/vat/end", opt=MANAGE, status_code=200)
async def do_end_vat(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Not registered any more after a day."""
    form = await Form.read(request)
    last_day = form.day("last_day", required="Enter the last day, like 31 3 2027")
    try:
        form.check()
        assert last_day is not None  # noqa: S101 - required
        await end_vat_registration(actor, last_day)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _page(request, actor, form, refusal)
    return await done(request, HERE, f"Not registered for VAT after {formats.full_date(last_day)}: kept.")


async def _page(
    request: AnyRequest, actor: Actor, form: Form, refusal: DomainError | None = None
) -> Response[Any]:
    registrations = await registrations_of(actor)
    return await page(
        request,
        "providers/vat.html",
        status=refusal.status if refusal else 200,
        registrations=registrations,
        runs=next((each for each in registrations if each.last_day is None), None),
        always=ALWAYS,
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_vat, do_register_for_vat, do_end_vat]
