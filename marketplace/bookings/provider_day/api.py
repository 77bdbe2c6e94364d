"""The API about a provider's day: the same queries and commands as the pages."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import Parameter

from marketplace.bookings.news.commands import mark_seen
from marketplace.bookings.news.rules import NewsKind
from marketplace.bookings.provider_day import queries
from marketplace.bookings.provider_day.queries import Inbox, WaitingLine
from marketplace.bookings.provider_day.routes import RECORDS
from marketplace.bookings.register.queries import SessionLine
from marketplace.identity.access import Actor
from marketplace.kernel import clock
from marketplace.kernel.clock import week_of


class SeenIn(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes were seen; without a list, all that happened so far."""

    ids: list[UUID] | None = None


class SeenOut(msgspec.Struct, frozen=True, kw_only=True):
    """How many of them were new."""

    seen: int


@get("/provider/to-do", opt=RECORDS)
async def to_do(actor: Actor) -> Mapping[str, int]:
    """What waits at your provider, counted by kind."""
    return await queries.counts(actor)


@get("/provider/inbox", opt=RECORDS)
async def inbox(
    actor: Actor,
    kind: NewsKind | None = None,
    everything: Annotated[bool, Parameter(description="Also what was seen")] = False,  # noqa: FBT002 - a query parameter
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
) -> Inbox:
    """What was booked, moved and cancelled, the newest first."""
    return await queries.inbox(actor, kind, page, only_new=not everything)


@post("/provider/inbox/seen", opt=RECORDS, status_code=200)
async def seen(actor: Actor, data: SeenIn) -> SeenOut:
    """Mark changes as seen."""
    return SeenOut(seen=await mark_seen(actor, data.ids))


@get("/provider/waiting", opt=RECORDS)
async def waiting(actor: Actor) -> list[WaitingLine]:
    """The sessions to come for which people wait, and how many have an offer now."""
    return await queries.waiting(actor)


@get("/provider/week", opt=RECORDS)
async def week(actor: Actor, day: date | None = None) -> list[SessionLine]:
    """The sessions of the week of a day (today's without one), earliest first."""
    return await queries.week(actor, week_of(day or clock.today()))


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[to_do, inbox, seen, waiting, week], tags=["provider"]
)
