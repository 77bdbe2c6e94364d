"""The API about calendars: the same commands as the page."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.feeds import commands, queries
from marketplace.bookings.feeds.commands import FeedDraft
from marketplace.bookings.feeds.queries import FeedLine
from marketplace.bookings.feeds.routes import address_of
from marketplace.bookings.feeds.rules import FeedKind
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

SIGNED_IN = {"permission": Permission.SIGNED_IN}


class FeedIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A calendar to be made; a `venue` needs its provider too."""

    kind: FeedKind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    person_id: UUID | None = None
    provider_id: UUID | None = None
    venue_id: UUID | None = None


class FeedMade(msgspec.Struct, frozen=True):
    """The calendar with its secret address, shown this one time."""

    id: UUID
    address: str


@get("/calendars", opt=SIGNED_IN)
async def calendars(actor: Actor) -> Sequence[FeedLine]:
    """Your calendars; their addresses are not kept."""
    return await queries.feeds_of(actor)


@post("/calendars", opt=SIGNED_IN)
async def make(actor: Actor, data: FeedIn) -> FeedMade:
    """A calendar that can be subscribed to; its address needs no sign-in and ends with your authority."""
    made = await commands.make_feed(actor, FeedDraft(**msgspec.structs.asdict(data)))
    return FeedMade(made.id, address_of(made.token))


@post("/calendars/{feed_id:uuid}/renew", opt=SIGNED_IN, status_code=200)
async def renew(actor: Actor, feed_id: UUID) -> FeedMade:
    """A new address; the old one ends at once."""
    made = await commands.renew_feed(actor, feed_id)
    return FeedMade(made.id, address_of(made.token))


@post("/calendars/{feed_id:uuid}/stop", opt=SIGNED_IN, status_code=204)
async def stop(actor: Actor, feed_id: UUID) -> None:
    """Nobody reads it any more."""
    await commands.stop_feed(actor, feed_id)


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[calendars, make, renew, stop], tags=["bookings"]
)
