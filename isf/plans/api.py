"""The API about support plans: the same commands as the pages. A lost race answers 409 with the newer edit number."""

from uuid import UUID

from litestar import Router, delete, get, post, put

from isf.plans import commands, queries
from isf.plans.queries import WaitingPlan
from isf.plans.rules import Chapter
from isf.plans.schemas import (
    Because,
    Begin,
    HelperIn,
    ItemIn,
    ItemMade,
    KeyIn,
    PlanOut,
    VersionMade,
    WordsIn,
    plan_out,
)
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import NotFound

SEES = {"permission": Permission.PERSON_SEE}
WRITES = {"permission": Permission.PLAN_WRITE}
TURNS = {"permission": Permission.KEY_TURN}


@get("/people/{person_id:uuid}/plan", opt=SEES)
async def plan_of(actor: Actor, person_id: UUID) -> PlanOut:
    """The version that holds today, else the one that is being written; 404 without either."""
    await require_person(actor, person_id, Scope.SEE)
    version_id = await queries.plan_in_force(person_id, clock.today()) or await queries.open_version(
        person_id
    )
    if version_id is None:
        raise NotFound("There is no plan yet.")
    return plan_out(await queries.plan_copy(actor, version_id))


@post("/people/{person_id:uuid}/plan", opt=WRITES)
async def begin_plan(actor: Actor, person_id: UUID, data: Begin) -> VersionMade:
    """Begin a version: an empty one, or a copy of the agreed one; 409 while another is open."""
    await require_person(actor, person_id, Scope.PLAN)
    agreed = await queries.plan_in_force(person_id, clock.today())
    begin = commands.start_plan if agreed is None else commands.start_next_version
    return await _stands(actor, await begin(actor, person_id, budget_id=data.budget_id))


@get("/plans/waiting", opt=SEES)
async def waiting(actor: Actor) -> list[WaitingPlan]:
    """The plans that wait for keys; `mine` are the keys that you can turn."""
    return await queries.plans_waiting(actor)


@get("/plans/{version_id:uuid}", opt=SEES)
async def plan(actor: Actor, version_id: UUID) -> PlanOut:
    """One version with everything in it."""
    return plan_out(await queries.plan_copy(actor, version_id))


@put("/plans/{version_id:uuid}/words/{chapter:str}", opt=WRITES)
async def write_words(actor: Actor, version_id: UUID, chapter: str, data: WordsIn) -> PlanOut:
    """Write one of the five texts; 409 when somebody wrote it since `seen`."""
    try:
        kind = Chapter(chapter)
    except ValueError:
        raise NotFound from None
    await commands.write_words(actor, version_id, {kind: data.words}, seen={kind: data.seen})
    return plan_out(await queries.plan_copy(actor, version_id))


@post("/plans/{version_id:uuid}/items", opt=WRITES)
async def add_item(actor: Actor, version_id: UUID, data: ItemIn) -> ItemMade:
    """Add something to do."""
    return ItemMade(await commands.add_item(actor, version_id, data.draft))


@put("/plan-items/{item_id:uuid}", opt=WRITES)
async def change_item(actor: Actor, item_id: UUID, data: ItemIn) -> ItemMade:
    """Change an item; 409 when somebody changed it since `seen`."""
    await commands.change_item(actor, item_id, data.draft, seen=data.seen or 0)
    return ItemMade(item_id)


@delete("/plan-items/{item_id:uuid}", opt=WRITES)
async def remove_item(actor: Actor, item_id: UUID, seen: int) -> None:
    """Take an item out; 409 when somebody changed it since `seen`."""
    await commands.remove_item(actor, item_id, seen=seen)


@post("/plans/{version_id:uuid}/helpers", opt=WRITES)
async def name_helper(actor: Actor, version_id: UUID, data: HelperIn) -> ItemMade:
    """Record who helped."""
    helper_id = await commands.name_helper(
        actor, version_id, data.kind, data.name, data.how, user_id=data.user_id
    )
    return ItemMade(helper_id)


@post("/plans/{version_id:uuid}/submit", opt=WRITES)
async def submit_plan(actor: Actor, version_id: UUID) -> VersionMade:
    """Send a draft for its keys; 422 with what is missing."""
    return VersionMade(version_id, await commands.submit_plan(actor, version_id))


@post("/plans/{version_id:uuid}/take-back", opt=WRITES)
async def take_back(actor: Actor, version_id: UUID) -> VersionMade:
    """Make a draft again of a plan that waits."""
    await commands.take_back_submission(actor, version_id)
    return await _stands(actor, version_id)


@post("/plans/{version_id:uuid}/keys", opt=TURNS)
async def turn_key(actor: Actor, version_id: UUID, data: KeyIn) -> VersionMade:
    """Turn a key; the fourth agrees the plan and frees the money. 403 for an author, 409 when it is turned."""
    state = await commands.turn_key(actor, version_id, data.kind, data.because, seen=data.seen)
    return VersionMade(version_id, state)


@post("/plans/{version_id:uuid}/send-back", opt=TURNS)
async def send_back(actor: Actor, version_id: UUID, data: Because) -> VersionMade:
    """Send a plan back to its writers with what has to be changed first."""
    await commands.send_back(actor, version_id, data.because)
    return await _stands(actor, version_id)


async def _stands(actor: Actor, version_id: UUID) -> VersionMade:
    return VersionMade(version_id, (await queries.plan_copy(actor, version_id)).state)


router = Router(
    "/api/v1",
    include_in_schema=True,
    tags=["plans"],
    route_handlers=[
        *(plan_of, begin_plan, waiting, plan, write_words, add_item, change_item, remove_item, name_helper),
        *(submit_plan, take_back, turn_key, send_back),
    ],
)
