"""What a support plan is made of, who turns which key, and what is missing: values in, values out (SP1 to SP3)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from marketplace.identity.rules import Role
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category, Labelled


class PlanState(StrEnum):
    """Where a version of a plan stands."""

    DRAFT = "draft"
    WAITING_FOR_KEYS = "waiting_for_keys"
    AGREED = "agreed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


TRANSITIONS: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.WAITING_FOR_KEYS, PlanState.WITHDRAWN}),
    PlanState.WAITING_FOR_KEYS: frozenset({PlanState.AGREED, PlanState.DRAFT, PlanState.WITHDRAWN}),
    PlanState.AGREED: frozenset({PlanState.SUPERSEDED}),
    PlanState.SUPERSEDED: frozenset(),
    PlanState.WITHDRAWN: frozenset(),
}


class Chapter(Labelled):
    """The five texts, in the person's words."""

    IMPORTANT_TO_ME = "important_to_me", "What is important to me"
    KEEPS_ME_WELL = "keeps_me_well", "What keeps me well"
    SUPPORT_I_WANT = "support_i_want", "The support I want"
    HOW_MONEY_IS_USED = "how_money_is_used", "How my money is used"
    WHAT_I_PAY = "what_i_pay", "What I pay"


class Frequency(Labelled):
    """In what time something happens so many times."""

    WEEK = "week", "a week"
    MONTH = "month", "a month"
    YEAR = "year", "a year"
    ONCE = "once", "in all"


class PaidFrom(Labelled):
    """Where the money for an item comes from; the first three are the routes of the budget."""

    DIRECT_PAYMENT = "direct_payment", "Direct payment"
    ISF = "isf", "Individual Service Fund (ISF)"
    COUNCIL_MANAGED = "council_managed", "Money the council manages"
    FREE = "free", "Free"
    SELF = "self", "Paid by the person"

    @property
    def route(self) -> Route | None:
        """The route of the budget that pays, or None when the budget does not."""
        return None if self in (PaidFrom.FREE, PaidFrom.SELF) else Route(str(self))


class HelperKind(Labelled):
    """Who somebody is to the person whom they help with the plan (row SP2)."""

    CARE_MANAGER = "care_manager", "Care manager"
    BROKER = "broker", "Broker"
    FAMILY = "family", "Family"
    FRIEND = "friend", "Friend"
    ADVOCATE = "advocate", "Advocate"


class KeyKind(Labelled):
    """The four keys (row SP3)."""

    NEEDS = "needs", "Meets the needs"
    ALLOCATION = "allocation", "Fits the money"
    RISK = "risk", "Risks are thought through"
    SAFE_AND_WELL = "safe_and_well", "Keeps safe and well"


COVERS: Final[Mapping[KeyKind, str]] = {
    KeyKind.NEEDS: "What will be done and how often, and the needs and outcomes that it is for.",
    KeyKind.ALLOCATION: "The budget, what everything costs together, and what comes from each part of the money.",
    KeyKind.RISK: "What keeps the person well, what will be done, and by whom.",
    KeyKind.SAFE_AND_WELL: "The support that the person wants, what keeps them well, and what will be done.",
}
"""What each key is turned on, in words."""

KEY_HOLDERS: Final[Mapping[KeyKind, Role]] = {
    KeyKind.NEEDS: Role.CARE_MANAGER,
    KeyKind.ALLOCATION: Role.FINANCE_OFFICER,
    KeyKind.RISK: Role.CARE_MANAGER,
    KeyKind.SAFE_AND_WELL: Role.CARE_MANAGER,
}
"""Who turns each key; never somebody who wrote a part of the plan."""

HOLDER_WORDS: Final[Mapping[Role, str]] = {
    Role.CARE_MANAGER: "a care manager who did not write the plan",
    Role.FINANCE_OFFICER: "a finance officer",
}


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """One thing to be done or had. `cost` is for one time; `weeks` None means in all the weeks of the plan.

    No category means any activity, no provider anybody's.
    """

    title: str
    paid_from: PaidFrom
    cost: Money = ZERO
    times: int = 1
    frequency: Frequency = Frequency.WEEK
    weeks: int | None = None
    what: str = ""
    category: Category | None = None
    provider_id: UUID | None = None
    need_id: UUID | None = None
    outcome_id: UUID | None = None

    @property
    def cost_pence(self) -> int:
        """What it costs for one time."""
        return self.cost.pence


def check_item(draft: ItemDraft, weeks_in_plan: int) -> None:
    """Raises Invalid with everything that is wrong, field by field."""
    wrong: dict[str, str] = {}
    if not draft.title.strip():
        wrong["title"] = "Enter what it is, like Choir on Monday"
    if draft.cost.pence < 0:
        wrong["cost"] = "Enter what it costs each time in pounds, like 38.50"
    if draft.paid_from is PaidFrom.FREE and draft.cost:
        wrong["cost"] = "Something free costs £0.00: take the cost away, or choose how it is paid"
    if draft.paid_from is not PaidFrom.FREE and not draft.cost:
        wrong["cost"] = "Enter what it costs each time, or choose that it is free"
    if draft.times < 1:
        wrong["times"] = "Enter how many times, 1 or more"
    if draft.weeks is not None and draft.frequency is not Frequency.WEEK:
        wrong["weeks"] = "Leave this empty unless it happens weekly"
    elif draft.weeks is not None and not 1 <= draft.weeks <= weeks_in_plan:
        wrong["weeks"] = f"Enter a number of weeks from 1 to {weeks_in_plan}"
    if wrong:
        raise Invalid(wrong)


def how_often(times: int, frequency: Frequency, weeks: int | None = None) -> str:
    """`once a week`, `3 times a month`, `2 times a week for 10 weeks`, `once`."""
    if frequency is Frequency.ONCE:
        return "once" if times == 1 else f"{times} times"
    told = f"{'once' if times == 1 else f'{times} times'} {frequency.label}"
    return f"{told} for {weeks} weeks" if weeks and weeks > 1 else f"{told} for 1 week" if weeks else told


_ROUNDING_PENCE: Final = 2
"""What counting the same weeks from another day may add to a budget: a half penny for each of its two shares."""


@dataclass(frozen=True, slots=True)
class Over:
    """By how much the items cost more than a part of the money."""

    route: Route
    by: Money


def missing(
    words: Collection[Chapter], items: int, over: Collection[Over], *, contribution: Money
) -> dict[str, str]:
    """What stands between a draft and its keys, by the place on the page; empty when it can be sent.

    `words` are the texts that are written. *What I pay* is asked for when the person contributes.
    """
    wanted = [chapter for chapter in Chapter if chapter is not Chapter.WHAT_I_PAY or contribution]
    told = {str(chapter): f"Write “{chapter.label}”" for chapter in wanted if chapter not in words}
    if not items:
        told["items"] = "Add at least one thing to do"
    elif over:
        told["items"] = (
            " ".join(
                f"{PaidFrom(str(each.route)).label}: the plan costs {each.by} more than there is."
                for each in over
            )
            + " Change or take away something, or choose another way to pay"
        )
    return told


def covers_money(
    allocated: Money, starts_on: date, ends_on: date, budget: Money, budget_from: date, budget_until: date
) -> bool:
    """Whether a plan that was agreed for one budget also stands for another one of the same person.

    It does inside its own days and for no more money a day: a cut or a change of route needs no new keys, a rise does.
    A penny more from rounding part weeks is no rise.
    """
    inside = starts_on <= budget_from and budget_until <= ends_on
    days, budget_days = (ends_on - starts_on).days, (budget_until - budget_from).days
    return inside and (budget.pence - _ROUNDING_PENCE) * days <= allocated.pence * budget_days
