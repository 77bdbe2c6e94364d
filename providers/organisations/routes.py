"""Registering an organisation, and its own page: what it says, what it may do, and for whom it is approved."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, act_for
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
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
    """What the organisation says about itself, and its owners."""
    shown = await provider_of(actor)
    return await page(
        request,
        "providers/organisation.html",
        provider=shown,
        owners=await ownerships_of(shown.id),
        one_day=timedelta(days=1),
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


HANDLERS = [
    show_register,
    do_register,
    show_organisation,
    show_edit_organisation,
    do_edit_organisation,
]
