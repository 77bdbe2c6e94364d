"""The API about people's records, who may act for them, and their care: the same commands and queries as the pages."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post, put
from litestar.params import Parameter

from isf import queries
from isf.care.circle.commands import CircleDraft, add_to_circle
from isf.care.circle.queries import circle_of
from isf.care.communication.queries import CommunicationLine, communication_of
from isf.care.needs.commands import (
    AssessmentDraft,
    NeedDraft,
    OutcomeDraft,
    add_need,
    add_outcome,
    record_assessment,
)
from isf.care.needs.queries import assessments_of, needs_of, outcomes_of
from isf.care.schemas import (
    AssessmentIn,
    AuthorityEndIn,
    AuthorityIn,
    AuthorityOut,
    CircleIn,
    CircleOut,
    DayOut,
    MadeOut,
    NeedIn,
    NeedsOut,
    OutcomeIn,
    RecordIn,
    VersionOut,
    authority_out,
)
from isf.commands import PersonChange, change_person, end_authority, give_authority
from isf.queries import PersonRecord
from isf.routes.reading import MANAGES, SEES
from marketplace.identity.access import Actor, record_view, require_person
from marketplace.identity.commands import Capacity
from marketplace.identity.rules import Scope
from marketplace.kernel.errors import NotFound


@get("/people/{person_id:uuid}", opt=SEES)
async def person(actor: Actor, person_id: UUID) -> PersonRecord:
    """A person's record, with its `version` and what you may do for them."""
    return await queries.person(actor, person_id)


@put("/people/{person_id:uuid}", opt=MANAGES)
async def change(actor: Actor, person_id: UUID, data: RecordIn) -> VersionOut:
    """Change a record that is still at `version`; 409 with what it says now when somebody was quicker."""
    values = msgspec.structs.asdict(data)
    version = values.pop("version")
    return VersionOut(await change_person(actor, person_id, version, PersonChange(**values)))


@get("/people/{person_id:uuid}/communication", opt=SEES)
async def communication(actor: Actor, person_id: UUID) -> list[CommunicationLine]:
    """How to communicate with a person, and the earlier looks at it."""
    found = await communication_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return found


@get("/people/{person_id:uuid}/authorities", opt=SEES)
async def authorities(actor: Actor, person_id: UUID) -> list[AuthorityOut]:
    """Who may act for a person, now, later and before."""
    found = await queries.authorities_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return [authority_out(line) for line in found]


@get("/people/{person_id:uuid}/authorities/on", opt=SEES)
async def authorities_on(
    actor: Actor,
    person_id: UUID,
    day: Annotated[date, Parameter(description="Any day: answered as it was true then")],
) -> DayOut:
    """Who could do what on a day, as it was true then, and what was changed about it afterwards."""
    found = await queries.authorities_on(actor, person_id, day)
    await record_view(actor, "person", person_id)
    return DayOut(day=day, authorities=found)


@post("/people/{person_id:uuid}/authorities", opt=MANAGES, status_code=201)
async def give(actor: Actor, person_id: UUID, data: AuthorityIn) -> MadeOut:
    """Let a user, or everybody in an organisation, act for a person."""
    capacity = None
    if data.capacity_decided_by and data.capacity_decided_on is not None:
        capacity = Capacity(data.capacity_decided_by, data.capacity_decided_on)
    return MadeOut(
        await give_authority(
            actor, person_id, data.kind, data.scopes, user_id=data.user_id, organisation_id=data.organisation_id,
            starts_on=data.starts_on, ends_on=data.ends_on, evidence=data.evidence, capacity=capacity,
        )
    )  # fmt: skip


@post("/people/{person_id:uuid}/authorities/{authority_id:uuid}/end", opt=MANAGES, status_code=200)
async def end(actor: Actor, person_id: UUID, authority_id: UUID, data: AuthorityEndIn) -> list[AuthorityOut]:
    """End an authority of the person; answers all of theirs."""
    if authority_id not in {line.id for line in await queries.authorities_of(actor, person_id)}:
        raise NotFound
    await end_authority(actor, authority_id, data.ends_on, because=data.because)
    return [authority_out(line) for line in await queries.authorities_of(actor, person_id)]


@get("/people/{person_id:uuid}/needs", opt=SEES)
async def needs(actor: Actor, person_id: UUID) -> NeedsOut:
    """What a person needs and wants today, and the assessments behind it."""
    await require_person(actor, person_id, Scope.SEE)
    await record_view(actor, "person", person_id)
    return NeedsOut(
        assessments=await assessments_of(actor, person_id),
        needs=await needs_of(person_id),
        outcomes=await outcomes_of(person_id),
    )


@post("/people/{person_id:uuid}/assessments", opt=MANAGES, status_code=201)
async def assess(actor: Actor, person_id: UUID, data: AssessmentIn) -> MadeOut:
    """Record an assessment that took place."""
    draft = AssessmentDraft(**msgspec.structs.asdict(data))
    return MadeOut(await record_assessment(actor, person_id, draft))


@post("/people/{person_id:uuid}/needs", opt=MANAGES, status_code=201)
async def need(actor: Actor, person_id: UUID, data: NeedIn) -> MadeOut:
    """Record a need that an assessment found."""
    return MadeOut(await add_need(actor, person_id, NeedDraft(**msgspec.structs.asdict(data))))


@post("/people/{person_id:uuid}/outcomes", opt=MANAGES, status_code=201)
async def outcome(actor: Actor, person_id: UUID, data: OutcomeIn) -> MadeOut:
    """Record what the person wants, in their words."""
    return MadeOut(await add_outcome(actor, person_id, OutcomeDraft(**msgspec.structs.asdict(data))))


@get("/people/{person_id:uuid}/circle", opt=SEES)
async def circle(actor: Actor, person_id: UUID) -> CircleOut:
    """Family, friends and carers around a person."""
    found = await circle_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return CircleOut(items=found)


@post("/people/{person_id:uuid}/circle", opt=MANAGES, status_code=201)
async def join(actor: Actor, person_id: UUID, data: CircleIn) -> MadeOut:
    """Note somebody around a person."""
    return MadeOut(await add_to_circle(actor, person_id, CircleDraft(**msgspec.structs.asdict(data))))


router = Router(
    "/api/v1",
    route_handlers=[
        *(person, change, communication, authorities, authorities_on, give, end),
        *(needs, assess, need, outcome, circle, join),
    ],
    include_in_schema=True,
    tags=["people"],
)
