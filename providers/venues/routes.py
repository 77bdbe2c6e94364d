"""The pages of a provider's places."""

import re
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, local_path, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.places import normalise_postcode
from providers.offers.forms import options
from providers.rules import AccessFeature
from providers.venues.commands import VenueDraft, add_venue, edit_venue
from providers.venues.queries import venue_of, venues_of

MANAGE = {"permission": Permission.OFFER_MANAGE}


@get("/provider/venues", opt=MANAGE)
async def show_venues(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The places of the provider."""
    labels = {str(feature): feature.label for feature in AccessFeature}
    return await page(request, "providers/venues.html", venues=await venues_of(actor), labels=labels)


def _read(form: Form) -> VenueDraft:
    postcode = form.text("postcode", required="Enter the postcode, so that people see how far it is", most=10)
    if postcode and normalise_postcode(postcode) is None:
        form.fail("postcode", "Enter a full postcode, like CH1 2HJ")
    position = _position(form)
    return VenueDraft(
        easting=position[0] if position else None,
        northing=position[1] if position else None,
        name=form.text("name", required="Enter the name of the place", most=200),
        street=form.text("street", most=300),
        town=form.text("town", required="Enter the town or village", most=100),
        postcode=postcode,
        access_features=frozenset(form.choices("access_features", AccessFeature)),
        getting_there=form.text("getting_there", most=2000),
    )


def _position(form: Form) -> tuple[int, int] | None:
    """Easting and northing in metres of the British National Grid, where they are typed."""
    typed = form.text("grid", most=40)
    if not typed:
        return None
    found = re.fullmatch(r"(\d{5,6})[\s,]+(\d{5,7})", typed)
    if not found or int(found[1]) > 700_000 or int(found[2]) > 1_300_000:
        form.fail("grid", "Enter two numbers: easting and northing in metres, like 360400 371500")
        return None
    return int(found[1]), int(found[2])


@get("/provider/venues/new", opt=MANAGE)
async def show_new_venue(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of a new place."""
    await venues_of(actor)
    return await _form(request, None, {"next": request.query_params.get("next", "")})


@post("/provider/venues/new", opt=MANAGE, status_code=200)
async def do_new_venue(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Add a place, then go back to where it was needed."""
    form = await Form.read(request)
    draft = _read(form)
    try:
        form.check()
        await add_venue(actor, draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _form(request, None, form.values, form.errors, status=refusal.status)
    return await done(request, local_path(form.text("next"), "/provider/venues"), "The place is added.")


@get("/provider/venues/{venue_id:uuid}/edit", opt=MANAGE)
async def show_edit_venue(request: AnyRequest, actor: Actor, venue_id: UUID) -> Response[Any]:
    """The form of a place as it is kept."""
    venue = await venue_of(actor, venue_id)
    return await _form(request, venue_id, dict(venue))


@post("/provider/venues/{venue_id:uuid}/edit", opt=MANAGE, status_code=200)
async def do_edit_venue(request: AnyRequest, actor: Actor, venue_id: UUID) -> Response[Any]:
    """Change a place."""
    await venue_of(actor, venue_id)
    form = await Form.read(request)
    draft = _read(form)
    try:
        form.check()
        await edit_venue(actor, venue_id, draft)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _form(request, venue_id, form.values, form.errors, status=refusal.status)
    return await done(request, "/provider/venues", "Your changes are kept.")


async def _form(
    request: AnyRequest,
    venue_id: UUID | None,
    values: dict[str, Any],
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> Response[Any]:
    return await page(
        request,
        "providers/venue_form.html",
        status=status,
        venue_id=venue_id,
        features=options(AccessFeature),
        form=values,
        errors=errors or {},
    )


HANDLERS = [show_venues, show_new_venue, do_new_venue, show_edit_venue, do_edit_venue]
