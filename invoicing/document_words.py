"""The words and figures of an invoice: its page and its PDF both print what `invoice_words` gives. Pure."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from invoicing.credits.document import CreditNoteDocument
from invoicing.invoice_document import ActivityLine, InvoiceDocument, Party, PersonLines, Standing
from invoicing.self_billing.rules import VAT_WORDS
from invoicing.vat import VatBreakdown, VatCategoryTotal
from marketplace.kernel.formats import DAYS, full_date, money, month
from marketplace.kernel.vat import VatCategory

DEMONSTRATION_LABEL: Final = "Demonstration — not a real invoice"
NAMES: Final = {
    "document": "Invoice",
    "about": "About this invoice",
    "lines": "What was delivered",
    "first": "How to pay",
    "second": "How to query a line",
}
"""What the parts of an invoice are called; a credit note has others."""
PAID: Final = "This invoice is paid. Nothing is left to pay."


def long_day(day: date) -> str:
    """`Tuesday 24 November 2026`: a document is read in other years than its own."""
    return f"{DAYS[day.weekday()]} {full_date(day)}"


def table_day(day: date) -> str:
    """`Tue 24 Nov 2026`, for a narrow column."""
    weekday, number, name, year = long_day(day).split()
    return f"{weekday[:3]} {number} {name[:3]} {year}"


def period_in_words(first: date, last: date) -> str:
    """`November 2026` for a whole month, else `1 November 2026 to 15 November 2026`; both days included."""
    whole_month = first.day == 1 and month(first) == month(last) and (last + timedelta(days=1)).day == 1
    return month(first) if whole_month else f"{full_date(first)} to {full_date(last)}"


def rate_in_words(rate_basis_points: int) -> str:
    """Basis points as `20%` or `5.5%`."""
    whole, rest = divmod(rate_basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def party_words(party: Party) -> dict[str, Any]:
    """Who sends or gets a document."""
    vat_number = f"VAT number {party.vat_number}" if party.vat_number else None
    reached = f"E-invoices {party.electronic_address}" if party.electronic_address else None
    return {
        "name": party.name,
        "address": list(party.address_lines),
        "details": [words for words in (party.email, party.registration, vat_number, reached) if words],
    }


def _price_words(line: ActivityLine) -> str | None:
    """The price and what was taken off it, where something was; with VAT also without it, as the e-invoice says it."""
    off = line.allowance
    if off is None:
        return None
    if line.price_net == line.price_gross:
        return f"Price {line.price_gross}, less {off.gross}. {off.because}."
    return (
        f"Price {line.price_gross} ({line.price_net} net), less {off.gross} ({off.net} net). {off.because}."
    )


def _line_words(line: ActivityLine) -> dict[str, str | None]:
    rate = line.vat_rate_basis_points
    return {
        "day": table_day(line.service_date),
        "description": line.description,
        "price": _price_words(line),
        "booking": line.booking_reference,
        "vat": f"{line.vat_category.code} {rate_in_words(rate)}" if rate else line.vat_category.code,
        "net": money(line.net),
        "gross": money(line.gross),
    }


def people_words(people: Iterable[PersonLines]) -> list[dict[str, Any]]:
    """The lines of each person, with what they come to."""
    return [
        {
            "reference": person.person_reference,
            "gross": money(person.gross),
            "lines": [_line_words(line) for line in _by_activity(person.lines)],
        }
        for person in people
    ]


def sums_words(vat: VatBreakdown) -> dict[str, str]:
    """Net, VAT and gross of the whole."""
    return {"net": money(vat.taxable), "vat": money(vat.vat), "gross": money(vat.gross)}


def _by_activity(lines: Iterable[ActivityLine]) -> list[ActivityLine]:
    """Lines of one activity together, activities in the order in which they first come, then by day."""
    wanted = list(lines)
    order = {name: place for place, name in reversed(list(enumerate(line.description for line in wanted)))}
    return sorted(wanted, key=lambda line: (order[line.description], line.service_date))


def vat_words(row: VatCategoryTotal, supplier: Party, exemption_reason: str | None) -> dict[str, str | None]:
    """A row of the VAT breakdown, with the reason why nothing is charged."""
    unregistered = None if supplier.vat_number else "The supplier is not registered for VAT"
    reasons = {VatCategory.EXEMPT: exemption_reason, VatCategory.OUTSIDE_SCOPE: unregistered}
    return {
        "code": row.category.code,
        "label": row.category.label,
        "reason": reasons.get(row.category),
        "rate": "none" if row.category in reasons else rate_in_words(row.rate_basis_points),
        "net": money(row.taxable),
        "vat": money(row.vat),
        "gross": money(row.gross),
    }


def rounding_words(vat: VatBreakdown, supplier: Party) -> str | None:
    """Why the e-invoice states another VAT, when it does; the two stand in one file."""
    if not vat.rounding or not supplier.vat_number:
        return None
    stated = money(vat.vat - vat.rounding)
    return (
        f"The e-invoice works out VAT from the net: {stated}, with a rounding of {money(vat.rounding)}. "
        "The total is the same."
    )


def self_billed_words(document: InvoiceDocument) -> str | None:
    """What the tax office wants on an invoice that its payer wrote."""
    if not document.self_billed:
        return None
    written = (
        f"Self-billed invoice. {document.payer.name} wrote it for {document.supplier.name} by agreement "
        f"{document.self_billed}."
    )
    return f"{written} {VAT_WORDS}" if document.vat.vat else written


def self_billed_credit_words(document: CreditNoteDocument) -> str | None:
    """By which agreement it stands in the payer’s series; what is credited is for the supplier to say."""
    if not document.self_billed:
        return None
    return (
        f"Self-billed credit note, by agreement {document.self_billed} with {document.payer.name}. "
        f"{document.supplier.name} agreed to what is credited."
    )


def _how_to_pay(document: InvoiceDocument) -> list[str]:
    """The supplier's own words; without any, and without bank details, whom to ask for them."""
    if document.paid_on:
        return [PAID]
    if document.how_to_pay or document.bank:
        return list(document.how_to_pay)
    supplier = document.supplier
    asked = f"{supplier.name} at {supplier.email}" if supplier.email else supplier.name
    return [f"Bank details are not on this invoice. Ask {asked} for them, and check them by telephone."]


def _bank_words(document: InvoiceDocument) -> list[tuple[str, str]]:
    if document.bank is None:
        return [("Payment reference", document.payment_reference)]
    return [
        ("Account name", document.bank.account_name),
        ("Sort code", document.bank.sort_code),
        ("Account number", document.bank.account_number),
        ("Payment reference", document.payment_reference),
    ]


def invoice_words(document: InvoiceDocument) -> dict[str, Any]:
    """Everything the invoice prints, in words, nested as the page is: for the PDF and for the page alike."""
    name = "Self-billed invoice" if document.self_billed else "Invoice"
    facts = [("Invoice number", document.number), ("Invoice date", long_day(document.issued_on))]
    facts.append(("Support given in", period_in_words(document.period_starts, document.period_ends)))
    if document.purchase_order:
        facts.append(("Your purchase order", document.purchase_order))
    if document.received_on:
        facts.append(("The supplier’s own invoice came on", long_day(document.received_on)))
    due = ("Pay by", long_day(document.due_on))
    paid = document.paid_on and ("Paid on", long_day(document.paid_on))
    return {
        "title": f"{name} {document.number} from {document.supplier.name}",
        "names": {**NAMES, "document": name},
        "self_billed": self_billed_words(document),
        "number": document.number,
        "demonstration": DEMONSTRATION_LABEL if document.standing is Standing.DEMONSTRATION else None,
        "supplier": party_words(document.supplier),
        "payer": party_words(document.payer),
        "facts": facts,
        "total": ("Total paid" if paid else "Total to pay", money(document.vat.gross)),
        "settling": [paid or due, ("Payment reference", document.payment_reference)],
        "people": people_words(document.people),
        "vat": [
            vat_words(row, document.supplier, document.exemption_reason) for row in document.vat.categories
        ],
        "sums": sums_words(document.vat),
        "rounding": rounding_words(document.vat, document.supplier),
        "how_to_pay": _how_to_pay(document),
        "bank": [] if paid else _bank_words(document),
        "how_to_query": list(document.how_to_query),
    }
