"""The API about agreements, the holder's own supply, and the end of funds: the same commands as the pages."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter

from isf.agreements import commands, queries
from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.finishing import finish_exit
from isf.agreements.exits.queries import ending_fund
from isf.agreements.queries import FundAgreements
from isf.agreements.routes.supply import watch_percent
from isf.agreements.rules import Acknowledged
from isf.agreements.schemas import (
    AgreementOut,
    ExitIn,
    ExitOut,
    SignedOut,
    SignIn,
    agreement_out,
    exit_out,
)
from isf.agreements.supply.queries import SupplyReport, self_supply_report
from isf.rules import first_day_after
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.idempotency import key_of, once

SEES = {"permission": Permission.PERSON_SEE}
SIGNS = {"permission": Permission.AGREEMENT_SIGN}
MANAGES = {"permission": Permission.AGREEMENT_MANAGE}
DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}
WATCHES = {"permission": Permission.COUNCIL_WATCH}
IdempotencyKey = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]


@get("/people/{person_id:uuid}/agreements", opt=SEES)
async def list_agreements(actor: Actor, person_id: UUID) -> list[FundAgreements]:
    """What is agreed about each of a person's funds, the newest version first."""
    return await queries.agreements_of(actor, person_id)


@get("/agreements/{agreement_id:uuid}", opt=SEES)
async def get_agreement(actor: Actor, agreement_id: UUID) -> AgreementOut:
    """One agreement with its words and signatures."""
    return agreement_out(await queries.agreement(actor, agreement_id))


@post("/agreements/{agreement_id:uuid}/sign", opt=SIGNS, status_code=200)
async def sign_agreement(actor: Actor, agreement_id: UUID, data: SignIn) -> SignedOut:
    """Sign the words whose SHA-256 you name; signing twice signs once."""
    acknowledged = Acknowledged.YES if data.acknowledged else Acknowledged.NO
    return SignedOut(
        signature_id=await commands.sign_agreement(actor, agreement_id, data.shown, acknowledged=acknowledged)
    )


@get("/funds/{fund_id:uuid}/exit", opt=SEES)
async def get_exit(actor: Actor, fund_id: UUID) -> ExitOut:
    """How the end of a fund stands, and what is in the way of it."""
    return exit_out(await ending_fund(actor, fund_id))


@post(
    "/funds/{fund_id:uuid}/exit",
    opt=MANAGES,
    responses={201: ResponseSpec(ExitOut, description="The end is announced")},
)
async def post_exit(
    actor: Actor, fund_id: UUID, data: ExitIn, idempotency_key: IdempotencyKey = None
) -> Response[bytes]:
    """Announce the end of a fund."""
    key = key_of(actor.user_id, idempotency_key, f"fund.exit:{fund_id}", data)

    async def run() -> ExitOut:
        await exit_fund(actor, fund_id, data.draft())
        return exit_out(await ending_fund(actor, fund_id))

    status, answer = await once(key, 201, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@post(
    "/funds/{fund_id:uuid}/exit/finish",
    opt=DECIDES,
    responses={200: ResponseSpec(ExitOut, description="The money is sent on")},
    status_code=200,
)
async def post_finish(actor: Actor, fund_id: UUID, idempotency_key: IdempotencyKey = None) -> Response[bytes]:
    """Send what is left on and close the fund; again gives the same answer."""
    key = key_of(actor.user_id, idempotency_key, f"fund.exit.finish:{fund_id}", None)

    async def run() -> ExitOut:
        fund = await ending_fund(actor, fund_id)
        if fund.exit is None:
            raise NotFound
        await finish_exit(actor, fund.exit.id)
        return exit_out(await ending_fund(actor, fund_id))

    status, answer = await once(key, 200, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@get("/council/self-supply", opt=WATCHES)
async def get_self_supply(
    actor: Actor,
    since: Annotated[date | None, Parameter(description="First day; 90 days ago by default")] = None,
    until: Annotated[date | None, Parameter(description="Last day; today by default")] = None,
    holder_id: UUID | None = None,
    page: Annotated[int, Parameter(ge=1, le=100_000)] = 1,
) -> SupplyReport:
    """How much holders sell themselves, by holder and by person (by reference), in pence."""
    last = until or clock.today()
    first = since or last - timedelta(days=90)
    if last < first:
        raise Invalid({"until": "The last day must be on or after the first day"})
    return await self_supply_report(
        actor, first, first_day_after(last), await watch_percent(actor), holder_id, page
    )


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_agreements,
        get_agreement,
        sign_agreement,
        get_exit,
        post_exit,
        post_finish,
        get_self_supply,
    ],
    tags=["agreements"],
)
