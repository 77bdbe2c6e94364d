"""The pages on which a provider keeps its activities (page 6)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from providers.offers import forms
from providers.offers.commands import (
    archive_activity,
    create_activity,
    edit_activity,
    publish_activity,
)
from providers.offers.drafts import missing_to_publish
from providers.offers.pricing import set_rate
from providers.offers.queries import Activity, activities_of, own_activity, rates_of
from providers.organisations.queries import provider_of
from providers.timetables.queries import count_sessions, sessions_of
from providers.venues.queries import venues_of

MANAGE = {"permission": Permission.OFFER_MANAGE}
DATES_SHOWN = 4


@get("/provider/activities", opt=MANAGE)
async def show_activities(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every activity of the provider, with state and next date."""
    return await page(
        request,
        "providers/activities.html",
        provider=await provider_of(actor),
        activities=await activities_of(actor),
    )


@get("/provider/activities/new", opt=MANAGE)
async def show_new(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of a new activity."""
    venues = await venues_of(actor)
    return await _form(request, actor, None, forms.blank(venues))


@post("/provider/activities/new", opt=MANAGE, status_code=200)
async def do_new(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep a new activity with its price as a draft; what was typed stays when something is wrong."""
    form = await Form.read(request)
    read = forms.read_activity(form, first_price_on=clock.today())
    try:
        form.check()
        assert read is not None  # noqa: S101 - nothing was wrong
        draft, rate = read
        assert rate is not None  # noqa: S101 - nothing was wrong
        async with db.unit_of_work():
            activity_id = await create_activity(actor, draft)
            await set_rate(
                actor, activity_id, rate.starts_on, rate.price, rate.vat_category, rate.vat_rate_basis_points
            )
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _form(request, actor, None, form.values, refusal=refusal, errors=form.errors)
    return await done(
        request,
        f"/provider/activities/{activity_id}",
        "The activity is kept as a draft. Add its dates, then publish it.",
    )


@get("/provider/activities/{activity_id:uuid}", opt=MANAGE)
async def show_activity(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """One activity: what it says, costs and when it is, with what can be done next."""
    shown = await own_activity(actor, activity_id)
    return await _manage(request, actor, shown, {})


@get("/provider/activities/{activity_id:uuid}/edit", opt=MANAGE)
async def show_edit(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The form of an activity as it is kept."""
    shown = await own_activity(actor, activity_id)
    return await _form(request, actor, shown, forms.filled(shown))


@post("/provider/activities/{activity_id:uuid}/edit", opt=MANAGE, status_code=200)
async def do_edit(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Change what the activity says."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    read = forms.read_activity(form, shown.image_url)
    try:
        form.check()
        assert read is not None  # noqa: S101 - nothing was wrong
        await edit_activity(actor, activity_id, read[0])
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _form(request, actor, shown, form.values, refusal=refusal, errors=form.errors)
    return await done(request, f"/provider/activities/{activity_id}", "Your changes are kept.")


@get("/provider/activities/{activity_id:uuid}/price", opt=MANAGE)
async def show_price(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The dated prices, and the form of a new one."""
    shown = await own_activity(actor, activity_id)
    return await _price(request, shown, forms.filled_rate(shown.rate, clock.today()))


@post("/provider/activities/{activity_id:uuid}/price", opt=MANAGE, status_code=200)
async def do_price(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Set the price from a day on."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    starts_on = form.day("starts_on", required="Enter the first day of the price, like 24 11 2026")
    rate = forms.read_rate(form, starts_on)
    try:
        form.check()
        assert rate is not None  # noqa: S101 - nothing was wrong
        await set_rate(
            actor, activity_id, rate.starts_on, rate.price, rate.vat_category, rate.vat_rate_basis_points
        )
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _price(request, shown, form.values, refusal=refusal, errors=form.errors)
    return await done(request, f"/provider/activities/{activity_id}", "The price is kept.")


@get("/provider/activities/{activity_id:uuid}/preview", opt=MANAGE)
async def show_preview(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The activity as people will see it, plain and in Easy Read side by side."""
    shown = await own_activity(actor, activity_id)
    return await page(
        request,
        "providers/preview.html",
        activity=shown,
        sessions=await sessions_of(actor, activity_id, most=DATES_SHOWN),
        missing=_missing(shown),
    )


@post("/provider/activities/{activity_id:uuid}/publish", opt=MANAGE, status_code=200)
async def do_publish(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Show the activity to everybody."""
    try:
        await publish_activity(actor, activity_id)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, actor, activity_id, refusal)
    return await done(request, f"/provider/activities/{activity_id}", "Everybody can find the activity now.")


@post("/provider/activities/{activity_id:uuid}/archive", opt=MANAGE, status_code=200)
async def do_archive(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Take the activity out of the directory."""
    try:
        await archive_activity(actor, activity_id)
    except (Invalid, Conflict) as refusal:
        return await _refused(request, actor, activity_id, refusal)
    return await done(
        request,
        f"/provider/activities/{activity_id}",
        "The activity is not offered any more. What is booked stays booked.",
    )


async def _refused(
    request: AnyRequest, actor: Actor, activity_id: UUID, refusal: DomainError
) -> Response[Any]:
    form = Form({})
    form.take(refusal)
    shown = await own_activity(actor, activity_id)
    return await _manage(request, actor, shown, form.errors, status=refusal.status)


def _missing(shown: Activity) -> dict[str, str]:
    """What people would miss, by field."""
    told: dict[str, object] = {
        "summary": shown.summary,
        "capacity": shown.capacity,
        "routes_accepted": shown.routes_accepted,
    }
    rate = shown.rate
    return missing_to_publish(told, rate.starts_on if rate else None, rate.price.pence if rate else None)


async def _manage(
    request: AnyRequest, actor: Actor, shown: Activity, errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "providers/activity.html",
        status=status,
        activity=shown,
        missing=_missing(shown),
        ways=[forms.way_of_paying(route) for route in shown.routes_accepted],
        sessions=await sessions_of(actor, shown.id, most=DATES_SHOWN),
        dates=await count_sessions(shown.id),
        errors=errors,
    )


async def _form(
    request: AnyRequest,
    actor: Actor,
    shown: Activity | None,
    values: dict[str, Any],
    *,
    refusal: DomainError | None = None,
    errors: dict[str, str] | None = None,
) -> Response[Any]:
    terms = shown.terms if shown else None
    price = shown.rate.price if shown and shown.rate else forms.EXAMPLE_PRICE
    return await page(
        request,
        "providers/activity_form.html",
        status=refusal.status if refusal else 200,
        activity=shown,
        options=forms.choices(await venues_of(actor), terms),
        example=(terms or forms.EXAMPLE_TERMS).example(price),
        form=values,
        errors=errors or {},
    )


async def _price(
    request: AnyRequest,
    shown: Activity,
    values: dict[str, Any],
    *,
    refusal: DomainError | None = None,
    errors: dict[str, str] | None = None,
) -> Response[Any]:
    return await page(
        request,
        "providers/price.html",
        status=refusal.status if refusal else 200,
        activity=shown,
        rates=await rates_of(shown.id),
        today=clock.today(),
        options=forms.choices([]),
        form=values,
        errors=errors or {},
    )


HANDLERS = [
    show_activities,
    show_new,
    do_new,
    show_activity,
    show_edit,
    do_edit,
    show_price,
    do_price,
    show_preview,
    do_publish,
    do_archive,
]
