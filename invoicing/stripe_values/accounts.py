"""A seller's own account at Stripe: whether it can take cards, and what Stripe still asks of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Standing(StrEnum):
    """What a seller's account can do, as the pages tell it."""

    NONE = "none"
    """There is no account yet."""
    BEGUN = "begun"
    """An account was opened, and its owner has not told Stripe everything yet."""
    CHECKING = "checking"
    """Everything was told, and Stripe looks at it."""
    ABLE = "able"
    """Cards are taken."""
    ASKED = "asked"
    """Cards are taken, and Stripe asks for more by a day."""
    RESTRICTED = "restricted"
    """No cards are taken until what Stripe asks for is there."""
    REJECTED = "rejected"
    """Stripe has closed the account."""
    LEFT = "left"
    """The seller has taken back this site's access at Stripe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRequest:
    """Open an account for a seller; asked again for the same seller and attempt, it is the same account.

    `email` and `name` are the organisation's, never a person's of whom the site keeps a record.
    """

    provider_id: UUID
    name: str
    email: str
    website: str
    attempt: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account as Stripe tells it. `due` are Stripe's own names of what it asks for, the overdue ones too."""

    id: str
    charges_enabled: bool
    payouts_enabled: bool
    details_submitted: bool
    due: tuple[str, ...] = ()
    checking: tuple[str, ...] = ()
    disabled_reason: str = ""
    due_by: datetime | None = None

    @property
    def standing(self) -> Standing:
        """What the account can do now."""
        return standing_of(self)


def standing_of(account: AccountState) -> Standing:
    """What an account can do: the refusals first, so that nothing is called able that is not."""
    if account.disabled_reason.startswith("rejected."):
        return Standing.REJECTED
    if account.charges_enabled:
        return Standing.ASKED if account.due else Standing.ABLE
    if not account.details_submitted:
        return Standing.BEGUN
    if not account.due and (account.checking or account.disabled_reason in ("", *_UNDER_REVIEW)):
        return Standing.CHECKING
    return Standing.RESTRICTED


_UNDER_REVIEW = ("requirements.pending_verification", "under_review")


def read_account(told: Mapping[str, Any]) -> AccountState:
    """An account as Stripe tells of it. Raises KeyError when it cannot be understood."""
    asked = told.get("requirements") or {}
    deadline = asked.get("current_deadline")
    due = dict.fromkeys([*(asked.get("past_due") or ()), *(asked.get("currently_due") or ())])
    return AccountState(
        id=told["id"],
        charges_enabled=bool(told.get("charges_enabled")),
        payouts_enabled=bool(told.get("payouts_enabled")),
        details_submitted=bool(told.get("details_submitted")),
        due=tuple(due),
        checking=tuple(asked.get("pending_verification") or ()),
        disabled_reason=asked.get("disabled_reason") or "",
        due_by=None if deadline is None else datetime.fromtimestamp(deadline, UTC),
    )
