"""Registering an organisation, and its own page: what it says, what it may do, and for whom it is approved."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, act_for
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.commissions.commands import apply_to_lot, is_open
from providers.commissions.queries import lots_to_apply_for, own_commissions
from providers.organisations import forms
from providers.organisations.commands import edit_provider, register_provider
from providers.organisations.queries import provider, provider_of
from providers.ownership.queries import ownerships_of
from providers.rules import REGISTRABLE

MANAGE = {"permission": Permission.OFFER_MANAGE}
REGISTER = {"permission": Permission.PROVIDER_REGISTER}
KINDS = [(str(kind), kind.label) for kind in REGISTRABLE]


@get("/provider/register", opt=REGISTER)
async def show_register(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of a new seller."""
    return await page(request, "providers/register.html", kinds=KINDS, name=actor.name)


@post("/provider/register", opt=REGISTER, status_code=200)
async def do_register(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Register, and go on as the organisation's manager."""
    form = await Form.read(request)
    draft = forms.read(form)
    try:
        form.check()
        assert draft is not None  # noqa: S101 - nothing was wrong
        provider_id = await register_provider(actor, draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/register.html",
            status=refusal.status,
            kinds=KINDS,
            form=form.values,
            errors=form.errors,
        )
    await act_for(request, (await provider(provider_id)).organisation_id)
    return await done(
        request, "/provider/organisation", f"{draft.name} is registered, and you are its manager."
    )


@get("/provider/organisation", opt=MANAGE)
async def show_organisation(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What the organisation says about itself, its approvals and its owners."""
    return await _organisation(request, actor, {}, {})


@post("/provider/organisation/apply", opt=MANAGE, status_code=200)
async def do_apply(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Ask a council to be approved on a lot."""
    form = await Form.read(request)
    lots = {str(lot["id"]): lot for lot in await lots_to_apply_for(actor)}
    lot_id = form.one_of("lot_id", lots, required="Choose what you want to be approved for")
    try:
        form.check()
        await apply_to_lot(actor, (await provider_of(actor)).id, UUID(lot_id))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _organisation(request, actor, form.values, form.errors, status=refusal.status)
    return await done(
        request, "/provider/organisation", f"{lots[lot_id]['council_name']} has your application."
    )


@get("/provider/organisation/edit", opt=MANAGE)
async def show_edit_organisation(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of what the organisation says."""
    shown = await provider_of(actor)
    return await page(request, "providers/organisation_form.html", provider=shown, form=forms.filled(shown))


@post("/provider/organisation/edit", opt=MANAGE, status_code=200)
async def do_edit_organisation(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Change what the organisation says."""
    shown = await provider_of(actor)
    form = await Form.read(request)
    draft = forms.read(form, kept=shown.seller_type)
    try:
        form.check()
        assert draft is not None  # noqa: S101 - nothing was wrong
        await edit_provider(actor, draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/organisation_form.html",
            status=refusal.status,
            provider=shown,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, "/provider/organisation", "Your changes are kept.")


async def _organisation(
    request: AnyRequest, actor: Actor, values: dict[str, Any], errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    shown = await provider_of(actor)
    commissions = await own_commissions(actor)
    taken = {row["lot_id"] for row in commissions if is_open(row)}
    lots = [lot for lot in await lots_to_apply_for(actor) if lot["id"] not in taken]
    return await page(
        request,
        "providers/organisation.html",
        status=status,
        provider=shown,
        commissions=commissions,
        owners=await ownerships_of(shown.id),
        lots=[
            (str(lot["id"]), f"{lot['name']}: {lot['council_name']}, {lot['framework_name']}") for lot in lots
        ],
        today=clock.today(),
        one_day=timedelta(days=1),
        form=values,
        errors=errors,
    )


HANDLERS = [
    show_register,
    do_register,
    show_organisation,
    do_apply,
    show_edit_organisation,
    do_edit_organisation,
]
