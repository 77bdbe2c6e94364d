"""The API about series: the same queries and commands as the pages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.queries import Wish
from marketplace.bookings.rules import Reason
from marketplace.bookings.schemas import IdempotencyKey
from marketplace.bookings.series import commands, queries
from marketplace.bookings.series.asking import Asked, Preview, preview
from marketplace.bookings.series.commands import SeriesBooked, SeriesDraft
from marketplace.bookings.series.queries import DateLine, LeftOut
from marketplace.bookings.series.rules import MOST_DATES, Mode
from marketplace.bookings.week.routes import side_of
from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.money import Money
from providers.rules import SupportRatio

BOOKS = {"permission": Permission.BOOK}


class DatesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which dates: these sessions of one activity, or from one session every so many weeks until a day (included)."""

    fund_id: UUID
    activity_session_ids: Annotated[list[UUID], msgspec.Meta(max_length=MOST_DATES)] = []
    first_session_id: UUID | None = None
    every_weeks: Annotated[int, msgspec.Meta(ge=1, le=52)] | None = None
    until: date | None = None
    ratio: SupportRatio | None = None
    transport: bool = False

    @property
    def wish(self) -> Wish:
        """How the person wants to be supported."""
        return Wish(self.ratio, self.transport)


class SeriesIn(DatesIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A series to book. What the support plan does not hold is booked with a reason."""

    mode: Mode = Mode.WHAT_FITS
    outside_plan_because: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class AnswerOut(msgspec.Struct, frozen=True):
    """What one date would come to, in pence. `code` is empty when it fits; not `in_plan` needs a reason."""

    activity_session_id: UUID
    starts_at: datetime
    ends_at: datetime
    price_pence: int | None
    left_after_pence: int | None
    code: str
    refusal: str
    in_plan: bool


class PreviewOut(msgspec.Struct, frozen=True):
    """What each date would come to, in pence; `days_without` are days that have no date of the activity."""

    dates: list[AnswerOut]
    days_without: Sequence[date]
    price_pence: int
    left_after_pence: int | None


class SeriesOut(msgspec.Struct, frozen=True):
    """A series with what became of its dates."""

    id: UUID
    person_id: UUID
    fund_id: UUID
    activity_id: UUID
    state: str
    every_weeks: int | None
    dates: Sequence[DateLine]
    left_out: Sequence[LeftOut]


class CancelSeriesIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From which day on (included) the dates are given up, why, and the most that it may cost."""

    from_on: date
    because: Literal["person_ill", "changed_mind", "other"] = "other"
    at_most_pence: int | None = None


class CancelledOut(msgspec.Struct, frozen=True):
    """What is charged for the dates that were given up, in pence."""

    id: UUID
    charge_pence: int


async def _preview(actor: Actor, data: DatesIn) -> Preview:
    begins = data.first_session_id or next(iter(data.activity_session_ids), None)
    if begins is None or (data.first_session_id is None) is not (data.every_weeks is None):
        raise Invalid(
            {"activity_session_ids": "Send sessions, or first_session_id with every_weeks and until"}
        )
    activity = await queries.activity_of(begins)
    dates = await queries.dates_to_come(activity.id)
    first = next((each for each in dates if each.id == begins), None)
    if first is None:
        raise NotFound
    asked = Asked(data.fund_id, data.every_weeks, data.until, data.activity_session_ids, data.wish)
    return await preview(actor, first, dates, asked, side_of(actor))


@post("/series/preview", opt=BOOKS, status_code=200)
async def preview_series(actor: Actor, data: DatesIn) -> PreviewOut:
    """What each date of a series would come to. Nothing is booked."""
    found = await _preview(actor, data)
    dates = [
        AnswerOut(
            answer.session_id,
            answer.starts_at,
            answer.ends_at,
            answer.price_pence,
            answer.after_pence,
            "already_booked" if answer.booked_id else (answer.refusal.code if answer.refusal else ""),
            answer.refusal.message if answer.refusal else "",
            answer.in_plan,
        )
        for answer in found.answers
    ]
    return PreviewOut(dates, found.missing, found.price_pence, found.after_pence)


@post("/series", opt=BOOKS)
async def create_series(actor: Actor, data: SeriesIn, idempotency_key: IdempotencyKey = None) -> SeriesBooked:
    """Book the dates that fit (`what_fits`), or all of them or nothing (`all_or_nothing`), in one transaction.

    409 with the code `series_refused` when nothing was booked; `dates` says why for each.
    """
    sessions: Sequence[UUID] = data.activity_session_ids
    if data.every_weeks is not None:
        sessions = [answer.session_id for answer in (await _preview(actor, data)).answers]
    key = key_of(actor.user_id, idempotency_key, "POST /series", data)
    draft = SeriesDraft(
        data.fund_id, sessions, data.mode, data.every_weeks, data.outside_plan_because, data.wish
    )
    return await commands.book_series(actor, draft, key=key)


@get("/series/{series_id:uuid}", opt={"permission": Permission.PERSON_SEE})
async def get_series(actor: Actor, series_id: UUID) -> SeriesOut:
    """One series with its dates, and those that could not be booked with it."""
    record = await queries.series(actor, series_id)
    await record_view(actor, "series", series_id)
    return SeriesOut(**{name: getattr(record, name) for name in SeriesOut.__struct_fields__})


@post("/series/{series_id:uuid}/cancel", opt=BOOKS, status_code=200)
async def cancel_series(
    actor: Actor, series_id: UUID, data: CancelSeriesIn, idempotency_key: IdempotencyKey = None
) -> CancelledOut:
    """Give up every date from a day on, each under the terms agreed when it was booked."""
    key = key_of(actor.user_id, idempotency_key, f"POST /series/{series_id}/cancel", data)

    async def run() -> CancelledOut:
        at_most = None if data.at_most_pence is None else Money(data.at_most_pence)
        charge = await commands.cancel_series(
            actor, series_id, data.from_on, Reason(data.because), at_most=at_most
        )
        return CancelledOut(series_id, charge.pence)

    return msgspec.json.decode((await once(key, 200, run))[1], type=CancelledOut)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[preview_series, create_series, get_series, cancel_series],
    tags=["bookings"],
)
