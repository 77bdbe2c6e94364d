"""Calendars for the tests that visit every address."""

from collections.abc import Mapping

from marketplace.bookings.feeds.commands import FeedDraft, make_feed
from marketplace.bookings.feeds.rules import FeedKind
from tests.world import World


async def live_with_calendars(world: World) -> Mapping[str, object]:
    """What fills the parameters of these addresses: two calendars, as a renewed one loses its address."""
    phone, tablet = [
        await make_feed(world.broker, FeedDraft(FeedKind.PERSON, name, person_id=world.emma))
        for name in ("my phone", "my tablet")
    ]
    return {"feed_id": phone.id, "feed_token": tablet.token}
