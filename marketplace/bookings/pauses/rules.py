"""Which places a pause keeps, which it gives back, and what each costs: values in, values out (`rules.md` 13, 17)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from isf.pauses.rules import PauseKind
from marketplace.bookings.rules import giving_up_charge, kept_charge
from marketplace.kernel.money import ZERO, Money, total
from providers.rules import Terms


@dataclass(frozen=True, slots=True)
class Retainer:
    """What keeps a place: a share of the price in per cent, for so many weeks from the first day of the pause."""

    percent: int
    weeks: int


@dataclass(frozen=True, slots=True)
class PauseDraft:
    """A pause to be made. Half-open days; no end: until further notice. No activities: everything.

    `agreed` is what was agreed for this pause alone, and `agreed_with` who agreed to it for the providers.
    """

    kind: PauseKind
    starts_on: date
    ends_on: date | None
    keep: bool = False
    agreed: Retainer | None = None
    agreed_with: str = ""
    because: str = ""
    activity_ids: Collection[UUID] = ()


class LateCharge(StrEnum):
    """What giving a place back late costs in a pause."""

    AS_AGREED = "as_agreed"
    WAIVED = "waived"


class Fate(StrEnum):
    """What becomes of a booking inside a pause."""

    KEPT = "kept"
    GIVEN_BACK = "given_back"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"kept": "The place is kept", "given_back": "The place is given back"}[self.value]


@dataclass(frozen=True, slots=True)
class Dated:
    """A booking inside a pause, with its frozen terms and the provider's own retainer, if it has one."""

    booking_id: UUID
    provider_id: UUID
    activity_id: UUID
    title: str
    provider_name: str
    starts_at: datetime
    ends_at: datetime
    service_on: date
    state: str
    price: Money
    terms: Terms
    retainer: Retainer | None
    chargeable: bool = True
    """Whether a charge can be made at all: not what a direct payment may not pay."""
    transport: Money = ZERO
    """Within the price; nobody is driven, so it is not charged."""


@dataclass(frozen=True, slots=True)
class DateAnswer:
    """What the pause does to one booking, and what that costs."""

    dated: Dated
    fate: Fate
    charge: Money
    percent: int | None = None


def answer_for(dated: Dated, draft: PauseDraft, now: datetime, late: LateCharge) -> DateAnswer:
    """Keep the place where it is wished, agreed and not for too long; else give it back under the frozen terms."""
    retainer = draft.agreed or dated.retainer
    confirmed = dated.state == "confirmed"
    may_keep = draft.keep and confirmed and dated.chargeable
    if may_keep and retainer and dated.service_on < draft.starts_on + timedelta(weeks=retainer.weeks):
        return DateAnswer(dated, Fate.KEPT, kept_charge(dated.price, retainer.percent), retainer.percent)
    if late is LateCharge.WAIVED or not confirmed:
        return DateAnswer(dated, Fate.GIVEN_BACK, ZERO)
    charge = giving_up_charge(
        dated.terms, dated.price, transport=dated.transport, barred=not dated.chargeable, at=now,
        starts_at=dated.starts_at,
    )  # fmt: skip
    return DateAnswer(dated, Fate.GIVEN_BACK, charge)


def answers_for(
    dates: Sequence[Dated], draft: PauseDraft, now: datetime, late: LateCharge
) -> list[DateAnswer]:
    """The answer for each booking, in their order."""
    return [answer_for(dated, draft, now, late) for dated in dates]


def cost_of(answers: Sequence[DateAnswer]) -> Money:
    """What the pause costs in all, as it stands."""
    return total(answer.charge for answer in answers)
