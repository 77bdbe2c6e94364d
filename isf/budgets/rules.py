"""How one version of a budget follows another, to the penny: values in, values out (`rules.md` 5, 11, 12, 19, 20)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from isf.rules import Collection, FundDraft, Parts, Per, Spread, for_the_period, last_day
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.routes_of_money import Route

_ROUNDING_PENCE = 2
"""By how much two ways of counting the same weeks may differ, for each part of a budget."""


class BudgetMoved(Conflict):
    """Somebody changed the budget since the answers were made."""

    code = "budget_moved"

    def __init__(self) -> None:
        super().__init__(
            "Somebody changed this budget a moment ago. What you typed is kept: look at the figures again, then go on."
        )


@dataclass(frozen=True, slots=True)
class Share:
    """What a version gives to one fund: the council's part and the person's, each over the same days."""

    fund_id: UUID
    route: Route
    holder_user_id: UUID | None
    holder_organisation_id: UUID | None
    council: Spread
    contribution: Spread

    @property
    def holder(self) -> tuple[Route, UUID | None]:
        """Route and holder: where both stay, the fund goes on."""
        return self.route, self.holder_user_id or self.holder_organisation_id

    def before(self, day: date) -> Parts:
        """What belongs to the days before a day."""
        return Parts(
            self.council.by(day), self.contribution.by(day), self.council.weekly, self.contribution.weekly
        )

    def rest(self, day: date) -> Parts:
        """What belongs to a day and those after it: with `before`, all of it."""
        gone = self.before(day)
        return Parts(
            self.council.amount - gone.council_share,
            self.contribution.amount - gone.contribution,
            self.council.weekly,
            self.contribution.weekly,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a budget as it stands, with its shares."""

    budget_id: UUID
    version: int
    starts_on: date
    ends_on: date
    collection: Collection
    shares: Sequence[Share]

    @property
    def seen(self) -> str:
        """A fingerprint: another one means that somebody changed the budget."""
        told = [str(self.budget_id), str(self.starts_on), str(self.ends_on), str(self.collection)]
        for share in sorted(self.shares, key=lambda each: each.fund_id):
            told += [
                str(share.fund_id),
                str(share.council.amount.pence),
                str(share.contribution.amount.pence),
            ]
        return hashlib.sha256("|".join(told).encode()).hexdigest()

    def of(self, holder: tuple[Route, UUID | None]) -> Share | None:
        """The share of a holder, if they have one."""
        return next((share for share in self.shares if share.holder == holder), None)


@dataclass(frozen=True, slots=True)
class BudgetChange:
    """The next version of a budget from a day on; `ends_on` is the first day without it.

    The amounts of `funds` are for what `per` says. `seen` is the fingerprint of the version that the change was made
    on, empty when nobody looked. `agreed` says why the person agreed to less than the notice. `id` makes a change that
    is sent twice happen once.
    """

    starts_on: date
    ends_on: date
    funds: Sequence[FundDraft]
    because: str
    per: Per = Per.WEEK
    collection: Collection = Collection.NET
    agreed: str = ""
    seen: str = ""
    id: UUID = field(default_factory=new_id)


@dataclass(frozen=True, slots=True)
class NewShare:
    """What the next version gives to a holder."""

    fund: FundDraft
    parts: Parts


def new_shares(standing: Standing, change: BudgetChange) -> list[NewShare]:
    """What each part comes to: to the penny the rest of the old share where nothing changes for it."""
    return [NewShare(fund, _parts(standing.of(fund.holder), fund, change)) for fund in change.funds]


def _parts(share: Share | None, fund: FundDraft, change: BudgetChange) -> Parts:
    contribution = fund.contribution or ZERO
    typed = for_the_period(
        fund.amount - contribution, contribution, change.starts_on, change.ends_on, change.per
    )
    if share is None or change.ends_on != share.council.ends_on:
        return typed
    rest = share.rest(change.starts_on)
    weekly = (rest.council_weekly, rest.contribution_weekly)
    if change.per is Per.WEEK and (typed.council_weekly, typed.contribution_weekly) == weekly:
        return rest
    if change.per is Per.PERIOD and (typed.council_share, typed.contribution) == (
        rest.council_share,
        rest.contribution,
    ):
        return rest
    return typed


def moved_shares(standing: Standing, fund_id: UUID, to: FundDraft, day: date) -> list[NewShare]:
    """The rest of every share, that of one fund with another holder; added to what that holder has already."""
    found: dict[tuple[Route, UUID | None], NewShare] = {}
    for share in standing.shares:
        fund = to if share.fund_id == fund_id else draft_of(share)
        parts = share.rest(day)
        known = found.get(fund.holder)
        found[fund.holder] = NewShare(fund, parts if known is None else _added(known.parts, parts))
    return list(found.values())


def draft_of(share: Share) -> FundDraft:
    """Who holds a share, as a part of a budget to be; the amount is told elsewhere."""
    return FundDraft(share.route, ZERO, share.holder_user_id, share.holder_organisation_id)


def _added(one: Parts, other: Parts) -> Parts:
    def weekly(first: Money | None, second: Money | None) -> Money | None:
        return None if first is None or second is None else first + second

    return Parts(
        one.council_share + other.council_share,
        one.contribution + other.contribution,
        weekly(one.council_weekly, other.council_weekly),
        weekly(one.contribution_weekly, other.contribution_weekly),
    )


def is_reduction(standing: Standing, starts_on: date, ends_on: date, shares: Sequence[NewShare]) -> bool:
    """Whether the budget gives less for each day from then on, or ends earlier. The person then has notice.

    A version that only follows is compared with the one before it. A penny of rounding is no reduction.
    """
    if ends_on < standing.ends_on:
        return True
    follows = starts_on >= standing.ends_on
    since = standing.starts_on if follows else starts_on
    old = total(share.rest(since).whole for share in standing.shares).pence
    old -= _ROUNDING_PENCE * len(standing.shares)
    new = total(share.parts.whole for share in shares).pence
    return new * (standing.ends_on - since).days < old * (ends_on - starts_on).days


def notice_error(starts_on: date, today: date, notice_days: int, agreed: str) -> str:
    """Why a reduction cannot begin on a day yet, or nothing (`rules.md` 19)."""
    earliest = today + timedelta(days=notice_days)
    if starts_on >= earliest or agreed.strip():
        return ""
    return (
        f"A budget goes down with {formats.count(notice_days, 'day')} of notice: choose "
        f"{formats.full_date(earliest)} or later, or write why the person agreed to an earlier day"
    )


def date_errors(
    standing: Standing, starts_on: date, ends_on: date, next_starts_on: date | None
) -> dict[str, str]:
    """What is wrong with the days of a change, by field."""
    wrong = {}
    if not standing.starts_on <= starts_on <= standing.ends_on:
        wrong["starts_on"] = (
            f"Enter a day from {formats.full_date(standing.starts_on)} to {formats.full_date(standing.ends_on)}"
        )
    if ends_on <= starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    elif next_starts_on is not None and ends_on > next_starts_on:
        wrong["ends_on"] = (
            f"The next version begins on {formats.full_date(next_starts_on)}: "
            f"enter {formats.full_date(last_day(next_starts_on))} or a day before it"
        )
    return wrong
