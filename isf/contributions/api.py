"""The API about contributions: the same queries and commands as the pages."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import Parameter

from isf.contributions import queries, words
from isf.contributions.commands import (
    PaymentDraft,
    TopUpDraft,
    assess_person,
    give_back,
    record_payment,
    record_top_up,
)
from isf.contributions.queries import Age, Bills, Shown
from isf.contributions.routes.record import context_of
from isf.contributions.schemas import (
    AssessmentIn,
    BillsOut,
    ContributionOut,
    Made,
    PaymentIn,
    TopUpIn,
    TopUpsOut,
)
from isf.rules import Collection
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.CONTRIBUTION_MANAGE}
KeyHeader = Annotated[str | None, Parameter(header="Idempotency-Key", max_length=200)]


@get("/people/{person_id:uuid}/contribution", opt=SEES)
async def contribution(actor: Actor, person_id: UUID) -> ContributionOut:
    """What a person pays a week today, and every step to it."""
    told = await context_of(actor, person_id)
    week, assessed, how = told["week"], told["assessed"], told["collecting"]
    return ContributionOut(
        weekly_pence=week.due.pence,
        support_weekly_pence=week.cost.pence,
        free_weekly_pence=week.free.pence,
        assessed_weekly_pence=None if week.asked is None else week.asked.pence,
        why=week.why,
        explanation=[plain for plain, _ in words.week_sentences(week, told["person"].called)],
        collection=how.collection if how else None,
        owed_pence=told["owed_pence"],
        assessment=told["current"],
        lines=assessed.lines if assessed else [],
        never_charged=told["exempt"],
    )


@get("/people/{person_id:uuid}/contribution/bills", opt=SEES)
async def bills(actor: Actor, person_id: UUID) -> BillsOut:
    """A person's bills and payments, the newest first."""
    found = await queries.bills_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return BillsOut(bills=found, payments=await queries.payments_of(actor, person_id))


@post("/people/{person_id:uuid}/contribution/assessments", opt=MANAGES)
async def assess_one(
    actor: Actor, person_id: UUID, data: AssessmentIn, idempotency_key: KeyHeader = None
) -> Made:
    """Keep a financial assessment from a day on, with your council's figures of that day."""
    return await _once(
        actor, idempotency_key, f"assess:{person_id}", data,
        lambda: assess_person(actor, person_id, data.figures, data.starts_on, key=new_id(), because=data.because),
    )  # fmt: skip


@post("/people/{person_id:uuid}/contribution/payments", opt=SEES)
async def pay_one(actor: Actor, person_id: UUID, data: PaymentIn, idempotency_key: KeyHeader = None) -> Made:
    """Note that a contribution was paid."""
    draft = PaymentDraft(Money(data.amount_pence), data.received_on, new_id(), data.note)
    return await _once(
        actor,
        idempotency_key,
        f"contribution:{person_id}",
        data,
        lambda: record_payment(actor, person_id, draft),
    )


@get("/people/{person_id:uuid}/top-ups", opt=SEES)
async def top_ups(actor: Actor, person_id: UUID) -> TopUpsOut:
    """A person's own money on top of their funds."""
    funds = await queries.own_money_of(actor, person_id)
    await record_view(actor, "person", person_id)
    return TopUpsOut(funds=funds, movements=await queries.top_ups_of(actor, person_id))


@post("/people/{person_id:uuid}/top-ups", opt=SEES)
async def top_up_one(actor: Actor, person_id: UUID, data: TopUpIn, idempotency_key: KeyHeader = None) -> Made:
    """Note own money in, or back to the person when the amount is below zero."""
    draft = TopUpDraft(Money(abs(data.amount_pence)), data.on, new_id(), data.note)
    move = give_back if data.amount_pence < 0 else record_top_up
    return await _once(
        actor,
        idempotency_key,
        f"top_up:{person_id}",
        data,
        lambda: move(actor, person_id, data.fund_id, draft),
    )


@get("/council/charges", opt=MANAGES)
async def charges(
    actor: Actor,
    shown: Shown = Shown.UNPAID,
    age: Age | None = None,
    collection: Collection | None = None,
    search: Annotated[str, Parameter(max_length=100)] = "",
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
    page_size: Annotated[int, Parameter(ge=1, le=100)] = queries.PAGE_SIZE,
) -> Bills:
    """What your council's people were asked for, the oldest debt first, with sums and ages."""
    return await queries.bills_of_council(
        actor, shown, age=age, collection=collection, search=search, page=page, page_size=page_size
    )


async def _once(
    actor: Actor,
    header: str | None,
    operation: str,
    data: msgspec.Struct,
    work: Callable[[], Awaitable[UUID]],
) -> Made:
    """The same Idempotency-Key and the same request: the first answer again."""

    async def run() -> Made:
        return Made(await work())

    return msgspec.json.decode(
        (await once(key_of(actor.user_id, header, operation, data), 201, run))[1], type=Made
    )


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[contribution, bills, assess_one, pay_one, top_ups, top_up_one, charges],
    tags=["contributions"],
)
