"""The API of one-off sessions at the council's own service: the same commands as the pages."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.commands.placing import Booked
from marketplace.bookings.exceptions import commands, queries
from marketplace.bookings.exceptions.commands import Question
from marketplace.bookings.exceptions.queries import ExceptionLine
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission

_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class QuestionIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One session of the council's own service, from one fund of the person, and why."""

    activity_session_id: UUID
    fund_id: UUID
    why: _Words


class ExceptionMade(msgspec.Struct, frozen=True):
    """What was asked."""

    id: UUID


class ReasonIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is decided so."""

    because: _Words


@post("/people/{person_id:uuid}/exceptions", opt={"permission": Permission.PERSON_MANAGE})
async def ask(actor: Actor, person_id: UUID, data: QuestionIn) -> ExceptionMade:
    """Ask that one session of the council's own service is allowed; somebody else decides.

    409 with `exceptions_off`, `not_own_service`, `nothing_to_net`, `fund_exhausted`, or when it is asked already.
    """
    question = Question(data.activity_session_id, data.fund_id, data.why)
    return ExceptionMade(await commands.ask_exception(actor, person_id, question))


@get("/exceptions", opt={"permission": Permission.PAYMENT_IN_DECIDE})
async def waiting(actor: Actor) -> Sequence[ExceptionLine]:
    """What waits for a decision of your council, the next session first; 404 where none were ever allowed."""
    return await queries.exceptions_to_decide(actor)


@get("/exceptions/{exception_id:uuid}", opt={"permission": Permission.PERSON_SEE})
async def one(actor: Actor, exception_id: UUID) -> ExceptionLine:
    """What was asked, what was decided, and the booking that came of it; the price in pence."""
    line = await queries.exception(actor, exception_id)
    await record_view(actor, "person", line.person_id)
    return line


@post(
    "/exceptions/{exception_id:uuid}/approve",
    opt={"permission": Permission.PAYMENT_IN_DECIDE},
    status_code=200,
)
async def approve(actor: Actor, exception_id: UUID, data: ReasonIn) -> Booked:
    """Allow it: the place is booked, and its price comes off the next payment into the fund.

    403 for whoever asked; 409 with `too_many_exceptions`, `exceptions_off`, `session_full` and the like.
    """
    return await commands.approve_exception(actor, exception_id, data.because)


@post(
    "/exceptions/{exception_id:uuid}/refuse",
    opt={"permission": Permission.PAYMENT_IN_DECIDE},
    status_code=204,
)
async def refuse(actor: Actor, exception_id: UUID, data: ReasonIn) -> None:
    """Say no; 403 for whoever asked."""
    await commands.refuse_exception(actor, exception_id, data.because)


@post(
    "/exceptions/{exception_id:uuid}/withdraw", opt={"permission": Permission.PERSON_MANAGE}, status_code=204
)
async def withdraw(actor: Actor, exception_id: UUID) -> None:
    """Take the question back before it is decided."""
    await commands.withdraw_exception(actor, exception_id)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[ask, waiting, one, approve, refuse, withdraw],
    tags=["bookings"],
)
