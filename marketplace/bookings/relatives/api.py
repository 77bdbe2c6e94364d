"""The API about what waits because of a relative."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.relatives.api import RelativeIn, RelativeMade
from isf.relatives.commands import RelativeDraft
from marketplace.bookings.relatives import commands, queries
from marketplace.bookings.relatives.queries import BarredBooking
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock


class GiveBackIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the bookings are given back."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class GivenBack(msgspec.Struct, frozen=True):
    """How many were given back."""

    bookings: int


class CustomerIn(RelativeIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A relative of somebody who books with you."""

    person_id: UUID


@get("/relatives/{relative_id:uuid}/bookings", opt={"permission": Permission.PERSON_SEE})
async def waiting(actor: Actor, relative_id: UUID) -> Sequence[BarredBooking]:
    """What is booked and cannot be charged unless the council agrees."""
    return (await queries.relative_with_bookings(actor, relative_id))[1]


@post(
    "/relatives/{relative_id:uuid}/give-back", opt={"permission": Permission.PERSON_MANAGE}, status_code=200
)
async def give_back(actor: Actor, relative_id: UUID, data: GiveBackIn) -> GivenBack:
    """Give back what waits because of a relative, at no cost."""
    return GivenBack(await commands.give_back_barred(actor, relative_id, data.because))


@post("/provider/relatives", opt={"permission": Permission.OFFER_MANAGE})
async def declare(actor: Actor, data: CustomerIn) -> RelativeMade:
    """As a seller: somebody who books with you is a relative."""
    draft = RelativeDraft(
        data.provider_id,
        data.name,
        data.kind,
        data.same_household,
        data.starts_on or clock.today(),
        data.evidence,
    )
    return RelativeMade(await commands.declare_by_seller(actor, data.person_id, draft))


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[waiting, give_back, declare], tags=["bookings"]
)
