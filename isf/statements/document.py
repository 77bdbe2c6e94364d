"""A statement as it is frozen: facts in pence and civil days, no words that a page could say better later."""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from isf.ledger.rules import Account
from isf.rules import fund_title
from marketplace.kernel import formats
from marketplace.kernel.routes_of_money import Route


class StatementKind(StrEnum):
    """A statement of a month, or the last one when money leaves its holder."""

    MONTHLY = "monthly"
    FINAL = "final"


class LineKind(StrEnum):
    """What a line of a statement tells; each is one row of how the figures add up."""

    AGREED = "agreed"
    TAKEN_OUT = "taken_out"
    PAID_IN = "paid_in"
    CONTRIBUTION = "contribution"
    TOP_UP = "top_up"
    TOP_UP_BACK = "top_up_back"
    TRANSFER_IN = "transfer_in"
    USED = "used"
    NETTED = "netted"
    BOOKED = "booked"
    LEFT_AGAIN = "left_again"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"
    FEE = "fee"
    PAID_OUT = "paid_out"
    SENT_ON = "sent_on"


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The accounts of a fund at one moment, in pence as the ledger has them."""

    funding: int = 0
    contribution: int = 0
    top_up: int = 0
    promised: int = 0
    available: int = 0
    committed: int = 0
    payable: int = 0
    paid: int = 0
    fee: int = 0
    returned: int = 0

    @property
    def left(self) -> int:
        """What is not booked and not used."""
        return self.available

    @property
    def booked(self) -> int:
        """Kept for what is booked."""
        return self.committed

    @property
    def used(self) -> int:
        """Delivered, paid or not, and the holder's fee."""
        return self.payable + self.paid + self.fee

    @property
    def to_come(self) -> int:
        """Agreed and not paid in yet; below zero, paid in too much."""
        return -self.promised

    @property
    def spent(self) -> int:
        """Booked and used together."""
        return self.committed + self.used

    def plus(self, moved: Mapping[Account, int]) -> "Figures":
        """The figures after a movement."""
        changed = {str(account): getattr(self, account) + pence for account, pence in moved.items()}
        return msgspec.structs.replace(self, **changed)


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that happened. `amount_pence` is what it is about; the others are what it did to the three figures.

    `service_on` is the day of a closed month of which it is an adjustment.
    """

    kind: LineKind
    on: date
    amount_pence: int
    left_pence: int = 0
    booked_pence: int = 0
    used_pence: int = 0
    title: str = ""
    provider: str = ""
    reference: str = ""
    because: str = ""
    service_on: date | None = None


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """One activity that is booked for days after the statement, as known when it was made."""

    title: str
    provider: str
    times: int
    first_on: date
    last_on: date
    amount_pence: int


class Surplus(msgspec.Struct, frozen=True, kw_only=True):
    """How much unused money may be kept, by the agreement."""

    limit_pence: int
    over_pence: int


class SelfSupply(msgspec.Struct, frozen=True, kw_only=True):
    """What of the period's use was bought from who holds the money."""

    amount_pence: int
    of_pence: int


class StatementDocument(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything a statement says. Days are half-open: `ends_on` is the first day after it."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    number: int
    kind: StatementKind
    month: date
    starts_on: date
    ends_on: date
    made_on: date
    person_name: str
    person_called: str
    person_reference: str
    council_name: str
    route: Route
    holder: str
    fund_starts_on: date
    fund_ends_on: date
    planned_pence: int
    opening: Figures
    closing: Figures
    lines: list[Line]
    ahead: list[Ahead]
    council_email: str = ""
    holder_email: str = ""
    communication: str = ""
    prefers_easy_read: bool = False
    demonstration: bool = False
    locked: bool = False
    margin_percent: int | None = None
    surplus: Surplus | None = None
    self_supply: SelfSupply | None = None

    @property
    def fund(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def last_day(self) -> date:
        """The last day that it is about."""
        return self.ends_on - timedelta(days=1)

    @property
    def period(self) -> str:
        """`October 2026`; a final statement says its days."""
        if self.kind is StatementKind.MONTHLY:
            return formats.month(self.month)
        return f"{formats.full_date(self.starts_on)} to {formats.full_date(self.last_day)}"

    @property
    def whole_pence(self) -> int:
        """Everything that the fund can be used for, or was, by the end of the period."""
        return self.closing.left + self.closing.spent

    @property
    def ahead_pence(self) -> int:
        """What is booked for later days."""
        return sum(each.amount_pence for each in self.ahead)

    @property
    def free_pence(self) -> int:
        """What is left when everything booked for later days is taken off."""
        return self.closing.left - self.ahead_pence


def frozen(document: StatementDocument) -> bytes:
    """The document as it is stored: the same facts are the same bytes."""
    return msgspec.json.encode(document)


def fingerprint(document: StatementDocument) -> str:
    """The SHA-256 of the frozen document, which shows whether a stored one was touched."""
    return hashlib.sha256(frozen(document)).hexdigest()


def thawed(stored: str | bytes) -> StatementDocument:
    """A stored document. Raises msgspec.ValidationError for anything else."""
    return msgspec.json.decode(stored, type=StatementDocument)
