"""The API about close relatives: the same commands as the pages."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.relatives import commands, queries
from isf.relatives.commands import DecisionDraft, RelativeDraft
from isf.relatives.queries import RelativeLine
from isf.relatives.rules import Kind
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel import clock

_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class RelativeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A relative who sells, or runs a seller; `starts_on` is today when it is left out."""

    provider_id: UUID
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    kind: Kind
    same_household: bool
    starts_on: date | None = None
    evidence: str = ""
    circle_member_id: UUID | None = None


class RelativeMade(msgspec.Struct, frozen=True):
    """What was declared."""

    id: UUID


class DecisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the council decides; `ends_on` is the first day without it, or null."""

    agreed: bool
    starts_on: date
    because: _Words
    ends_on: date | None = None


class EndIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first day on which it is not so any more, and what changed."""

    ended_on: date
    because: _Words


@get("/people/{person_id:uuid}/relatives", opt={"permission": Permission.PERSON_SEE})
async def relatives(actor: Actor, person_id: UUID) -> Sequence[RelativeLine]:
    """Which sellers are close relatives of a person, with what the council decided."""
    found = await queries.relatives_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return found


@post("/people/{person_id:uuid}/relatives", opt={"permission": Permission.BOOK})
async def declare(actor: Actor, person_id: UUID, data: RelativeIn) -> RelativeMade:
    """Declare a close relative who sells support; 409 when they are declared already."""
    draft = RelativeDraft(
        data.provider_id,
        data.name,
        data.kind,
        data.same_household,
        data.starts_on or clock.today(),
        data.evidence,
        data.circle_member_id,
    )
    return RelativeMade(await commands.declare_relative(actor, person_id, draft))


@post(
    "/relatives/{relative_id:uuid}/decisions", opt={"permission": Permission.PERSON_MANAGE}, status_code=204
)
async def decide(actor: Actor, relative_id: UUID, data: DecisionIn) -> None:
    """Agree, or not, that a direct payment pays them on these days; the latest decision counts."""
    draft = DecisionDraft(data.agreed, data.starts_on, data.ends_on, data.because)
    await commands.decide_relative(actor, relative_id, draft)


@post("/relatives/{relative_id:uuid}/end", opt={"permission": Permission.PERSON_MANAGE}, status_code=204)
async def end(actor: Actor, relative_id: UUID, data: EndIn) -> None:
    """It is not so any more: they moved out, or sell no more."""
    await commands.end_relative(actor, relative_id, data.ended_on, data.because)


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[relatives, declare, decide, end], tags=["people"]
)
