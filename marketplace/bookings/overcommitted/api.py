"""The API about over-commitments: the same queries and commands as the pages."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.budgets.honouring import honour
from isf.ledger.overcommitted import OverState
from marketplace.bookings.overcommitted import commands, queries
from marketplace.bookings.overcommitted.queries import OverCommitment
from marketplace.bookings.overcommitted.rules import Step, suggested_order
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.money import Money

WATCH = {"permission": Permission.COUNCIL_WATCH}
MANAGE = {"permission": Permission.PERSON_MANAGE}


class StepOut(msgspec.Struct, frozen=True):
    """A booking in the suggested order, in pence."""

    booking_id: UUID
    reference: str
    price_pence: int
    charge_pence: int
    frees_pence: int
    missing_after_pence: int
    suggested: bool


class ChosenIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The bookings to give up, at most 200."""

    booking_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=200)]


class AnswerOut(msgspec.Struct, frozen=True):
    """What came of one booking: what it cost in pence, or why it stays."""

    booking_id: UUID
    charge_pence: int | None
    refusal: str


class HonourIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the council pays what is missing."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class HonouredOut(msgspec.Struct, frozen=True):
    """What the council pays more, in pence."""

    honoured_pence: int


def _step(step: Step) -> StepOut:
    return StepOut(
        step.booking.id, step.booking.reference, step.booking.price.pence, step.charge.pence, step.frees.pence,
        step.missing_after.pence, step.suggested,
    )  # fmt: skip


@get("/over-commitments", opt=WATCH)
async def over_commitments(actor: Actor, over_state: OverState = OverState.OPEN) -> list[OverCommitment]:
    """Those of your council, what is missing most first."""
    return await queries.over_commitments(actor, over_state)


@get("/over-commitments/{over_id:uuid}/bookings", opt=WATCH)
async def bookings_to_give_up(actor: Actor, over_id: UUID) -> list[StepOut]:
    """The bookings that could be given up, in the order in which that costs the least."""
    over = await queries.over_commitment(actor, over_id)
    steps = suggested_order(
        await queries.candidates(over), Money(over.still_to_take_pence), clock.now(), all_from=over.ended_on
    )
    return [_step(step) for step in steps]


@post("/over-commitments/{over_id:uuid}/cancel", opt=MANAGE, status_code=200)
async def cancel_bookings(actor: Actor, over_id: UUID, data: ChosenIn) -> list[AnswerOut]:
    """Give up the chosen bookings; each one answers for itself. Sent again, it gives up nothing twice."""
    answers = await commands.cancel_chosen(actor, over_id, dict.fromkeys(data.booking_ids))
    return [
        AnswerOut(one.booking_id, None if one.charge is None else one.charge.pence, one.refusal)
        for one in answers
    ]


@post("/over-commitments/{over_id:uuid}/honour", opt=MANAGE, status_code=200)
async def honour_over_commitment(actor: Actor, over_id: UUID, data: HonourIn) -> HonouredOut:
    """Let the council pay what is still missing: the budget grows by it."""
    return HonouredOut((await honour(actor, over_id, data.because)).pence)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[over_commitments, bookings_to_give_up, cancel_bookings, honour_over_commitment],
    tags=["budgets"],
)
