"""Reads of an organisation's own electronic address."""

from datetime import datetime
from uuid import UUID

import msgspec

from invoicing.electronic_addresses.rules import Address, Scheme
from marketplace.identity.access import Actor, organisation_with
from marketplace.identity.rules import Permission
from marketplace.kernel import db


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """An address from a moment on, and who said so; without one: none from then on."""

    version: int
    address: Address | None
    recorded_at: datetime
    recorded_by: str


def own_organisation(actor: Actor) -> UUID:
    """The organisation whose address the actor records. Raises Forbidden, NotFound."""
    return organisation_with(actor, Permission.ELECTRONIC_ADDRESS_RECORD)


async def versions(actor: Actor) -> list[Version]:
    """Every address of the actor's organisation, the newest first: the first one counts. Raises Forbidden, NotFound."""
    return await versions_of(own_organisation(actor))


async def versions_of(organisation_id: UUID) -> list[Version]:
    """The same of any organisation; whether it may be seen was asked before."""
    rows = await db.fetch_all(
        "SELECT a.version, a.scheme, a.value, a.recorded_at, u.name AS recorded_by FROM electronic_address a"
        "  JOIN app_user u ON u.id = a.recorded_by WHERE a.organisation_id = $1 ORDER BY a.version DESC",
        organisation_id,
    )
    return [
        Version(
            version=row["version"],
            address=Address(Scheme(row["scheme"]), row["value"]) if row["scheme"] else None,
            recorded_at=row["recorded_at"],
            recorded_by=row["recorded_by"],
        )
        for row in rows
    ]
