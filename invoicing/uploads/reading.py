"""Reads a UBL invoice that somebody sent. Whatever the file is, the answer is its lines or words that say what to do.

Nothing outside the file is ever read: no entities, no document type, no network, and no more depth or size than an
invoice has.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

from invoicing.ubl.schema import against_schema
from invoicing.ubl.writer import BOOKING_OBJECT
from invoicing.ubl.xml import CURRENCY, ROOTS
from invoicing.uploads.allowances import REFERENCE, Row, check_line, on_the_whole
from invoicing.uploads.values import as_day, every, first, money_at, rate_at, refuse, text_at, with_vat
from marketplace.kernel.money import Money, total

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_LINES: Final = 5000
_INVOICE_CODES: Final = ("380", "326", "384", "393")
_DOCTYPE: Final = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


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


def read_ubl(content: bytes) -> Received:
    """The invoice in a file. Raises Invalid with what is wrong and what to do."""
    document = _parsed(content)
    faults = against_schema(document)
    if faults:
        raise refuse(
            f"The file is not a whole UBL 2.1 invoice ({faults[0][:200]}). Ask whoever makes your e-invoices to mend it"
        )
    _check_kind(document)
    return Received(
        number=text_at(document, "cbc:ID", most=40, what="invoice number"),
        issued_on=as_day(first(document, "cbc:IssueDate") or ""),
        lines=_with_penny(_lines(document), document),
        due=money_at(document, "cac:LegalMonetaryTotal/cbc:PayableAmount"),
        vat_number=first(document, "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"),
        supplier_name=first(
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
    if first(document, "cbc:DocumentCurrencyCode") != CURRENCY:
        raise refuse("The invoice is not in pounds (GBP). Send one in pounds")
    code = first(document, "cbc:InvoiceTypeCode")
    if code not in _INVOICE_CODES:
        raise refuse(
            f"The invoice has the type {code}, which is not taken here. Send an ordinary invoice (380)"
        )
    other = document.xpath("//@currencyID[. != 'GBP']")
    if isinstance(other, list) and other:
        raise refuse("Some amounts are not in pounds (GBP). Send the invoice in pounds")


# --- Its lines ---------------------------------------------------------------------------------------------------


def _lines(document: etree._Element) -> list[ReceivedLine]:
    rows = every(document, "cac:InvoiceLine")
    if len(rows) > MOST_LINES:
        raise refuse(f"The invoice has more than {MOST_LINES:,} lines. Send several invoices")
    stated = [_row(place, row) for place, row in enumerate(rows, start=1)]
    return [
        ReceivedLine(
            position=row.position,
            reference=row.reference,
            service_on=row.service_on,
            description=row.description,
            asked=with_vat(row.net, row.rate_basis_points),
            vat_code=row.vat_code,
            vat_rate_basis_points=row.rate_basis_points,
        )
        for row in on_the_whole(document, stated)
    ]


def _row(position: int, row: etree._Element) -> Row:
    words = " ".join(first(row, path) or "" for path in ("cac:Item/cbc:Name", "cac:Item/cbc:Description"))
    day = first(row, "cac:InvoicePeriod/cbc:StartDate") or first(row, "cac:InvoicePeriod/cbc:EndDate")
    net = money_at(row, "cbc:LineExtensionAmount")
    check_line(position, row, net)
    return Row(
        position=position,
        reference=_reference(row, words),
        service_on=as_day(day) if day else None,
        description=" ".join(words.split())[:500] or f"Line {position}",
        net=net,
        vat_code=first(row, "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
        rate_basis_points=rate_at(row, "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"),
    )


def _reference(row: etree._Element, words: str) -> str | None:
    """The booking of a line: the object that it names (BT-128), else a reference in its words."""
    objects = [
        first(each, "cbc:ID") or ""
        for each in every(row, "cac:DocumentReference")
        if first(each, "cbc:DocumentTypeCode") in (BOOKING_OBJECT, None)
    ]
    for text in [*objects, words, first(row, "cbc:Note") or ""]:
        if found := REFERENCE.search(text.upper()):
            return found.group()
    return None


def _with_penny(lines: list[ReceivedLine], document: etree._Element) -> tuple[ReceivedLine, ...]:
    """The lines, when they come to what is due but for a penny each, as VAT is rounded on the whole; else a refusal."""
    due = money_at(document, "cac:LegalMonetaryTotal/cbc:PayableAmount")
    difference = due - total(line.asked for line in lines)
    if abs(difference.pence) > len(lines):
        raise refuse(
            f"The lines come to {due - difference} with VAT, allowances and charges, and the invoice asks for {due}. "
            "Send it with all that is asked, without what was paid already"
        )
    return tuple(lines)
