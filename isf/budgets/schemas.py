"""What programs send to change a budget, and what they get."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from isf.budgets.reports.rules import ReportAnswer
from isf.budgets.writing import Written
from isf.rules import Collection, FundDraft, Per
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

Pence = Annotated[int, msgspec.Meta(ge=0, le=10_000_000_000)]
Words = Annotated[str, msgspec.Meta(max_length=2000)]


class HolderIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A route and who holds it: a user for a direct payment, else an organisation."""

    route: Route
    holder_user_id: UUID | None = None
    holder_organisation_id: UUID | None = None


class PartIn(HolderIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a budget, in pence for what `per` says."""

    council_share_pence: Pence
    contribution_pence: Pence = 0

    def draft(self) -> FundDraft:
        """As a part of a budget to be."""
        return FundDraft(
            self.route,
            Money(self.council_share_pence + self.contribution_pence),
            self.holder_user_id,
            self.holder_organisation_id,
            Money(self.contribution_pence),
        )


class BudgetChangeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The next version from a day on; `ends_on` is the first day without it. Parts that are left out end."""

    starts_on: date
    ends_on: date
    parts: Annotated[list[PartIn], msgspec.Meta(min_length=1, max_length=20)]
    because: Words
    per: Per = Per.WEEK
    collection: Collection = Collection.NET
    agreed: Words = ""


class NewHolderIn(HolderIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who holds the rest of a fund's money from a day on."""

    starts_on: date
    because: Words


class FundEffectOut(msgspec.Struct, frozen=True):
    """What a change did to a fund, in pence; `missing_pence` is booked and not covered any more."""

    fund_id: UUID
    amount_before_pence: int
    amount_after_pence: int
    left_before_pence: int
    left_after_pence: int
    missing_pence: int
    over_commitment_id: UUID | None


class ChangedOut(msgspec.Struct, frozen=True):
    """The version that runs from the day on, the funds it opened, and the effects on the others."""

    budget_id: UUID
    opened_fund_ids: list[UUID]
    effects: list[FundEffectOut]


def changed_out(written: Written) -> ChangedOut:
    """A change as programs get it."""
    return ChangedOut(
        written.budget_id,
        list(written.opened),
        [
            FundEffectOut(
                effect.fund_id,
                effect.amount_before.pence,
                effect.amount_after.pence,
                effect.left_before.pence,
                effect.left_after.pence,
                effect.missing.pence,
                effect.over_commitment_id,
            )
            for effect in written.effects
        ],
    )


class ReportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change in a person's life."""

    what: Words
    since: date | None = None
    meaning: Words = ""


class AnswerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The council's answer; with the version of the budget that came of it, where it was changed."""

    answer: ReportAnswer
    words: Words
    budget_id: UUID | None = None


class Made(msgspec.Struct, frozen=True):
    """The key of what was made."""

    id: UUID
