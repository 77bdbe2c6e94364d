"""Providers and activities for programs: the same commands and queries as the pages."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import MediaType, Response, Router, get, post
from litestar.openapi import ResponseSpec
from litestar.params import HeaderParameter

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db, idempotency
from marketplace.kernel.ids import ActivityId, ProviderId
from providers import commands, queries
from providers.accreditation import api as accreditation
from providers.commissions import api as commissions
from providers.offers import api as offers_api
from providers.offers.api import price, shown
from providers.people import api as people
from providers.pictures import api as pictures
from providers.schemas import ActivityIn, ActivityOut, ProviderOut, TimetableIn, TimetableOut
from providers.vat import api as vat

PUBLIC = {"permission": Permission.PUBLIC}
MANAGE = {"permission": Permission.OFFER_MANAGE}

IdempotencyKey = Annotated[
    str | None,
    HeaderParameter(name="Idempotency-Key", description="The same key and body get the same answer"),
]


async def _once(
    header: str | None, actor: Actor, operation: str, body: object, run: Callable[[], Awaitable[object]]
) -> Response[bytes]:
    """Answer once for an Idempotency-Key."""
    key = idempotency.key_of(actor.user_id, header, operation, body)
    status, answer = await idempotency.once(key, 201, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@get("/activities/{activity_id:uuid}", opt=PUBLIC, tags=["Directory"])
async def get_activity(activity_id: UUID, visitor: Actor | None) -> ActivityOut:
    """A published activity (or a draft of the token's own provider) with its next 100 dates."""
    return await shown(visitor, ActivityId(activity_id))


@get("/providers/{provider_id:uuid}", opt=PUBLIC, tags=["Directory"])
async def get_provider(provider_id: UUID) -> ProviderOut:
    """A provider, with the councils that own it and that have approved it, by date."""
    found = await queries.provider(ProviderId(provider_id))
    return ProviderOut.of(found, await queries.ownerships_of(found.id), await queries.approvals_of(found.id))


@post(
    "/activities",
    opt=MANAGE,
    status_code=201,
    tags=["Offers"],
    responses={201: ResponseSpec(ActivityOut, description="The activity")},
)
async def post_activity(
    actor: Actor, data: ActivityIn, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """A new activity of the token's own provider; with `state` published it is shown at once."""

    async def run() -> ActivityOut:
        async with db.unit_of_work():
            activity_id = await commands.create_activity(actor, data.draft())
            if data.rate is not None:
                await price(actor, activity_id, data.rate)
            if data.state == "published":
                await commands.publish_activity(actor, activity_id)
            return await shown(actor, activity_id)

    return await _once(idempotency_key, actor, "POST /activities", data, run)


@post(
    "/activities/{activity_id:uuid}/timetables",
    opt=MANAGE,
    status_code=201,
    tags=["Offers"],
    responses={201: ResponseSpec(TimetableOut, description="The timetable")},
)
async def post_timetable(
    actor: Actor, activity_id: UUID, data: TimetableIn, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """A timetable on London wall time; its dates are made 26 weeks ahead, at once and then by a job."""
    draft = data.draft()

    async def run() -> TimetableOut:
        timetable_id, made = await commands.create_timetable(actor, activity_id, draft)
        return TimetableOut(timetable_id, activity_id, draft.rule, made)

    return await _once(idempotency_key, actor, f"POST /activities/{activity_id}/timetables", data, run)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        get_activity,
        get_provider,
        post_activity,
        post_timetable,
        *offers_api.HANDLERS,
        *pictures.HANDLERS,
        *commissions.HANDLERS,
        *accreditation.HANDLERS,
        *people.HANDLERS,
        *vat.HANDLERS,
    ],
)
