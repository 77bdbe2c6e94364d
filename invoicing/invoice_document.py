"""What an issued invoice says, frozen. Pure.

Its figures are checked when it is made, so that no wrong sum can be stored or printed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final, Protocol

import msgspec

from invoicing.vat import VatBreakdown
from marketplace.kernel.money import ZERO, Money, total
from marketplace.kernel.vat import VatCategory


class Standing(StrEnum):
    """Whether a document asks anybody for money."""

    REAL = "real"
    DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Party:
    """The supplier or the payer, as they were called on the day of issue."""

    name: str
    address_lines: tuple[str, ...] = ()
    email: str | None = None
    vat_number: str | None = None
    registration: str | None = None
    """In words, with its register: `Registered charity 1094203`, `Company number 01234567`."""
    electronic_address: str | None = None
    """Where e-invoices reach it, with its scheme before a colon: `0088:5060012349998`."""


@dataclass(frozen=True, slots=True)
class BankDetails:
    """Where a bank transfer goes."""

    account_name: str
    sort_code: str
    account_number: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is taken off the price of a line, and why, without VAT and with it (EN 16931 BG-27)."""

    because: str
    net: Money
    gross: Money


NOTHING_OFF: Final = Allowance("", ZERO, ZERO)
"""How a line is kept of whose price nothing was taken off."""


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One delivered booking; the rate is in basis points (2000 is 20%). Price less allowance is the line."""

    service_date: date
    description: str
    booking_reference: str
    vat_category: VatCategory
    vat_rate_basis_points: int
    net: Money
    gross: Money
    allowance: Allowance | None = None

    @property
    def price_net(self) -> Money:
        """The price without VAT, before anything was taken off it."""
        return self.net + self.allowance.net if self.allowance else self.net

    @property
    def price_gross(self) -> Money:
        """The price with VAT, before anything was taken off it."""
        return self.gross + self.allowance.gross if self.allowance else self.gross


@dataclass(frozen=True, slots=True)
class PersonLines:
    """What was delivered to one person: a reference, not a name, where the payer is not their holder."""

    person_reference: str
    lines: tuple[ActivityLine, ...]

    @property
    def gross(self) -> Money:
        """What this person's lines come to."""
        return total(line.gross for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """Everything an issued invoice says.

    `period_starts` and `period_ends` are the first and the last day, both inside the period. A paid copy is
    the same document with `paid_on`; the invoice itself never changes (`rules.md` 23).
    Raises ValueError when its figures disagree or a word that the law wants is missing.
    """

    number: str
    issued_on: date
    due_on: date
    period_starts: date
    period_ends: date
    supplier: Party
    payer: Party
    people: tuple[PersonLines, ...]
    vat: VatBreakdown
    payment_reference: str
    how_to_pay: tuple[str, ...]
    how_to_query: tuple[str, ...]
    purchase_order: str | None = None
    bank: BankDetails | None = None
    exemption_reason: str | None = None
    paid_on: date | None = None
    standing: Standing = Standing.REAL
    received_on: date | None = None
    """When the supplier's own invoice came, of which this is what was taken into the books."""
    self_billed: str | None = None
    """The reference of the agreement by which the payer wrote it for the supplier (`rules.md` 24)."""

    def __post_init__(self) -> None:
        if self.due_on < self.issued_on:
            raise ValueError(f"invoice {self.number}: due before it is issued")
        if self.period_ends < self.period_starts:
            raise ValueError(f"invoice {self.number}: a period that ends before it starts")
        if self.vat.vat and not self.supplier.vat_number:
            raise ValueError(f"invoice {self.number}: charges VAT without the supplier's VAT number")
        exempt = any(row.category is VatCategory.EXEMPT for row in self.vat.categories)
        if exempt and not self.exemption_reason:
            raise ValueError(f"invoice {self.number}: exempt lines without the reason for the exemption")
        check_figures(self)

    @property
    def lines(self) -> tuple[ActivityLine, ...]:
        """Its lines, as they stand one after another."""
        return tuple(line for person in self.people for line in person.lines)


class Figured(Protocol):
    """A document with lines and their totals: an invoice, or a credit note."""

    @property
    def number(self) -> str:
        """Its number."""

    @property
    def people(self) -> tuple[PersonLines, ...]:
        """Its lines."""

    @property
    def vat(self) -> VatBreakdown:
        """Its totals."""


def check_figures(document: Figured) -> None:
    """Every printed sum must be the sum of what is printed above it. Raises ValueError."""
    lines = [line for person in document.people for line in person.lines]
    added: dict[tuple[VatCategory, int], list[int]] = {}
    for line in lines:
        sums_of_kind = added.setdefault((line.vat_category, line.vat_rate_basis_points), [0, 0])
        sums_of_kind[0] += line.net.pence
        sums_of_kind[1] += line.gross.pence
    stated = {kind: (net, gross, gross) for kind, (net, gross) in added.items()}
    printed = {
        (row.category, row.rate_basis_points): (
            row.taxable.pence,
            row.gross.pence,
            (row.taxable + row.vat).pence,
        )
        for row in document.vat.categories
    }
    totals = (document.vat.taxable, document.vat.vat, document.vat.gross)
    rows = document.vat.categories
    sums = (total(r.taxable for r in rows), total(r.vat for r in rows), total(r.gross for r in rows))
    for off in (line.allowance for line in lines if line.allowance):
        if not off.because.strip() or not 0 <= off.net.pence <= off.gross.pence or not off.gross:
            raise ValueError(f"{document.number}: an allowance without an amount or a reason")
    if not lines or printed != stated or totals != sums:
        raise ValueError(f"{document.number}: the lines, the VAT rows and the totals disagree")


def to_stored(document: InvoiceDocument) -> str:
    """The document as JSON, to be frozen with the issued invoice."""
    return msgspec.json.encode(document).decode()


def from_stored(stored: Mapping[str, Any]) -> InvoiceDocument:
    """The document as it was frozen; its figures are checked again. Raises msgspec.ValidationError."""
    return msgspec.convert(dict(stored), InvoiceDocument)
