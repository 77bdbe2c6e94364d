"""What the API says about invoices; every amount in whole pence, GBP."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

import msgspec

from invoicing.invoice_document import PersonLines
from invoicing.queries import InvoiceView, Listing
from invoicing.vat import VatBreakdown
from marketplace.kernel import db


class InvoiceOut(msgspec.Struct, frozen=True):
    """An invoice in a list."""

    id: UUID
    number: str
    state: str
    provider_id: UUID
    provider_name: str
    payer_name: str
    period_starts: date
    period_ends: date
    issued_on: date
    due_on: date
    net_pence: int
    vat_pence: int
    gross_pence: int
    paid_on: date | None
    payment_reference: str
    on_hold: bool
    """It cannot be paid while its provider is suspended."""


class InvoicesOut(msgspec.Struct, frozen=True):
    """One page of invoices, the newest first. `total` counts all of them, `total_pence` adds them up, gross."""

    items: list[InvoiceOut]
    page: int
    page_size: int
    total: int
    total_pence: int


class LineOut(msgspec.Struct, frozen=True):
    """One delivered booking; people stand there by their reference."""

    person_reference: str
    booking_reference: str
    service_on: date
    description: str
    vat_category: str
    vat_rate_basis_points: int
    net_pence: int
    gross_pence: int
    price_gross_pence: int
    """Before `allowance_gross_pence` was taken off it, for the reason in `allowance_because`."""

    allowance_gross_pence: int
    allowance_because: str


class VatOut(msgspec.Struct, frozen=True):
    """The total of one VAT category and rate; `net_pence + vat_pence` is `gross_pence`."""

    category: str
    rate_basis_points: int
    net_pence: int
    vat_pence: int
    gross_pence: int


class InvoiceDetailOut(InvoiceOut, frozen=True):
    """One invoice as it was issued."""

    lines: list[LineOut]
    vat: list[VatOut]


class PayIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That an invoice was paid; without a day, today."""

    payment_reference: str
    paid_on: date | None = None


_FIELDS = InvoiceOut.__struct_fields__


def invoice_out(row: db.Row) -> InvoiceOut:
    """A row of a listing."""
    return InvoiceOut(**{name: row[name] for name in _FIELDS})


def invoices_out(listing: Listing) -> InvoicesOut:
    """A page of a listing."""
    return InvoicesOut(
        items=[invoice_out(row) for row in listing.rows],
        page=listing.page,
        page_size=listing.page_size,
        total=listing.whole.count,
        total_pence=listing.whole.total.pence,
    )


def detail_out(view: InvoiceView) -> InvoiceDetailOut:
    """One invoice, from its frozen document."""
    return InvoiceDetailOut(
        **{name: view.row[name] for name in _FIELDS},
        lines=lines_out(view.document.people),
        vat=vat_out(view.document.vat),
    )


def lines_out(people: Iterable[PersonLines]) -> list[LineOut]:
    """The lines of an invoice or a credit note."""
    return [
        LineOut(
            person_reference=person.person_reference,
            booking_reference=line.booking_reference,
            service_on=line.service_date,
            description=line.description,
            vat_category=str(line.vat_category),
            vat_rate_basis_points=line.vat_rate_basis_points,
            net_pence=line.net.pence,
            gross_pence=line.gross.pence,
            price_gross_pence=line.price_gross.pence,
            allowance_gross_pence=line.price_gross.pence - line.gross.pence,
            allowance_because=line.allowance.because if line.allowance else "",
        )
        for person in people
        for line in person.lines
    ]


def vat_out(vat: VatBreakdown) -> list[VatOut]:
    """The VAT of an invoice or a credit note."""
    return [
        VatOut(
            category=str(row.category),
            rate_basis_points=row.rate_basis_points,
            net_pence=row.taxable.pence,
            vat_pence=row.vat.pence,
            gross_pence=row.gross.pence,
        )
        for row in vat.categories
    ]
