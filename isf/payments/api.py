"""The API about money on its way: the same queries and commands as the pages."""

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter

from isf.payments.client_accounts import commands as client_accounts
from isf.payments.client_accounts import queries as accounts
from isf.payments.client_accounts.queries import Check, Holder
from isf.payments.paying_in import commands, queries
from isf.payments.paying_in.posting import post_approved
from isf.payments.paying_in.proposing import propose_now
from isf.payments.paying_in.queries import PaymentHead
from isf.payments.paying_in.rules import LineState, PaymentState
from isf.payments.schemas import (
    Because,
    DeclarationIn,
    Declared,
    FundSurplusOut,
    Moved,
    PaymentOut,
    SurplusOut,
    fund_surplus_out,
    surplus_out,
)
from isf.payments.surplus import queries as surpluses
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.idempotency import Key, key_of, once
from marketplace.kernel.money import Money

DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}
DECLARES = {"permission": Permission.CLIENT_ACCOUNT_DECLARE}
WATCHES = {"permission": Permission.COUNCIL_WATCH}
SEES = {"permission": Permission.PERSON_SEE}

Header = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
Page = Annotated[int, Parameter(ge=1, le=100_000)]


async def _answer(key: Key | None, status: int, run: Callable[[], Awaitable[object]]) -> Response[bytes]:
    status, answer = await once(key, status, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


def _key(actor: Actor, header: str | None, operation: str, body: object = None) -> Key | None:
    return key_of(actor.user_id, header, operation, body)


@get("/payments-in", opt=DECIDES)
async def list_payments(actor: Actor, page: Page = 1) -> list[PaymentHead]:
    """The proposals of your council: those that wait for somebody first, then the newest."""
    return await queries.payments(actor, page)


@post("/payments-in", opt=DECIDES, responses={201: ResponseSpec(Moved, description="It is proposed")})
async def propose(actor: Actor, idempotency_key: Header = None) -> Response[bytes]:
    """Propose what is due today, once for each council and day."""

    async def run() -> Moved:
        return Moved(id=await propose_now(actor), state=PaymentState.PROPOSED)

    return await _answer(_key(actor, idempotency_key, "payment_in.propose"), 201, run)


@get("/payments-in/{payment_id:uuid}", opt=DECIDES)
async def get_payment(
    actor: Actor, payment_id: UUID, show: LineState | None = None, page: Page = 1
) -> PaymentOut:
    """One proposal; its lines with the biggest difference from last time first."""
    found, total = await queries.lines(actor, payment_id, show, page)
    return PaymentOut(
        payment=await queries.payment(actor, payment_id),
        totals=await queries.totals(actor, payment_id),
        lines=found,
        lines_in_all=total,
        page=page,
    )


@post(
    "/payments-in/{payment_id:uuid}/check",
    opt=DECIDES,
    status_code=200,
    responses={200: ResponseSpec(Moved, description="You looked at it")},
)
async def check(actor: Actor, payment_id: UUID, idempotency_key: Header = None) -> Response[bytes]:
    """Say that you looked at every line. Another officer approves it."""

    async def run() -> Moved:
        await commands.check_payment(actor, payment_id)
        return Moved(id=payment_id, state=PaymentState.CHECKED)

    return await _answer(_key(actor, idempotency_key, f"payment_in.check:{payment_id}"), 200, run)


@post(
    "/payments-in/{payment_id:uuid}/approve",
    opt=DECIDES,
    status_code=200,
    responses={200: ResponseSpec(Moved, description="It is approved and being entered in the books")},
)
async def approve(actor: Actor, payment_id: UUID, idempotency_key: Header = None) -> Response[bytes]:
    """Approve what another officer looked at, and enter it in the books."""

    async def run() -> Moved:
        await commands.approve_payment(actor, payment_id)
        return Moved(id=payment_id, state=PaymentState.APPROVED)

    answer = await _answer(_key(actor, idempotency_key, f"payment_in.approve:{payment_id}"), 200, run)
    # With a key the approval is one transaction; the books are entered after it, batch by batch.
    await post_approved(payment_id)
    return answer


@post(
    "/payments-in/{payment_id:uuid}/refuse",
    opt=DECIDES,
    status_code=200,
    responses={200: ResponseSpec(Moved, description="It is refused")},
)
async def refuse(
    actor: Actor, payment_id: UUID, data: Because, idempotency_key: Header = None
) -> Response[bytes]:
    """Refuse a payment that is not approved."""

    async def run() -> Moved:
        await commands.refuse_payment(actor, payment_id, data.because)
        return Moved(id=payment_id, state=PaymentState.REFUSED)

    return await _answer(_key(actor, idempotency_key, f"payment_in.refuse:{payment_id}", data), 200, run)


@post("/payments-in/{payment_id:uuid}/lines/{line_id:uuid}/hold", opt=DECIDES, status_code=204)
async def hold(actor: Actor, payment_id: UUID, line_id: UUID, data: Because) -> None:
    """Keep one fund's money back."""
    await commands.hold_line(actor, payment_id, line_id, data.because)


@post("/payments-in/{payment_id:uuid}/lines/{line_id:uuid}/let-go", opt=DECIDES, status_code=204)
async def let_go(actor: Actor, payment_id: UUID, line_id: UUID) -> None:
    """Stop keeping it back."""
    await commands.let_go(actor, payment_id, line_id)


@get("/client-account", opt=DECLARES)
async def client_account(actor: Actor) -> list[Check]:
    """What your organisation declared, the newest first, against the books."""
    return await accounts.history(actor)


@post(
    "/client-account",
    opt=DECLARES,
    responses={201: ResponseSpec(Declared, description="It is declared and compared with the books")},
)
async def declare(actor: Actor, data: DeclarationIn, idempotency_key: Header = None) -> Response[bytes]:
    """Declare the balance of your client account at the end of a day."""
    if data.balance_pence < 0 or any(part.declared_pence < 0 for part in data.parts):
        raise Invalid({"balance_pence": "Amounts are zero or more"})

    async def run() -> Declared:
        parts = {part.fund_id: Money(part.declared_pence) for part in data.parts}
        made = await client_accounts.declare(actor, data.day, Money(data.balance_pence), parts, data.note)
        return Declared(check_id=made)

    return await _answer(_key(actor, idempotency_key, "client_account.declare", data), 201, run)


@get("/ring-fence", opt=WATCHES)
async def ring_fence(actor: Actor) -> list[Holder]:
    """Every holder of your council's ISF money and how its client account stands."""
    return await accounts.holders(actor)


@get("/ring-fence/{check_id:uuid}", opt=WATCHES)
async def ring_fence_check(actor: Actor, check_id: UUID) -> Check:
    """One client account on one day, fund by fund."""
    return await accounts.check(actor, check_id)


@get("/surplus", opt=WATCHES)
async def surplus(actor: Actor) -> list[FundSurplusOut]:
    """The unused money of each of your council's funds, the first to pass its limit first."""
    return [fund_surplus_out(each) for each in await surpluses.council_surpluses(actor)]


@get("/funds/{fund_id:uuid}/surplus", opt=SEES)
async def fund_surplus(actor: Actor, fund_id: UUID) -> SurplusOut:
    """How the unused money of a fund stands against what may be kept."""
    found = await surpluses.surplus_of(actor, fund_id)
    if found is None:
        raise NotFound("This fund is not running, or it is the council’s own money: nothing is kept there.")
    return surplus_out(found)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_payments,
        propose,
        get_payment,
        check,
        approve,
        refuse,
        hold,
        let_go,
        client_account,
        declare,
        ring_fence,
        ring_fence_check,
        surplus,
        fund_surplus,
    ],
    tags=["payments"],
)
