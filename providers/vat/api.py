"""Registrations for VAT for programs: the same commands and queries as the page."""

from datetime import date

from litestar import get, post
from msgspec import Struct

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from providers.vat.commands import end_vat_registration, register_for_vat
from providers.vat.queries import registrations_of

MANAGE = {"permission": Permission.OFFER_MANAGE}


class VatRegistrationOut(Struct):
    """A number and its days; `last_day` is null while it runs."""

    vat_number: str
    starts_on: date
    last_day: date | None


class VatRegistrationIn(Struct, forbid_unknown_fields=True):
    """Registered under a number from a day on."""

    vat_number: str
    starts_on: date


class VatEndIn(Struct, forbid_unknown_fields=True):
    """The last day with a number."""

    last_day: date


async def _all(actor: Actor) -> list[VatRegistrationOut]:
    return [
        VatRegistrationOut(each.vat_number, each.starts_on, each.last_day)
        for each in await registrations_of(actor)
    ]


@get("/provider/vat", opt=MANAGE, tags=["Registration"])
async def get_vat(actor: Actor) -> list[VatRegistrationOut]:
    """When the token's own provider is registered for VAT, the latest first."""
    return await _all(actor)


@post("/provider/vat", opt=MANAGE, status_code=200, tags=["Registration"])
async def post_vat(actor: Actor, data: VatRegistrationIn) -> list[VatRegistrationOut]:
    """Registered from a day on, or under another number; what is billed afterwards goes by it."""
    await register_for_vat(actor, data.vat_number, data.starts_on)
    return await _all(actor)


@post("/provider/vat/end", opt=MANAGE, status_code=200, tags=["Registration"])
async def post_vat_end(actor: Actor, data: VatEndIn) -> list[VatRegistrationOut]:
    """Not registered any more after a day."""
    await end_vat_registration(actor, data.last_day)
    return await _all(actor)


HANDLERS = [get_vat, post_vat, post_vat_end]
