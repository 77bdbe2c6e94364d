"""A budget and the parts it is shared out to: they fit their holders and add up to the penny (`rules.md` 4, 5, 20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from isf.rules.periods import for_days
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money, allocate, total
from marketplace.kernel.routes_of_money import Route


class FundState(StrEnum):
    """Whether a fund takes new bookings."""

    OPEN = "open"
    CLOSED = "closed"


class Collection(StrEnum):
    """How a person's contribution reaches the money (row F6)."""

    GROSS = "gross"
    """The council pays the whole budget in, and sends the person a bill for the contribution."""

    NET = "net"
    """The council pays its share in; the person pays the contribution in themselves."""

    HOLDER = "holder"
    """The council pays its share in; who holds the money collects the contribution from the person."""

    @property
    def label(self) -> str:
        """The words on a page."""
        return {
            Collection.GROSS: "The council pays all of it in, and sends a bill for the contribution",
            Collection.NET: "The council pays its share in, the person pays the contribution in",
            Collection.HOLDER: "The council pays its share in, who holds the money collects the contribution",
        }[self]


class Per(StrEnum):
    """What an amount is for."""

    WEEK = "week"
    PERIOD = "period"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {Per.WEEK: "for each week", Per.PERIOD: "for all the days together"}[self]


@dataclass(frozen=True, slots=True)
class FundDraft:
    """A part of a budget to be: one route, one holder (a user for a direct payment, else an organisation).

    `amount` (and what of it is the person's contribution, where that is told) is for the week or for the period, as
    the budget's amounts are.
    """

    route: Route
    amount: Money
    holder_user_id: UUID | None = None
    holder_organisation_id: UUID | None = None
    contribution: Money | None = None

    @property
    def holder(self) -> tuple[Route, UUID | None]:
        """Route and holder: what makes two parts the same fund."""
        return self.route, self.holder_user_id or self.holder_organisation_id


@dataclass(frozen=True, slots=True)
class BudgetDraft:
    """A budget to be. `ends_on` is the first day without it (half-open). Its amounts are for what `per` says."""

    council_share: Money
    contribution: Money
    starts_on: date
    ends_on: date
    funds: Sequence[FundDraft]
    collection: Collection = Collection.NET
    per: Per = Per.PERIOD

    @property
    def whole(self) -> Money:
        """What the person has for a week or for the period: the council's share and their own contribution."""
        return self.council_share + self.contribution


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the money of one fund comes from; together the fund's amount for the period.

    The weekly amounts where it was set by the week.
    """

    council_share: Money
    contribution: Money
    council_weekly: Money | None = None
    contribution_weekly: Money | None = None

    @property
    def whole(self) -> Money:
        """Both together."""
        return self.council_share + self.contribution


def holder_error(fund: FundDraft, council_id: UUID) -> str:
    """What is wrong with a fund's holder, or nothing (`rules.md` 1, 4).

    Somebody holds a direct payment; an organisation that is not the council holds an ISF; council-managed money stays
    with the council.
    """
    user, organisation = fund.holder_user_id, fund.holder_organisation_id
    match fund.route:
        case Route.DIRECT_PAYMENT:
            fits = user is not None and organisation is None
            return "" if fits else "Choose who holds the direct payment: the person, or somebody for them"
        case Route.ISF:
            if organisation == council_id:
                return "The council cannot hold an Individual Service Fund: choose another organisation"
            fits = organisation is not None and user is None
            return "" if fits else "Choose the organisation that holds the Individual Service Fund"
        case Route.COUNCIL_MANAGED:
            fits = organisation == council_id and user is None
            return "" if fits else "Council-managed money stays with the council that funds the person"


def sum_error(whole: Money, amounts: Sequence[Money]) -> str:
    """By how much the parts differ from the whole, in words, or nothing."""
    difference = whole - total(amounts)
    if not difference:
        return ""
    if difference.pence > 0:
        return f"The parts are {difference} less than the budget of {whole}: share out all of it"
    return f"The parts are {-difference} more than the budget of {whole}: take some away"


def check_budget(draft: BudgetDraft, council_id: UUID) -> None:
    """Raises Invalid with everything that is wrong, field by field."""
    wrong: dict[str, str] = {}
    if draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    if draft.council_share.pence < 0:
        wrong["council_share"] = "Enter the council’s share in pounds, zero or more"
    if draft.contribution.pence < 0:
        wrong["contribution"] = "Enter the person’s contribution in pounds, zero or more"
    if draft.whole.pence <= 0:
        wrong.setdefault("council_share", "Enter a budget of more than £0.00")
    for name, told in check_parts(draft.funds, council_id).items():
        wrong.setdefault(name, told)
    if told := sum_error(draft.whole, [fund.amount for fund in draft.funds]):
        wrong.setdefault("funds", told)
    contributions = [fund.contribution for fund in draft.funds if fund.contribution is not None]
    if contributions and total(contributions) != draft.contribution:
        wrong.setdefault("funds", "The contributions of the parts must add up to the person’s contribution")
    if wrong:
        raise Invalid(wrong)


def check_parts(funds: Sequence[FundDraft], council_id: UUID) -> dict[str, str]:
    """What is wrong with the parts of a budget, by field; empty when nothing is."""
    wrong: dict[str, str] = {}
    seen: set[tuple[Route, UUID | None]] = set()
    for fund in funds:
        if fund.amount.pence <= 0:
            wrong.setdefault(
                f"{fund.route}-amount", "Enter an amount of more than £0.00, or leave this part out"
            )
        if fund.contribution is not None and not 0 <= fund.contribution.pence <= fund.amount.pence:
            wrong.setdefault(f"{fund.route}-amount", "The contribution is a part of the amount, zero or more")
        if told := holder_error(fund, council_id):
            wrong.setdefault(f"{fund.route}-holder", told)
        elif fund.holder in seen:
            wrong.setdefault(f"{fund.route}-holder", "One holder has one part of each kind: add them up")
        seen.add(fund.holder)
    return wrong


def parts_of(draft: BudgetDraft) -> list[Parts]:
    """Where each fund's money comes from, for the period.

    The contribution is shared out over the funds by amount, unless each one's is told; both columns add up to the
    budget's own (`rules.md` 20). A budget by the week is shared out by the week, and each share is then for the days.
    """
    contributions = [fund.contribution for fund in draft.funds if fund.contribution is not None]
    if len(contributions) != len(draft.funds):
        contributions = allocate(draft.contribution, [fund.amount.pence for fund in draft.funds])
    return [
        for_the_period(fund.amount - contribution, contribution, draft.starts_on, draft.ends_on, draft.per)
        for fund, contribution in zip(draft.funds, contributions, strict=True)
    ]


def for_the_period(
    council_share: Money, contribution: Money, starts_on: date, ends_on: date, per: Per
) -> Parts:
    """What the two amounts of a fund come to for a half-open period."""
    if per is Per.PERIOD:
        return Parts(council_share, contribution)
    days = (ends_on - starts_on).days
    return Parts(for_days(council_share, days), for_days(contribution, days), council_share, contribution)


def fund_title(route: Route, holder: str) -> str:
    """What people call a fund."""
    match route:
        case Route.DIRECT_PAYMENT:
            return "Direct payment"
        case Route.ISF:
            return f"ISF with {holder}"
        case Route.COUNCIL_MANAGED:
            return "Money the council manages"
