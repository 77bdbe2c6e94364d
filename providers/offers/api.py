"""Changing, pricing, publishing and archiving activities, for programs: the same commands as the editor."""

from uuid import UUID

from litestar import get, patch, post

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money
from providers.offers.commands import archive_activity, change_activity, publish_activity
from providers.offers.pricing import set_rate, set_transport_rate, withdraw_transport
from providers.offers.queries import activity, rates_of, transport_rates_of
from providers.offers.schemas import ActivityChange, PricesOut, RateOut, TransportIn, TransportOut
from providers.schemas import ActivityOut, RateIn
from providers.timetables.queries import sessions_of

PUBLIC = {"permission": Permission.PUBLIC}
MANAGE = {"permission": Permission.OFFER_MANAGE}
TAGS = ["Offers"]
DATES_SHOWN = 100


async def shown(actor: Actor | None, activity_id: UUID) -> ActivityOut:
    """An activity with its next dates. Raises NotFound."""
    found = await activity(actor, activity_id)
    return ActivityOut.of(found, await sessions_of(actor, activity_id, most=DATES_SHOWN))


async def price(actor: Actor, activity_id: UUID, data: RateIn) -> None:
    """Set what was sent as a rate. Raises NotFound or Invalid."""
    await set_rate(
        actor,
        activity_id,
        data.starts_on,
        Money(data.price_pence),
        data.vat_category,
        data.vat_rate_basis_points,
        ratio=data.ratio,
        unit=data.unit,
        minimum=None if data.minimum_pence is None else Money(data.minimum_pence),
        split=data.split,
        basis=data.price_basis,
    )


async def _prices(activity_id: UUID) -> PricesOut:
    return PricesOut(
        activity_id,
        [RateOut.of(rate) for rate in await rates_of(activity_id)],
        [TransportOut.of(rate) for rate in await transport_rates_of(activity_id)],
    )


@patch("/activities/{activity_id:uuid}", opt=MANAGE, tags=TAGS)
async def change(actor: Actor, activity_id: UUID, data: ActivityChange) -> ActivityOut:
    """Change some parts of what an activity says; bookings keep their price and terms."""
    await change_activity(actor, activity_id, data.changes())
    return await shown(actor, activity_id)


@get("/activities/{activity_id:uuid}/rates", opt=PUBLIC, tags=["Directory"])
async def get_rates(activity_id: UUID, visitor: Actor | None) -> PricesOut:
    """Every dated price of a published activity (or a draft of the token's own provider)."""
    await activity(visitor, activity_id)
    return await _prices(activity_id)


@post("/activities/{activity_id:uuid}/rates", opt=MANAGE, status_code=200, tags=TAGS)
async def post_rate(actor: Actor, activity_id: UUID, data: RateIn) -> PricesOut:
    """Set the price of a ratio from a day on; a second one for the same day replaces the first."""
    await price(actor, activity_id, data)
    return await _prices(activity_id)


@post("/activities/{activity_id:uuid}/transport", opt=MANAGE, status_code=200, tags=TAGS)
async def post_transport(actor: Actor, activity_id: UUID, data: TransportIn) -> PricesOut:
    """Set the price of transport from a day on, or stop offering it."""
    if data.price_pence is None:
        await withdraw_transport(actor, activity_id, data.starts_on)
    else:
        await set_transport_rate(
            actor,
            activity_id,
            data.starts_on,
            Money(data.price_pence),
            data.vat_category,
            data.vat_rate_basis_points,
        )
    return await _prices(activity_id)


@post("/activities/{activity_id:uuid}/publish", opt=MANAGE, status_code=200, tags=TAGS)
async def post_publish(actor: Actor, activity_id: UUID) -> ActivityOut:
    """Show a draft or an archived activity to everybody; 422 says what people would miss."""
    await publish_activity(actor, activity_id)
    return await shown(actor, activity_id)


@post("/activities/{activity_id:uuid}/archive", opt=MANAGE, status_code=200, tags=TAGS)
async def post_archive(actor: Actor, activity_id: UUID) -> ActivityOut:
    """Take an activity out of the directory; what is booked stays booked."""
    await archive_activity(actor, activity_id)
    return await shown(actor, activity_id)


HANDLERS = [change, get_rates, post_rate, post_transport, post_publish, post_archive]
