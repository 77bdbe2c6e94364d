"""The API about pauses: the same commands as the pages."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post, put

from isf.pauses.rules import PauseKind
from marketplace.bookings.pauses import commands, queries, retainers
from marketplace.bookings.pauses.queries import PauseLine
from marketplace.bookings.pauses.retainers import Term
from marketplace.bookings.pauses.rules import DateAnswer, Fate, PauseDraft, Retainer
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money

BOOKS = {"permission": Permission.BOOK}


class PauseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pause; `ends_on` is the first day after it, or null. `shown_pence` refuses it when it costs more by now."""

    kind: PauseKind
    starts_on: date
    ends_on: date | None = None
    keep: bool = False
    agreed_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    agreed_weeks: Annotated[int, msgspec.Meta(ge=1, le=52)] | None = None
    agreed_with: str = ""
    because: str = ""
    activity_ids: list[UUID] = []
    shown_pence: int | None = None

    @property
    def draft(self) -> PauseDraft:
        """What is asked for."""
        agreed = None
        if self.agreed_percent is not None and self.agreed_weeks is not None:
            agreed = Retainer(self.agreed_percent, self.agreed_weeks)
        return PauseDraft(
            self.kind, self.starts_on, self.ends_on, self.keep, agreed, self.agreed_with, self.because,
            tuple(self.activity_ids),
        )  # fmt: skip


class DateOut(msgspec.Struct, frozen=True):
    """What a pause does to one booking; the charge in pence."""

    booking_id: UUID
    title: str
    starts_at: datetime
    fate: Fate
    charge_pence: int


class PauseMade(msgspec.Struct, frozen=True):
    """The pause."""

    id: UUID


class EndIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first day after the pause, or null for until further notice."""

    ends_on: date | None


class AgainOut(msgspec.Struct, frozen=True):
    """A date that was given back: booked again, or why not."""

    title: str
    booking_id: UUID | None
    refusal: str


def _out(found: Sequence[DateAnswer]) -> list[DateOut]:
    return [
        DateOut(each.dated.booking_id, each.dated.title, each.dated.starts_at, each.fate, each.charge.pence)
        for each in found
    ]


@get("/people/{person_id:uuid}/pauses", opt={"permission": Permission.PERSON_SEE})
async def pauses(actor: Actor, person_id: UUID) -> Sequence[PauseLine]:
    """A person's pauses, the latest first."""
    return await queries.pauses_of(actor, person_id)


@post("/people/{person_id:uuid}/pauses/preview", opt=BOOKS, status_code=200)
async def preview(actor: Actor, person_id: UUID, data: PauseIn) -> list[DateOut]:
    """What a pause would do to each booking, and what it costs; nothing is changed."""
    return _out(await queries.preview(actor, person_id, data.draft))


@post("/people/{person_id:uuid}/pauses", opt=BOOKS)
async def make(actor: Actor, person_id: UUID, data: PauseIn) -> PauseMade:
    """Pause a person's support: places are kept where agreed, the others given back under their terms."""
    shown = None if data.shown_pence is None else Money(data.shown_pence)
    return PauseMade(await commands.pause(actor, person_id, data.draft, shown=shown))


@post("/pauses/{pause_id:uuid}/end", opt=BOOKS, status_code=200)
async def end(actor: Actor, pause_id: UUID, data: EndIn) -> list[DateOut]:
    """Change when it ends; answers what further days do."""
    return _out(await commands.move_end(actor, pause_id, data.ends_on))


@post("/pauses/{pause_id:uuid}/book-again", opt=BOOKS, status_code=200)
async def book_again(actor: Actor, pause_id: UUID) -> list[AgainOut]:
    """Book what was given back and is free after the pause, each for itself."""
    found = await commands.book_again(actor, pause_id)
    return [AgainOut(each.title, each.booking_id, each.refusal) for each in found]


@put("/activities/{activity_id:uuid}/retainer", opt={"permission": Permission.OFFER_MANAGE}, status_code=204)
async def set_retainer(actor: Actor, activity_id: UUID, data: Term) -> None:
    """What keeping a place during a pause costs: a share of the price, for so many weeks at most."""
    await retainers.set_term(actor, activity_id, data)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[pauses, preview, make, end, book_again, set_retainer],
    tags=["bookings"],
)
