"""Emma has asked for letters and one waits for the post, for the tests that visit every address."""

from collections.abc import Mapping

from isf.notices import Notice, tell_person
from isf.notices.preferences import Preference, prefer_for_person
from isf.notices.rules import Way
from marketplace.kernel import db
from tests.world import World


async def live_with_notices(world: World) -> Mapping[str, object]:
    """What fills the parameter of these pages' addresses: a letter to post."""
    chosen = Preference(way=Way.LETTER, address="1 High Street\nSandiway\nCW8 2EA")
    await prefer_for_person(world.emma_user, world.emma, chosen)
    await tell_person(
        world.emma,
        Notice("A place is booked", "A place is booked for you. It is in your week.", f"/people/{world.emma}/week"),
    )  # fmt: skip
    return {"letter_id": await db.fetch_value("SELECT id FROM sent_notice WHERE way = 'letter' LIMIT 1")}
