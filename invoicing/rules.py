"""How delivered bookings become an invoice: values in, values out (`rules.md` 10, 20 to 23)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from invoicing.delivered import Delivered
from invoicing.invoice_document import (
    ActivityLine,
    BankDetails,
    InvoiceDocument,
    Party,
    PersonLines,
    Standing,
)
from invoicing.vat import vat_totals
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory

PAYMENT_DAYS: Final = 30
"""Days from issue to due: what public bodies keep to (`rules.md` 10); for every payer until councils set their own."""

EXEMPTION_REASON: Final = "Welfare services: Value Added Tax Act 1994, Schedule 9, Group 7, item 9"

_PREFIX_LETTERS: Final = 3


class InvoiceState(StrEnum):
    """Where an invoice stands."""

    ISSUED = "issued"
    PART_PAID = "part_paid"
    PAID = "paid"
    CREDITED = "credited"


TRANSITIONS: Mapping[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.ISSUED: frozenset({InvoiceState.PART_PAID, InvoiceState.PAID, InvoiceState.CREDITED}),
    InvoiceState.PART_PAID: frozenset({InvoiceState.ISSUED, InvoiceState.PAID, InvoiceState.CREDITED}),
    # A bank can return what was paid, and what was credited meanwhile is not owed again.
    InvoiceState.PAID: frozenset({InvoiceState.ISSUED, InvoiceState.PART_PAID, InvoiceState.CREDITED}),
    InvoiceState.CREDITED: frozenset(),
}

UNPAID: Final = (InvoiceState.ISSUED, InvoiceState.PART_PAID)
SETTLED: Final = (InvoiceState.PAID, InvoiceState.CREDITED)


def state_by(*, still_open: Money, paid: Money) -> InvoiceState:
    """Where an invoice stands by what is open and what was paid of its lines; what is neither was credited."""
    if still_open:
        return InvoiceState.PART_PAID if paid else InvoiceState.ISSUED
    return InvoiceState.PAID if paid else InvoiceState.CREDITED


class InHouseInvoice(Conflict):
    """A personalised budget would pay the council that funds it (`rules.md` 1), found where an invoice would."""

    code = "in_house_blocked"

    def __init__(self) -> None:
        super().__init__(
            "You cannot do this, because a personal budget would then pay the council that funds it, "
            "and a council cannot pay itself. You can correct the invoice with a credit note first."
        )


class InvoiceOnHold(Conflict):
    """A council has stopped the provider, and what was delivered waits until it has decided (`rules.md` 16)."""

    code = "invoice_on_hold"

    def __init__(self) -> None:
        super().__init__(
            "You cannot mark this paid, because it is on hold while a council looks into something about the provider. "
            "It stays owed. You can pay it when the hold is released."
        )


# --- Months -----------------------------------------------------------------------------------------------------


def month_of(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return month_of(first + timedelta(days=31))


def last_day(first: date) -> date:
    """The last day of a month."""
    return next_month(first) - timedelta(days=1)


# --- Numbers ----------------------------------------------------------------------------------------------------


def prefixes(slug: str) -> Iterator[str]:
    """The letters that may begin a provider's numbers, the best first: PET, PETT, PETTY … PET2, PET3 …

    Endless, because the shorter ones may be another provider's.
    """
    letters = "".join(character for character in slug.upper() if character.isascii() and character.isalnum())
    letters = letters[:8].ljust(_PREFIX_LETTERS, "X")
    for length in range(_PREFIX_LETTERS, len(letters) + 1):
        yield letters[:length]
    further = 2
    while True:
        yield f"{letters[:_PREFIX_LETTERS]}{further}"
        further += 1


def invoice_number(prefix: str, issued_on: date, count: int) -> str:
    """`PET-2026-000123`. The count runs on over the years, so that a gap can be seen."""
    return f"{prefix}-{issued_on.year}-{count:06}"


# --- From attendances to a document -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """What an invoice says apart from its lines; the period has both its days inside."""

    number: str
    period_starts: date
    period_ends: date
    issued_on: date
    supplier: Party
    payer: Party
    standing: Standing
    bank: BankDetails | None = None
    purchase_order: str | None = None
    self_billed: str | None = None
    received_on: date | None = None
    """When the supplier's own invoice came; the days to pay begin with it."""


def without_number(supplier: str, delivered: Iterable[Delivered]) -> str:
    """Why these cannot be billed, VAT without the supplier’s number (`rules.md` 21); empty when they can."""
    if not any(each.vat_category.charges for each in delivered):
        return ""
    return (
        f"You cannot bill this, because it carries VAT and {supplier} has no VAT number here. "
        "You can record the registration for VAT on the page “VAT” of the organisation, then make the invoice."
    )


def compose(heading: Heading, delivered: Sequence[Delivered]) -> InvoiceDocument:
    """The invoice for attendances that are `in_order`: VAT from the total of each category (`rules.md` 20, 21).

    People stand there by their reference: a name is for who holds their money to know, and the reference is enough.
    """
    vat = vat_totals((each.vat_category, each.vat_rate_basis_points, each.charge) for each in delivered)
    lines = [
        (
            each.person_reference,
            ActivityLine(
                service_date=each.service_on,
                description=each.description,
                booking_reference=each.booking_reference,
                vat_category=each.vat_category,
                vat_rate_basis_points=each.vat_rate_basis_points,
                net=net,
                gross=each.charge,
                allowance=each.allowance(net),
            ),
        )
        for each, net in zip(delivered, vat.line_nets, strict=True)
    ]
    exempt = any(each.vat_category is VatCategory.EXEMPT for each in delivered)
    return InvoiceDocument(
        number=heading.number,
        issued_on=heading.issued_on,
        due_on=(heading.received_on or heading.issued_on) + timedelta(days=PAYMENT_DAYS),
        period_starts=heading.period_starts,
        period_ends=heading.period_ends,
        supplier=heading.supplier,
        payer=heading.payer,
        people=tuple(
            PersonLines(person, tuple(line for _, line in group))
            for person, group in groupby(lines, key=lambda pair: pair[0])
        ),
        vat=vat,
        payment_reference=heading.number,
        purchase_order=heading.purchase_order,
        how_to_pay=(),
        how_to_query=_how_to_query(heading.supplier),
        bank=heading.bank,
        exemption_reason=EXEMPTION_REASON if exempt else None,
        standing=heading.standing,
        self_billed=heading.self_billed,
        received_on=heading.received_on,
    )


def _how_to_query(supplier: Party) -> tuple[str, ...]:
    # A dispute is notified without delay; the rest stays due (`rules.md` 10).
    return (
        f"If a line is wrong, write to {supplier.email or supplier.name} without delay. "
        "Say the invoice number, the booking and what is wrong.",
        "Pay the lines that are right by the date above.",
    )


# --- Paying -----------------------------------------------------------------------------------------------------


def check_payment(reference: str, paid_on: date, issued_on: date, today: date) -> None:
    """Raises Invalid when the reference is empty or long, or the day is before the invoice or still to come."""
    wrong: dict[str, str] = {}
    if not reference.strip():
        wrong["payment_reference"] = "Enter the reference of the payment, as your bank shows it"
    elif len(reference) > 100:
        wrong["payment_reference"] = "Use 100 characters or fewer"
    if paid_on > today:
        wrong["paid_on"] = "Enter a day that is not in the future"
    elif paid_on < issued_on:
        wrong["paid_on"] = "Enter a day on or after the date of the invoice"
    if wrong:
        raise Invalid(wrong)
