"""The electronic address for programs: the same queries and commands as the page."""

from datetime import datetime

import msgspec
from litestar import Router, delete, get, put

from invoicing.electronic_addresses import commands, queries
from invoicing.electronic_addresses.rules import address_typed
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

RECORDS = {"permission": Permission.ELECTRONIC_ADDRESS_RECORD}


class AddressIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`scheme` is a code of the list EAS: 0088 GLN, 9932 VAT number, 0060 D-U-N-S number, 0199 LEI."""

    scheme: str
    value: str


class AddressOut(msgspec.Struct, frozen=True, kw_only=True):
    """Where e-invoices reach your organisation from a moment on; `scheme` and `value` are null for nowhere."""

    scheme: str | None
    value: str | None
    recorded_at: datetime
    recorded_by: str


@get("/electronic-address", opt=RECORDS)
async def list_addresses(actor: Actor) -> list[AddressOut]:
    """Every address of your organisation, the newest first: the first one counts."""
    return [
        AddressOut(
            scheme=str(each.address.scheme) if each.address else None,
            value=each.address.value if each.address else None,
            recorded_at=each.recorded_at,
            recorded_by=each.recorded_by,
        )
        for each in await queries.versions(actor)
    ]


@put("/electronic-address", opt=RECORDS, status_code=204)
async def record(actor: Actor, data: AddressIn) -> None:
    """Say where e-invoices reach you; documents issued from now on carry it."""
    await commands.record_address(actor, address_typed(data.scheme, data.value))


@delete("/electronic-address", opt=RECORDS, status_code=204)
async def remove(actor: Actor) -> None:
    """Say that e-invoices do not reach you any more."""
    await commands.record_address(actor, None)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[list_addresses, record, remove],
    tags=["electronic address"],
)
