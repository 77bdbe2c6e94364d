"""Payment runs and payments for programs: the same queries and commands as the pages."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

import anyio
import msgspec
from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, Parameter

from invoicing.payment_runs import commands, queries
from invoicing.payment_runs.pain001 import payment_file
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.queries import PaymentRow, RunHead, Waiting
from invoicing.payment_runs.returning import return_payment
from invoicing.payment_runs.rules import RunState
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.idempotency import key_of, once

DECIDES = {"permission": Permission.PAYMENT_RUN_DECIDE}
SEES = {"permission": Permission.INVOICE_SEE}
PAYS = {"permission": Permission.INVOICE_PAY}

Header = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
Page = Annotated[int, Parameter(ge=1, le=100_000)]


class ProposalIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pay what is due by a day, on a day."""

    due_until: date
    pay_on: date


class BecauseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why somebody is left out, or a run is withdrawn."""

    because: str


class ReturnIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The day on which the money came back, and why, as the bank says."""

    returned_on: date
    because: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A run after a step."""

    id: UUID
    state: RunState


class RunOut(msgspec.Struct, frozen=True, kw_only=True):
    """A run with its payments."""

    run: RunHead
    payments: list[PaymentRow]


async def _move(
    actor: Actor, header: str | None, run_id: UUID, state: RunState, step: Callable[[], Awaitable[None]]
) -> Response[bytes]:
    async def act() -> Moved:
        await step()
        return Moved(id=run_id, state=state)

    key = key_of(actor.user_id, header, f"payment_run.{state}:{run_id}", None)
    status, answer = await once(key, 200, act)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@get("/payment-runs", opt=DECIDES)
async def list_runs(actor: Actor, page: Page = 1) -> list[RunHead]:
    """Your organisation's payment runs: those that wait for somebody first, then the newest."""
    return await queries.runs(actor, page)


@get("/payment-runs/owed", opt=DECIDES)
async def owed(actor: Actor, due_until: date | None = None) -> list[Waiting]:
    """What is due by a day (today unless said), payee by payee, and what stands in the way of paying it."""
    return await queries.owed(actor, due_until or clock.today())


@post("/payment-runs", opt=DECIDES, responses={201: ResponseSpec(Moved, description="It is proposed")})
async def propose(actor: Actor, data: ProposalIn, idempotency_key: Header = None) -> Response[bytes]:
    """Propose to pay everything that is due by a day. Another person approves it."""

    async def act() -> Moved:
        made = await propose_run(actor, data.due_until, data.pay_on)
        return Moved(id=made, state=RunState.PROPOSED)

    status, answer = await once(key_of(actor.user_id, idempotency_key, "payment_run.propose", data), 201, act)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@get("/payment-runs/{pay_run_id:uuid}", opt=DECIDES)
async def get_run(actor: Actor, pay_run_id: UUID) -> RunOut:
    """One run with its payments, by payee."""
    return RunOut(
        run=await queries.run(actor, pay_run_id), payments=await queries.payments_of_run(actor, pay_run_id)
    )


@post(
    "/payment-runs/{pay_run_id:uuid}/approve",
    opt=DECIDES,
    status_code=200,
    responses={200: ResponseSpec(Moved, description="It is approved")},
)
async def approve(actor: Actor, pay_run_id: UUID, idempotency_key: Header = None) -> Response[bytes]:
    """Approve what another person proposed."""
    return await _move(
        actor, idempotency_key, pay_run_id, RunState.APPROVED, lambda: commands.approve_run(actor, pay_run_id)
    )


@post(
    "/payment-runs/{pay_run_id:uuid}/send",
    opt=DECIDES,
    status_code=200,
    responses={200: ResponseSpec(Moved, description="It is sent and in the books")},
)
async def send(actor: Actor, pay_run_id: UUID, idempotency_key: Header = None) -> Response[bytes]:
    """Enter it in the books and make the file for the bank; again changes nothing."""
    return await _move(
        actor, idempotency_key, pay_run_id, RunState.SENT, lambda: commands.send_run(actor, pay_run_id)
    )


@post("/payment-runs/{pay_run_id:uuid}/withdraw", opt=DECIDES, status_code=204)
async def withdraw(actor: Actor, pay_run_id: UUID, data: BecauseIn) -> None:
    """Withdraw a run that is not sent: everything in it is open again."""
    await commands.withdraw_run(actor, pay_run_id, data.because)


@post("/payment-runs/{pay_run_id:uuid}/payments/{sent_id:uuid}/leave-out", opt=DECIDES, status_code=204)
async def leave_out(actor: Actor, pay_run_id: UUID, sent_id: UUID, data: BecauseIn) -> None:
    """Leave a payee out of a run that is not approved."""
    await commands.leave_out(actor, pay_run_id, sent_id, data.because)


@get("/payment-runs/{pay_run_id:uuid}/bank-file", opt=DECIDES)
async def bank_file(actor: Actor, pay_run_id: UUID) -> Response[bytes]:
    """The ISO 20022 file of a sent run (`pain.001.001.09`): the same bytes each time."""
    order = await queries.bank_order(actor, pay_run_id)
    made = await anyio.to_thread.run_sync(payment_file, order)
    return Response(made, media_type="application/xml", headers={"Cache-Control": "private, no-store"})


@get("/payments", opt=SEES)
async def list_payments(actor: Actor, page: Page = 1) -> list[PaymentRow]:
    """What was paid to you and by you, the newest first."""
    return await queries.payments(actor, page)


@post("/payments/{sent_id:uuid}/return", opt=PAYS, status_code=204)
async def came_back(actor: Actor, sent_id: UUID, data: ReturnIn) -> None:
    """Say that a payment of yours came back: its lines are open again; a second time changes nothing."""
    await return_payment(actor, sent_id, data.returned_on, data.because)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_runs,
        owed,
        propose,
        get_run,
        approve,
        send,
        withdraw,
        leave_out,
        bank_file,
        list_payments,
        came_back,
    ],
    tags=["payment runs"],
)
