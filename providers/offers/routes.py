"""The pages on which a provider keeps its activities (page 6)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from providers.offers import forms, price_routes, step_routes
from providers.offers.commands import archive_activity, publish_activity
from providers.offers.drafts import missing_to_publish
from providers.offers.queries import Activity, activities_of, own_activity, rates_of, transport_rates_of
from providers.offers.steps import STEPS, where
from providers.offers.wording import prices_told, transport_told
from providers.organisations.queries import provider_of
from providers.pictures.queries import pictures_of
from providers.timetables.queries import count_sessions, sessions_of

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


@get("/provider/activities/{activity_id:uuid}", opt=MANAGE)
async def show_activity(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """One activity: what it says, costs and when it is, with what can be done next."""
    shown = await own_activity(actor, activity_id)
    return await _manage(request, actor, shown, {})


@get("/provider/activities/{activity_id:uuid}/preview", opt=MANAGE)
async def show_preview(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The activity as people will see it, plain and in Easy Read side by side."""
    shown = await own_activity(actor, activity_id)
    return await page(
        request,
        "providers/preview.html",
        activity=shown,
        sessions=await sessions_of(actor, activity_id, most=DATES_SHOWN),
        prices=prices_told(await rates_of(activity_id), clock.today()),
        transport=transport_told(await transport_rates_of(activity_id), clock.today()),
        pictures=await pictures_of(activity_id),
        missing=missing_of(shown),
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


def missing_of(shown: Activity) -> list[dict[str, str]]:
    """What people would miss, with the page of the editor on which to say it."""
    told: dict[str, object] = {
        "summary": shown.summary,
        "capacity": shown.capacity,
        "routes_accepted": shown.routes_accepted,
    }
    rate = shown.rate
    lacks = missing_to_publish(told, rate.starts_on if rate else None, rate.price.pence if rate else None)
    return [
        {"name": name, "text": words, "href": f"/provider/activities/{shown.id}/{where(name)}"}
        for name, words in lacks.items()
    ]


async def _manage(
    request: AnyRequest, actor: Actor, shown: Activity, errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    dates = await count_sessions(shown.id)
    missing = missing_of(shown)
    return await page(
        request,
        "providers/activity.html",
        status=status,
        activity=shown,
        missing=missing,
        tasks=await _tasks(
            shown, {lack["name"] for lack in missing}, dates, len(await pictures_of(shown.id))
        ),
        ways=[forms.way_of_paying(route) for route in shown.routes_accepted],
        sessions=await sessions_of(actor, shown.id, most=DATES_SHOWN),
        dates=dates,
        errors=errors,
    )


async def _tasks(shown: Activity, missing: set[str], dates: int, pictures: int) -> list[dict[str, Any]]:
    """The steps in order: what is kept in each, and whether something is missing there."""
    today = clock.today()
    prices = prices_told(await rates_of(shown.id), today)
    transport = transport_told(await transport_rates_of(shown.id), today)
    described = [(f"steps/{step.key}", step.name, step.told(shown), step.fields) for step in STEPS]
    sold = [
        ("price", "Prices", " ".join(prices), ("price",)),
        ("transport", "Transport", " ".join(transport), ()),
    ]
    told = [
        *described[:5],
        *sold,
        *described[5:],
        ("pictures", "Pictures", formats.count(pictures, "picture") if pictures else "", ()),
        ("dates", "Dates", f"{formats.count(dates, 'date')} to come" if dates else "", ()),
    ]
    return [
        {
            "href": f"/provider/activities/{shown.id}/{path}",
            "name": name,
            "told": words,
            "state": "missing" if missing & set(fields) else "done" if words else "open",
        }
        for path, name, words, fields in told
    ]


HANDLERS = [
    show_activities,
    show_activity,
    show_preview,
    do_publish,
    do_archive,
    *step_routes.HANDLERS,
    *price_routes.HANDLERS,
]
