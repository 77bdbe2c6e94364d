"""Reads about sellers."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from providers.access import require_council
from providers.rules import SellerType


@dataclass(frozen=True, slots=True)
class Provider:
    """A seller as everybody may see it."""

    id: UUID
    organisation_id: UUID
    name: str
    slug: str
    seller_type: SellerType
    description: str
    easy_read: str
    email: str
    phone: str
    website: str
    registration_number: str
    vat_number: str | None
    source_name: str | None
    source_licence: str | None


_PROVIDER = """
    SELECT p.id, p.organisation_id, p.name, p.slug, p.seller_type, p.description, p.easy_read, p.email, p.phone,
           p.website, p.registration_number,
           vat_number_on(p.id, $2) AS vat_number, s.name AS source_name, s.licence AS source_licence
      FROM provider p LEFT JOIN source s ON s.id = p.source_id
"""


def _provider(row: db.Row | None) -> Provider:
    if row is None:
        raise NotFound
    return Provider(**{**row, "seller_type": SellerType(row["seller_type"])})


async def provider(provider_id: UUID) -> Provider:
    """A listed seller; public. Raises NotFound."""
    return _provider(
        await db.fetch_one(f"{_PROVIDER} WHERE p.id = $1 AND p.state = 'listed'", provider_id, clock.today())
    )


async def provider_of(actor: Actor) -> Provider:
    """The seller that the actor manages. Raises NotSignedIn, Forbidden, or NotFound without one."""
    require(actor, Permission.OFFER_MANAGE)
    return _provider(
        await db.fetch_one(f"{_PROVIDER} WHERE p.organisation_id = $1", actor.organisation_id, clock.today())
    )


async def safeguarding_contact(actor: Actor, provider_id: UUID) -> db.Row:
    """Whom a council calls about safeguarding; never public. Raises Forbidden or NotFound."""
    require_council(actor, Permission.COMMISSION_DECIDE)
    row = await db.fetch_one(
        "SELECT safeguarding_name AS name, safeguarding_email AS email, safeguarding_phone AS phone, contact_name"
        " FROM provider WHERE id = $1",
        provider_id,
    )
    if row is None:
        raise NotFound
    return row
