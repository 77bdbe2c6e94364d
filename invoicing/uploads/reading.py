"""Reads a UBL invoice that somebody sent. Whatever the file is, the answer is its lines or words that say what to do.

Nothing outside the file is ever read: no entities, no document type, no network, and no more depth or size than an
invoice has.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree

from invoicing.ubl.schema import against_schema
from invoicing.ubl.writer import BOOKING_OBJECT
from invoicing.ubl.xml import CAC, CBC, CURRENCY, ROOTS
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money, total

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_LINES: Final = 5000
_NAMES: Final = {"cac": CAC, "cbc": CBC}
_REFERENCE: Final = re.compile(r"\bBK-[0-9A-Z]{6}\b")
_INVOICE_CODES: Final = ("380", "326", "384", "393")
_MOST_PENCE: Final = 10**11
_DOCTYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)

FIELD: Final = "file"


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """One line as the provider states it; `asked` is gross. Without a day, the booking must name it."""

    position: int
    reference: str | None
    service_on: date | None
    description: str
    asked: Money
    vat_code: str | None = None
    vat_rate_basis_points: int | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """An invoice as its supplier wrote it."""

    number: str
    issued_on: date
    lines: tuple[ReceivedLine, ...]
    due: Money
    vat_number: str | None = None
    supplier_name: str = ""


def refuse(words: str) -> Invalid:
    """A refusal at the field of the file."""
    return Invalid({FIELD: words})


def read_ubl(content: bytes) -> Received:
    """The invoice in a file. Raises Invalid with what is wrong and what to do."""
    document = _parsed(content)
    faults = against_schema(document)
    if faults:
        raise refuse(
            f"The file is not a whole UBL 2.1 invoice ({faults[0][:200]}). Ask whoever makes your e-invoices to mend it"
        )
    _check_kind(document)
    lines = _lines(document)
    return Received(
        number=_text(document, "cbc:ID", most=40, what="invoice number"),
        issued_on=_day(document, "cbc:IssueDate"),
        lines=_with_penny(lines, document),
        due=_money(document, "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        vat_number=_first(document, "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"),
        supplier_name=_first(
            document, "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName"
        )
        or "",
    )


def as_text(content: bytes) -> str:
    """A file that `read_ubl` took, as UTF-8 text to be kept."""
    return etree.tostring(_parsed(content), encoding="unicode")


# --- The file ----------------------------------------------------------------------------------------------------


def _parsed(content: bytes) -> etree._Element:
    if len(content) > MOST_BYTES:
        raise refuse("The file is larger than 5 MB. Send a smaller one, or several invoices")
    if content.startswith(b"%PDF"):
        raise refuse("This is a PDF. Choose “A PDF, with its lines typed in”, or send the XML file")
    if _DOCTYPE.search(_as_ascii(content)):
        raise refuse("The file has a document type or entities, which no invoice needs. Send it without them")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        document = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise refuse(
            f"The file is not XML that can be read ({str(fault)[:120]}). Send the e-invoice itself"
        ) from None
    # Also where another encoding hid it from the search above.
    if document.getroottree().docinfo.doctype:
        raise refuse("The file has a document type, which no invoice needs. Send it without")
    name = etree.QName(document)
    if name.localname == "CreditNote" and name.namespace == ROOTS["CreditNote"]:
        raise refuse("This is a credit note. Credit a line on the page of the invoice that it corrects")
    if name.localname != "Invoice" or name.namespace != ROOTS["Invoice"]:
        raise refuse(f"This is a “{name.localname[:40]}”, not a UBL 2.1 invoice. Choose the e-invoice")
    return document


def _as_ascii(content: bytes) -> bytes:
    """The file with what other encodings put between letters left out, to see what it declares."""
    return content.replace(b"\x00", b"")


def _check_kind(document: etree._Element) -> None:
    if _first(document, "cbc:DocumentCurrencyCode") != CURRENCY:
        raise refuse("The invoice is not in pounds (GBP). Send one in pounds")
    code = _first(document, "cbc:InvoiceTypeCode")
    if code not in _INVOICE_CODES:
        raise refuse(
            f"The invoice has the type {code}, which is not taken here. Send an ordinary invoice (380)"
        )
    other = document.xpath("//@currencyID[. != 'GBP']")
    if isinstance(other, list) and other:
        raise refuse("Some amounts are not in pounds (GBP). Send the invoice in pounds")


# --- Its lines ---------------------------------------------------------------------------------------------------


def _lines(document: etree._Element) -> list[ReceivedLine]:
    rows = _all(document, "cac:InvoiceLine")
    if len(rows) > MOST_LINES:
        raise refuse(f"The invoice has more than {MOST_LINES:,} lines. Send several invoices")
    return [_line(place, row) for place, row in enumerate(rows, start=1)]


def _line(position: int, row: etree._Element) -> ReceivedLine:
    words = " ".join(_first(row, path) or "" for path in ("cac:Item/cbc:Name", "cac:Item/cbc:Description"))
    rate = _rate(row)
    net = _money(row, "cbc:LineExtensionAmount")
    gross = Money(_rounded(Decimal(net.pence) * (10_000 + rate) / 10_000))
    day = _first(row, "cac:InvoicePeriod/cbc:StartDate") or _first(row, "cac:InvoicePeriod/cbc:EndDate")
    return ReceivedLine(
        position=position,
        reference=_reference(row, words),
        service_on=_as_day(day) if day else None,
        description=" ".join(words.split())[:500] or f"Line {position}",
        asked=gross,
        vat_code=_first(row, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
        vat_rate_basis_points=rate,
    )


def _reference(row: etree._Element, words: str) -> str | None:
    """The booking of a line: the object that it names (BT-128), else a reference in its words."""
    objects = [
        _first(each, "cbc:ID") or ""
        for each in _all(row, "cac:DocumentReference")
        if _first(each, "cbc:DocumentTypeCode") in (BOOKING_OBJECT, None)
    ]
    for text in [*objects, words, _first(row, "cbc:Note") or ""]:
        if found := _REFERENCE.search(text.upper()):
            return found.group()
    return None


def _with_penny(lines: list[ReceivedLine], document: etree._Element) -> tuple[ReceivedLine, ...]:
    """The lines, when they come to what is due but for a penny each, as VAT is rounded on the whole; else a refusal."""
    due = _money(document, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    difference = due - total(line.asked for line in lines)
    if abs(difference.pence) > len(lines):
        raise refuse(
            f"The lines come to {due - difference} with VAT, and the invoice asks for {due}. Allowances, charges and "
            "what was paid already cannot be taken on the whole invoice: state them on the lines"
        )
    return tuple(lines)


# --- Values ------------------------------------------------------------------------------------------------------


def _all(element: etree._Element, path: str) -> list[etree._Element]:
    found = element.xpath(path, namespaces=_NAMES)
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def _first(element: etree._Element, path: str) -> str | None:
    for each in _all(element, path):
        if text := " ".join((each.text or "").split()):
            return text
    return None


def _text(element: etree._Element, path: str, *, most: int, what: str) -> str:
    text = _first(element, path)
    if text is None or len(text) > most:
        raise refuse(
            f"The {what} is missing or longer than {most} characters. Send the invoice with a shorter one"
        )
    return text


def _as_day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise refuse(f"“{text[:20]}” is not a day. Send the invoice with days like 2026-11-24") from None


def _day(element: etree._Element, path: str) -> date:
    return _as_day(_first(element, path) or "")


def _money(element: etree._Element, path: str) -> Money:
    pence = _decimal(_first(element, path) or "") * 100
    if pence != pence.to_integral_value() or not 0 <= pence <= _MOST_PENCE:
        raise refuse(
            "An amount is below zero, too large or has a fraction of a penny. Send it in pounds and pence"
        )
    return Money(int(pence))


def _rate(row: etree._Element) -> int:
    rate = _decimal(_first(row, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent") or "0") * 100
    if rate != rate.to_integral_value() or not 0 <= rate <= 10_000:
        raise refuse("A VAT rate is below zero, above 100% or finer than a hundredth of a percent. Mend it")
    return int(rate)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise refuse(f"“{text[:20]}” is not an amount. Send it in pounds and pence") from None
    if not value.is_finite():
        raise refuse(f"“{text[:20]}” is not an amount. Send it in pounds and pence")
    return value


def _rounded(value: Decimal) -> int:
    return int(value + Decimal("0.5"))
