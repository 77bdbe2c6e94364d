"""Registering an organisation, and its own page: what it says, what it may do, and for whom it is approved."""

from datetime import timedelta
from typing import Any

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, act_for
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.db import Row
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.organisations import forms
from providers.organisations.commands import edit_provider, register_provider
from providers.organisations.numbers import asks_constitution, registered_as
from providers.organisations.queries import provider, provider_of
from providers.organisations.registering import (
    Contact,
    Standing,
    registration,
    set_safeguarding_contact,
    set_standing,
    tasks_of,
)
from providers.ownership.queries import ownerships_of
from providers.rules import REGISTRABLE, SellerType

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
        request, "/provider/registration", f"{draft.name} is registered, and you are its manager."
    )


@get("/provider/registration", opt=MANAGE)
async def show_registration(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The task list: one thing at a time, in any order."""
    said = await registration(actor)
    tasks = tasks_of(said)
    return await page(
        request,
        "providers/registration.html",
        said=said,
        tasks=tasks,
        done=sum(task.done for task in tasks),
    )


@get("/provider/organisation/standing", opt=MANAGE)
async def show_standing(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of what the seller is by law; what is asked fits its type."""
    said = await registration(actor)
    form = {
        **{name: said[name] for name in ("registration_number", "contact_name")},
        **{name: _yes_or_no(said[name]) for name in ("has_constitution", "self_employed")},
    }
    return await _standing(request, said, form, {})


@post("/provider/organisation/standing", opt=MANAGE, status_code=200)
async def do_standing(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep what the seller is by law."""
    form = await Form.read(request)
    standing = Standing(
        form.text("registration_number", most=60),
        form.text("contact_name", most=200),
        _yes(form.text("has_constitution")),
        _yes(form.text("self_employed")),
    )
    try:
        form.check()
        await set_standing(actor, standing)
    except Invalid as refusal:
        form.take(refusal)
        return await _standing(
            request, await registration(actor), form.values, form.errors, status=refusal.status
        )
    return await done(request, "/provider/registration", "It is kept.")


def _yes(typed: str) -> bool | None:
    return {"yes": True, "no": False}.get(typed)


def _yes_or_no(kept: bool | None) -> str:  # noqa: FBT001 - a value of three, for a form
    return "" if kept is None else "yes" if kept else "no"


async def _standing(
    request: AnyRequest, said: Row, values: dict[str, Any], errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    kind = SellerType(said["seller_type"])
    registered = registered_as(kind)
    return await page(
        request,
        "providers/standing.html",
        status=status,
        said=said,
        alone=kind is SellerType.INDIVIDUAL,
        number=registered[0] if registered else "",
        group=asks_constitution(kind),
        form=values,
        errors=errors,
    )


@get("/provider/organisation/safeguarding", opt=MANAGE)
async def show_safeguarding(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of the safeguarding contact."""
    said = await registration(actor)
    form = {name: said[f"safeguarding_{name}"] for name in ("name", "email", "phone")}
    return await page(request, "providers/safeguarding.html", said=said, form=form)


@post("/provider/organisation/safeguarding", opt=MANAGE, status_code=200)
async def do_safeguarding(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep the safeguarding contact."""
    form = await Form.read(request)
    contact = Contact(form.text("name", most=200), form.text("email", most=320), form.text("phone", most=40))
    try:
        form.check()
        await set_safeguarding_contact(actor, contact)
    except Invalid as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/safeguarding.html",
            status=refusal.status,
            said=await registration(actor),
            form=form.values,
            errors=form.errors,
        )
    return await done(request, "/provider/registration", "Councils know whom to call.")


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
    draft = forms.read(form, kept=shown)
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
    show_registration,
    show_standing,
    do_standing,
    show_safeguarding,
    do_safeguarding,
    show_organisation,
    show_edit_organisation,
    do_edit_organisation,
]
