"""The API about dearer prices: the same queries and commands as the pages."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.uplifts import commands, queries
from marketplace.bookings.uplifts.effects import EffectLine, Totals
from marketplace.bookings.uplifts.queries import UpliftView
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money
from providers.offers.queries import own_activity
from providers.rules import Rate
from providers.schemas import RateIn
from providers.uplifts.rules import MOST_WORDS, UpliftState, Verdict

MANAGE = {"permission": Permission.OFFER_MANAGE}
DECIDE = {"permission": Permission.COMMISSION_DECIDE}
Words = Annotated[str, msgspec.Meta(max_length=MOST_WORDS)]


class ProposalIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dearer rate, and why."""

    rate: RateIn
    reason: Words


class ProposalOut(msgspec.Struct, frozen=True):
    """The proposal."""

    id: UUID


class OwnOut(msgspec.Struct, frozen=True):
    """A proposal with what it means in all, in pence."""

    proposal: UpliftView
    effect: Totals


class CouncilOut(msgspec.Struct, frozen=True):
    """A proposal with what it means for each person and fund of the council, in pence."""

    proposal: UpliftView
    effect: list[EffectLine]


class DecisionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the council says; words are needed to refuse."""

    verdict: Verdict
    words: Words = ""


class DecisionOut(msgspec.Struct, frozen=True):
    """Where the proposal stands now."""

    state: UpliftState


@post("/activities/{activity_id:uuid}/uplifts", opt=MANAGE, status_code=201)
async def propose(actor: Actor, activity_id: UUID, data: ProposalIn) -> ProposalOut:
    """Propose a dearer price of your activity; 409 when you may set it yourself, or one waits already."""
    sent = data.rate
    rate = Rate(
        sent.starts_on, Money(sent.price_pence), sent.vat_category, sent.vat_rate_basis_points,
        sent.ratio or (await own_activity(actor, activity_id)).support_ratio, sent.unit,
        None if sent.minimum_pence is None else Money(sent.minimum_pence), sent.split,
    )  # fmt: skip
    return ProposalOut(await commands.propose(actor, activity_id, rate, data.reason))


@get("/provider/uplifts", opt=MANAGE)
async def list_own(actor: Actor) -> list[UpliftView]:
    """The proposals of your provider, open ones first."""
    return await queries.own_uplifts(actor)


@get("/provider/uplifts/{uplift_id:uuid}", opt=MANAGE)
async def get_own(actor: Actor, uplift_id: UUID) -> OwnOut:
    """One of them, with what it means in all."""
    return OwnOut(*await queries.own_uplift(actor, uplift_id))


@post("/provider/uplifts/{uplift_id:uuid}/withdraw", opt=MANAGE, status_code=204)
async def withdraw(actor: Actor, uplift_id: UUID) -> None:
    """Take a proposal back; 409 when it is decided."""
    await commands.withdraw(actor, uplift_id)


@get("/council/uplifts", opt=DECIDE)
async def list_of_council(actor: Actor) -> list[UpliftView]:
    """The proposals about which your council is asked or has decided, open ones first."""
    return await queries.council_uplifts(actor)


@get("/council/uplifts/{uplift_id:uuid}", opt=DECIDE)
async def get_of_council(actor: Actor, uplift_id: UUID) -> CouncilOut:
    """One of them, with what it means for each person of your council and the fund that pays."""
    return CouncilOut(*await queries.council_uplift(actor, uplift_id))


@post("/council/uplifts/{uplift_id:uuid}/decision", opt=DECIDE, status_code=200)
async def decide(actor: Actor, uplift_id: UUID, data: DecisionIn) -> DecisionOut:
    """Approve or refuse for your council, once; the price is set when every council has approved."""
    return DecisionOut(await commands.decide(actor, uplift_id, data.verdict, data.words))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[propose, list_own, get_own, withdraw, list_of_council, get_of_council, decide],
    tags=["price rises"],
)
