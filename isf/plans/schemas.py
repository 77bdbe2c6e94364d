"""What programs send and get about support plans."""

from typing import Annotated
from uuid import UUID

import msgspec

from isf.plans.queries import PlanCopy
from isf.plans.rules import Frequency, HelperKind, ItemDraft, KeyKind, PaidFrom, PlanState
from marketplace.kernel.money import Money
from providers.rules import Category

Words = Annotated[str, msgspec.Meta(max_length=5000)]


class PlanOut(PlanCopy, frozen=True, kw_only=True):
    """A version with what it comes to, in pence, what is missing, and what each key covers as a fingerprint."""

    planned_pence: int
    left_pence: int
    still_missing: dict[str, str]
    covered: dict[KeyKind, str]


class Begin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which budget; the one that runs today, or the next, unless told."""

    budget_id: UUID | None = None


class VersionMade(msgspec.Struct, frozen=True):
    """A version, and where it stands."""

    id: UUID
    state: PlanState


class WordsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text, and the edit number that its writer saw (0 when there was none)."""

    words: Words
    seen: int = 0


class ItemIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One item; `cost_pence` is for one time. `seen` is the edit number that a change starts from."""

    title: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    paid_from: PaidFrom
    cost_pence: Annotated[int, msgspec.Meta(ge=0)] = 0
    times: Annotated[int, msgspec.Meta(ge=1, le=366)] = 1
    frequency: Frequency = Frequency.WEEK
    weeks: Annotated[int, msgspec.Meta(ge=1)] | None = None
    what: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    category: Category | None = None
    provider_id: UUID | None = None
    need_id: UUID | None = None
    outcome_id: UUID | None = None
    seen: int | None = None

    @property
    def draft(self) -> ItemDraft:
        """The same as the commands take it."""
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        cost = Money(values.pop("cost_pence"))
        values.pop("seen")
        return ItemDraft(cost=cost, **values)


class ItemMade(msgspec.Struct, frozen=True):
    """An item."""

    id: UUID


class HelperIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who helped, and how; a user turns none of the keys then."""

    kind: HelperKind
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    how: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    user_id: UUID | None = None


class KeyIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which key is turned and why; `seen` is the fingerprint in `covered` of what was read."""

    kind: KeyKind
    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    seen: str


class Because(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


def plan_out(plan: PlanCopy) -> PlanOut:
    """A version as programs get it."""
    totals = plan.totals
    return PlanOut(
        **{name: getattr(plan, name) for name in PlanCopy.__struct_fields__},
        planned_pence=totals.planned_whole.pence,
        left_pence=totals.left.pence,
        still_missing=plan.missing,
        covered=plan.fingerprints,
    )
