"""The API about ends: the same commands as the page."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.contributions.commands.giving_back import give_back_overpaid
from isf.endings import liabilities
from isf.endings.queries import Ending, ending_of
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.endings.queries import preview_end
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money

_Words = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
_Pence = Annotated[int, msgspec.Meta(gt=0)]
MANAGES = {"permission": Permission.PERSON_MANAGE}
AGREES = {"permission": Permission.AGREEMENT_MANAGE}


class EndIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A death or a move; `last_on` is the day of it. `shown_pence` refuses it when the notice costs more by now."""

    kind: EndKind
    last_on: date
    because: str = ""
    shown_pence: int | None = None

    @property
    def draft(self) -> EndDraft:
        """What is to be recorded."""
        return EndDraft(self.kind, self.last_on, self.because)


class AffectedOut(msgspec.Struct, frozen=True):
    """A booking that is given back, and the notice for it in pence."""

    booking_id: UUID
    title: str
    service_on: date
    charge_pence: int


class EndedOut(msgspec.Struct, frozen=True):
    """What was done."""

    given_back: int
    notice_pence: int
    exit_ids: list[UUID]


class AsideIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Wages, notice or another bill that a fund which ends still owes."""

    kind: LiabilityKind
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    amount_pence: _Pence
    evidence: _Words


class Made(msgspec.Struct, frozen=True):
    """What was entered."""

    id: UUID


class PaidIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The day and the reference of the payment."""

    paid_on: date
    words: _Words


class WhyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is not owed."""

    because: _Words


class OverpaidIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What went back, when, and to whom."""

    amount_pence: _Pence
    paid_back_on: date
    to: _Words


@get("/people/{person_id:uuid}/end", opt={"permission": Permission.PERSON_SEE})
async def end(actor: Actor, person_id: UUID) -> Ending:
    """How a person's support ended and what each fund still holds and owes; `end` is null while it goes on."""
    return await ending_of(actor, person_id)


@post("/people/{person_id:uuid}/end/preview", opt=MANAGES, status_code=200)
async def preview(actor: Actor, person_id: UUID, data: EndIn) -> list[AffectedOut]:
    """What an end would give back, and the notice under the terms; nothing is changed."""
    found = await preview_end(actor, person_id, data.draft)
    return [AffectedOut(each.booking_id, each.title, each.service_on, each.charge.pence) for each in found]


@post("/people/{person_id:uuid}/end", opt=MANAGES)
async def record(actor: Actor, person_id: UUID, data: EndIn) -> EndedOut:
    """Record a death or a move with everything that follows; 409 when it is recorded already."""
    shown = None if data.shown_pence is None else Money(data.shown_pence)
    ended = await end_person(actor, person_id, data.draft, shown=shown)
    return EndedOut(ended.given_back, ended.notice.pence, list(ended.exits))


@post("/funds/{fund_id:uuid}/aside", opt=AGREES)
async def set_aside(actor: Actor, fund_id: UUID, data: AsideIn) -> Made:
    """Hold money of a fund that ends aside; nothing is recovered before it is settled."""
    draft = LiabilityDraft(data.kind, data.words, Money(data.amount_pence), data.evidence)
    return Made(await liabilities.set_aside(actor, fund_id, draft))


@post(
    "/liabilities/{liability_id:uuid}/paid",
    opt={"permission": Permission.PAYMENT_IN_DECIDE},
    status_code=204,
)
async def paid(actor: Actor, liability_id: UUID, data: PaidIn) -> None:
    """It was paid, said by somebody else than who entered it."""
    await liabilities.pay_liability(actor, liability_id, data.paid_on, data.words)


@post("/liabilities/{liability_id:uuid}/drop", opt=AGREES, status_code=204)
async def drop(actor: Actor, liability_id: UUID, data: WhyIn) -> None:
    """It is not owed after all."""
    await liabilities.drop_liability(actor, liability_id, data.because)


@post("/people/{person_id:uuid}/contribution/overpaid", opt={"permission": Permission.CONTRIBUTION_MANAGE})
async def overpaid(actor: Actor, person_id: UUID, data: OverpaidIn) -> Made:
    """What was paid too much to the council went back to the person, or to whoever acts after them."""
    amount = Money(data.amount_pence)
    return Made(await give_back_overpaid(actor, person_id, amount, data.paid_back_on, data.to))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[end, preview, record, set_aside, paid, drop, overpaid],
    tags=["people"],
)
