"""The API about messages: the same commands and queries as the pages."""

from typing import Annotated
from uuid import UUID

from litestar import Router, get, put
from litestar.params import Parameter

from isf.notices import preferences, queries
from isf.notices.preferences import Preference
from isf.notices.queries import SentPage
from isf.routes.reading import SEES
from marketplace.identity.access import Actor


@get("/people/{person_id:uuid}/messages", opt=SEES)
async def messages(
    actor: Actor, person_id: UUID, page: Annotated[int, Parameter(ge=1, le=100_000)] = 1
) -> SentPage:
    """What was told about a person, the newest first. They and their council see all of it, others what they got."""
    return await queries.told_about(actor, person_id, page)


@get("/people/{person_id:uuid}/messages/how", opt=SEES)
async def how(actor: Actor, person_id: UUID) -> Preference:
    """How a person likes to be told."""
    return await preferences.preference_of_person(actor, person_id)


@put("/people/{person_id:uuid}/messages/how", opt=SEES, status_code=204)
async def set_how(actor: Actor, person_id: UUID, data: Preference) -> None:
    """Say how a person likes to be told. A letter needs an address."""
    await preferences.prefer_for_person(actor, person_id, data)


router = Router("/api/v1", include_in_schema=True, route_handlers=[messages, how, set_how], tags=["messages"])
