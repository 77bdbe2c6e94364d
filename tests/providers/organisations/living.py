"""Somebody invited to Pettypool, whose link can be used."""

import re

from marketplace.identity.rules import Role
from marketplace.kernel import db
from providers.people.commands import invite_to_provider, people_of_provider
from tests.world import World


async def link_to(email: str) -> str:
    """The token in the latest letter to somebody."""
    body = await db.fetch_value(
        "SELECT body FROM outbox_message WHERE recipient = $1 AND body LIKE '%/join/%'"
        " ORDER BY created_at DESC LIMIT 1",
        email,
    )
    found = re.search(r"/join/(\S+)", body)
    assert found is not None
    return found[1]


async def live_with_people(world: World) -> dict[str, object]:
    """What fills the addresses of people at a provider."""
    invitation = await invite_to_provider(world.manager, "nina@example.com", "Nina New", Role.PROVIDER_STAFF)
    people, _ = await people_of_provider(world.manager)
    staff = next(row["id"] for row in people if row["role"] == Role.PROVIDER_STAFF)
    return {"invitation_id": invitation, "grant_id": staff, "link": await link_to("nina@example.com")}
