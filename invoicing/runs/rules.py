"""What a billing run covers, and how what is owed becomes invoices: values in, values out (`rules.md` 20 to 22)."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from invoicing.delivered import Delivered, in_order
from invoicing.rules import last_day, without_number
from invoicing.runs.issued import Skipped
from invoicing.self_billing.rules import SelfBilled
from invoicing.vat import VatBreakdown, vat_totals
from marketplace.kernel import formats
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory

LONGEST: Final = timedelta(days=366)


class RunState(StrEnum):
    """Where a run stands. One that was stopped by a crash is running still, and goes on."""

    RUNNING = "running"
    DONE = "done"


RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.RUNNING: frozenset({RunState.DONE}),
    RunState.DONE: frozenset(),
}


class Writer(StrEnum):
    """Whose run it is. By self-billing the payer writes the supplier's invoices; the schedule writes for both."""

    SUPPLIER = "supplier"
    PAYER = "payer"
    SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a run covers: days (both included), and one provider, payer or purchase order, or all."""

    starts_on: date
    ends_on: date
    provider_id: UUID | None = None
    payer_id: UUID | None = None
    purchase_order_id: UUID | None = None
    writer: Writer = Writer.SCHEDULE

    @property
    def words(self) -> str:
        """Its days: `November 2026`, or from when to when."""
        if self.starts_on.day == 1 and self.ends_on == last_day(self.starts_on):
            return formats.month(self.starts_on)
        return f"{formats.full_date(self.starts_on)} to {formats.full_date(self.ends_on)}"


def month_scope(month: date, provider_id: UUID | None = None) -> Scope:
    """A whole month, by its first day."""
    if month.day != 1:
        raise Invalid({"month": "Enter a month, like 2026-11"})
    return Scope(month, last_day(month), provider_id)


def check_scope(scope: Scope, today: date) -> None:
    """Raises Invalid when it ends before it starts, is longer than a year, or has not begun."""
    wrong = {}
    if scope.starts_on > today:
        wrong["starts_on"] = "Enter a first day that has come: nothing was delivered later"
    if scope.ends_on < scope.starts_on:
        wrong["ends_on"] = "Enter a last day on or after the first"
    elif scope.ends_on - scope.starts_on > LONGEST:
        wrong["ends_on"] = "Enter a last day within a year of the first"
    if wrong:
        raise Invalid(wrong)


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase order: the payer's number, and what is left of its limit (None: no limit)."""

    id: UUID
    number: str
    left: Money | None


@dataclass(frozen=True, slots=True)
class Between:
    """Who sells to whom."""

    provider_id: UUID
    provider_name: str
    provider_slug: str
    payer_organisation_id: UUID | None
    payer_user_id: UUID | None
    payer_name: str
    agreement_id: UUID | None = None
    """About self-billing, in force today: the payer writes the invoice (`rules.md` 24)."""
    agreement_reference: str | None = None

    @property
    def series(self) -> str:
        """The counter of its invoice numbers: the supplier's own, or the payer's for this supplier."""
        if self.agreement_id is None:
            return f"invoice:{self.provider_id}"
        return f"self_billing:{self.payer_organisation_id}:{self.provider_id}"


@dataclass(frozen=True, slots=True)
class Owed:
    """An attendance that is owed for: what it puts on an invoice, and what decides on which."""

    between: Between
    vat_number: str | None
    order: Order | None
    parts: tuple[Delivered, ...]

    @property
    def booking_id(self) -> UUID:
        """Its booking."""
        return self.parts[0].booking_id

    @property
    def group(self) -> tuple[str, str, str, str, bool]:
        """What stands on one invoice: one seller, payer and order, supplied under one VAT number or outside of VAT."""
        outside = self.parts[0].vat_category is VatCategory.OUTSIDE_SCOPE
        payer = self.between.payer_organisation_id or self.between.payer_user_id
        return (
            f"{self.between.provider_slug} {self.between.provider_id}",
            f"{self.between.payer_name} {payer}",
            self.order.number if self.order else "",
            self.vat_number or "",
            not outside,
        )


@dataclass(frozen=True, slots=True)
class Own:
    """What a supplier's own invoice says of itself; it came to us on `received_on`."""

    number: str
    issued_on: date
    received_on: date


@dataclass(frozen=True, slots=True)
class Draft:
    """An invoice that can be made: all but its number, unless it is the supplier's own."""

    between: Between
    vat_number: str | None
    order: Order | None
    delivered: tuple[Delivered, ...]
    attendances: int
    own: Own | None = None

    @property
    def vat(self) -> VatBreakdown:
        """Its totals by category."""
        return vat_totals(
            (each.vat_category, each.vat_rate_basis_points, each.charge) for each in self.delivered
        )

    @property
    def gross(self) -> Money:
        """What the payer would pay."""
        return total(each.charge for each in self.delivered)


@dataclass(slots=True)
class Sorted:
    """What a run can make, and what it leaves out."""

    drafts: list[Draft] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)


def sort_out(owed: Iterable[Owed], writer: Writer = Writer.SCHEDULE) -> Sorted:
    """Group what is owed into invoices; what carries VAT without a number, or goes beyond its order, is left out.

    So is what another writes by self-billing. Invoices on one order take from what is left of it one after the other.
    """
    made, left = Sorted(), dict[UUID, Money]()
    groups: dict[tuple[str, str, str, str, bool], list[Owed]] = {}
    for each in owed:
        groups.setdefault(each.group, []).append(each)
    for _, group in sorted(groups.items()):
        draft = _draft(group)
        if writer is Writer.PAYER and draft.between.agreement_id is None:
            continue
        because = _written_by_payer(draft) if writer is Writer.SUPPLIER else ""
        if not because and not draft.vat_number:
            because = without_number(draft.between.provider_name, draft.delivered)
        because = because or _beyond(draft, left)
        if because:
            made.left_out.append(
                Skipped(
                    draft.between.provider_name,
                    draft.between.payer_name,
                    draft.attendances,
                    because,
                    draft.gross,
                )
            )
        else:
            made.drafts.append(draft)
    return made


def _draft(group: Sequence[Owed]) -> Draft:
    first = group[0]
    delivered = in_order(part for each in group for part in each.parts)
    return Draft(first.between, first.vat_number, first.order, tuple(delivered), len(group))


def _written_by_payer(draft: Draft) -> str:
    return SelfBilled(draft.between.payer_name).message if draft.between.agreement_id else ""


def _beyond(draft: Draft, left: dict[UUID, Money]) -> str:
    """Why the order has no room for an invoice; takes its room when it has."""
    if draft.order is None or draft.order.left is None:
        return ""
    room = left.get(draft.order.id, draft.order.left)
    if draft.gross.pence > room.pence:
        return (
            f"You cannot bill this, because it comes to {draft.gross} and purchase order {draft.order.number} has "
            f"{room} left. You can ask {draft.between.payer_name} for a higher limit, then make the invoice."
        )
    left[draft.order.id] = room - draft.gross
    return ""


def fingerprint(drafts: Iterable[Draft]) -> str:
    """Says whether two previews are of exactly the same invoices."""
    told = sorted(
        f"{each.booking_id}{each.part}{each.charge.pence}{each.vat_category}{each.vat_rate_basis_points}"
        f"{draft.vat_number}{draft.order.number if draft.order else ''}"
        for draft in drafts
        for each in draft.delivered
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]
