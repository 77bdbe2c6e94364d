"""The API about bookings: the same commands as the pages."""

from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.openapi import ResponseSpec

from marketplace.bookings import commands, queries
from marketplace.bookings.commands import Booked
from marketplace.bookings.desk.api import desk
from marketplace.bookings.lapses.api import get_lapses
from marketplace.bookings.mine.api import money
from marketplace.bookings.outside.commands import say_why
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.schemas import (
    AttendanceIn,
    AttendanceOut,
    BookingIn,
    BookingOut,
    CancelIn,
    CancelOut,
    IdempotencyKey,
    ProblemOut,
    booking_out,
)
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel.idempotency import key_of, once

BOOKS = {"permission": Permission.BOOK}


def _refused(words: str) -> ResponseSpec:
    return ResponseSpec(ProblemOut, generate_examples=False, description=words)


_SEEN = {404: _refused("`not_found`: not there, or not yours to see")}
_REFUSALS = {**_SEEN, 403: _refused("`forbidden`: yours to see, but not to do")}
_NOT_BOOKED = _refused(
    "`in_house_blocked`, `fund_exhausted`, `session_full`, `person_busy`, `route_not_accepted`, `not_commissioned`,"
    " `not_bookable`, `plan_not_agreed`, `outside_plan`, `idempotency_key_reused` or `conflict`"
)
_NOT_CHANGED = _refused("`state_conflict`, `not_bookable`, `idempotency_key_reused` or `conflict`")


@post("/bookings", opt=BOOKS, responses={**_REFUSALS, 409: _NOT_BOOKED})
async def create_booking(actor: Actor, data: BookingIn, idempotency_key: IdempotencyKey = None) -> Booked:
    """Book one place on one session from one fund.

    Refused with 409 and the code `in_house_blocked`, `fund_exhausted`, `session_full`, `person_busy`,
    `route_not_accepted`, `not_commissioned`, `not_bookable`, `plan_not_agreed` or `outside_plan`: a booking outside
    the support plan needs `outside_plan_because`.
    """
    if data.outside_plan_because:
        facts = await queries.booking_facts(actor, data.activity_session_id, data.fund_id)
        await say_why(actor, facts.person_id, data.activity_session_id, data.outside_plan_because)
    key = key_of(actor.user_id, idempotency_key, "POST /bookings", data)
    return await commands.book(actor, data.activity_session_id, data.fund_id, key=key, wish=data.wish)


@get("/bookings/{booking_id:uuid}", opt={"permission": Permission.SIGNED_IN}, responses=_SEEN)
async def get_booking(actor: Actor, booking_id: UUID) -> BookingOut:
    """One booking, for those who may see the person or who deliver it."""
    row = await queries.booking(actor, booking_id)
    await record_view(actor, "booking", booking_id)
    return booking_out(row)


@post(
    "/bookings/{booking_id:uuid}/cancel",
    opt={"permission": Permission.SIGNED_IN},
    status_code=200,
    responses={**_REFUSALS, 409: _NOT_CHANGED},
)
async def cancel_booking(
    actor: Actor, booking_id: UUID, data: CancelIn | None = None, idempotency_key: IdempotencyKey = None
) -> CancelOut:
    """Give up a place. Inside the notice window the share agreed at booking is charged."""
    data = data or CancelIn()
    because = Reason(data.because)
    key = key_of(actor.user_id, idempotency_key, f"POST /bookings/{booking_id}/cancel", data)

    async def run() -> CancelOut:
        charge = await commands.cancel_booking(actor, booking_id, because, data.words)
        return CancelOut(booking_id, "cancelled", charge.pence)

    return msgspec.json.decode((await once(key, 200, run))[1], type=CancelOut)


@post(
    "/bookings/{booking_id:uuid}/attendance",
    opt={"permission": Permission.ATTENDANCE_RECORD},
    status_code=200,
    responses={**_REFUSALS, 409: _NOT_CHANGED},
)
async def record_attendance(
    actor: Actor, booking_id: UUID, data: AttendanceIn, idempotency_key: IdempotencyKey = None
) -> AttendanceOut:
    """Say whether the person came. What is owed becomes payable; it can be corrected until it is billed."""
    key = key_of(actor.user_id, idempotency_key, f"POST /bookings/{booking_id}/attendance", data)

    async def run() -> AttendanceOut:
        charge = await commands.record_attendance(actor, booking_id, Outcome(data.outcome), data.note)
        return AttendanceOut(booking_id, data.outcome, charge.pence)

    return msgspec.json.decode((await once(key, 200, run))[1], type=AttendanceOut)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[create_booking, get_booking, cancel_booking, record_attendance, desk, money, get_lapses],
    tags=["bookings"],
)
