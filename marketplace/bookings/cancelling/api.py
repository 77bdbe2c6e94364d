"""The API for cancelling dates: the same commands as the page."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.cancelling import commands, queries
from marketplace.bookings.cancelling.queries import DateLine, Sum
from marketplace.bookings.cancelling.rules import MOST_DATES, MOST_WORDS
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

MANAGES = {"permission": Permission.OFFER_MANAGE}


class DatesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dates of the caller's provider."""

    session_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_DATES)]


class CancelDatesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Dates of the caller's provider, and why they are cancelled, for everybody who booked."""

    session_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=MOST_DATES)]
    because: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_WORDS)]


class DateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one date. `already`: it was cancelled before; `refusal`: why it stands."""

    session_id: UUID
    cancelled: bool
    already: bool = False
    bookings: int = 0
    people: int = 0
    given_back_pence: int = 0
    refusal: str = ""


@get("/provider/sessions/on", opt=MANAGES)
async def dates_on(actor: Actor, day: date) -> list[DateLine]:
    """The dates of a day that could be cancelled, with how many are booked and wait."""
    return await queries.dates_on(actor, day)


@post("/provider/sessions/cancel/preview", opt=MANAGES, status_code=200)
async def preview(actor: Actor, data: DatesIn) -> Sum:
    """What cancelling these dates would do: people, bookings, money. Nothing is changed."""
    return await queries.would_do(actor, data.session_ids)


@post("/provider/sessions/cancel", opt=MANAGES, status_code=200)
async def cancel(actor: Actor, data: CancelDatesIn) -> list[DateAnswer]:
    """Cancel dates with every booking on them, at no cost to anybody. Each date answers for itself; sent again, what is
    done stays done."""
    answers = await commands.cancel_dates(actor, data.session_ids, data.because)
    return [
        DateAnswer(
            session_id=answer.session_id, cancelled=answer.cancelled is not None,
            already=bool(answer.cancelled and answer.cancelled.already),
            bookings=answer.cancelled.bookings if answer.cancelled else 0,
            people=len(answer.cancelled.people) if answer.cancelled else 0,
            given_back_pence=answer.cancelled.given_back.pence if answer.cancelled else 0, refusal=answer.refusal,
        )
        for answer in answers
    ]  # fmt: skip


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[dates_on, preview, cancel], tags=["cancelling"]
)
