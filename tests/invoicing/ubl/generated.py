"""Any invoice that we could issue: mixed VAT, pennies, one person or several; and what its UBL says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st
from lxml import etree

from invoicing.credits.document import CreditNoteDocument
from invoicing.invoice_document import InvoiceDocument, Party, Standing
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from invoicing.ubl.xml import CAC, CBC
from tests.invoicing.made_invoices import COUNCIL, EXEMPT, HARBOUR, OUTSIDE, STANDARD, ZERO, invoice

NAMES = {"cac": CAC, "cbc": CBC}
REDUCED = (STANDARD[0], 500)
REACHED = replace(COUNCIL, electronic_address="9932:GB888842551")
UNREGISTERED = replace(HARBOUR, vat_number=None, electronic_address="0060:123456789")


def credit_of(document: InvoiceDocument) -> CreditNoteDocument:
    """A credit note over the same lines."""
    return CreditNoteDocument(
        number="HAR-C-000001",
        issued_on=document.issued_on,
        invoice_number="HAR-000041",
        invoice_issued_on=date(2026, 11, 1),
        period_starts=document.period_starts,
        period_ends=document.period_ends,
        supplier=document.supplier,
        payer=document.payer,
        people=document.people,
        vat=document.vat,
        because="It was not delivered",
        purchase_order=document.purchase_order,
        exemption_reason=document.exemption_reason,
        standing=document.standing,
    )


WRITERS: list[Callable[[InvoiceDocument], bytes]] = [
    ubl_invoice,
    lambda document: ubl_credit_note(credit_of(document)),
]


def _lines(*kinds: tuple[object, int]) -> st.SearchStrategy[list[tuple[object, ...]]]:
    line = st.tuples(
        st.sampled_from(["P-7F3K2M", "P-9QXW4T"]),
        st.integers(1, 30),
        st.sampled_from(["Garden group", "Minibus", "Ŵyn & Żółć <b>", "\x00", "Choir (did not come)"]),
        st.sampled_from(kinds),
        st.integers(1, 60) | st.integers(1, 900_000),
    )
    return st.lists(line, min_size=1, max_size=12)


@st.composite
def documents(draw: st.DrawFn) -> InvoiceDocument:
    """A document of a supplier that is, or is not, registered for VAT."""
    registered = draw(st.booleans())
    lines = draw(_lines(EXEMPT, STANDARD, REDUCED, ZERO) if registered else _lines(EXEMPT, ZERO, OUTSIDE))
    supplier = HARBOUR if registered else UNREGISTERED
    changes = {
        "supplier": draw(st.sampled_from([supplier, replace(supplier, registration=None, address_lines=())])),
        "payer": draw(
            st.sampled_from([REACHED, Party("Ann Other", email="ann@example.org"), Party("Ann Other")])
        ),
        "purchase_order": draw(st.sampled_from([None, "PO-4711", "  "])),
        "standing": draw(st.sampled_from(Standing)),
    }
    if draw(st.booleans()):
        changes["bank"] = None
    return invoice(lines, **changes)  # type: ignore[arg-type]


@st.composite
def written(draw: st.DrawFn) -> etree._Element:
    """The UBL of any invoice or credit note."""
    return etree.fromstring(draw(st.sampled_from(WRITERS))(draw(documents())))


def texts(element: etree._Element, path: str) -> list[str]:
    """The texts at a path."""
    found = element.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [each.text or "" for each in found if isinstance(each, etree._Element)]


def amounts(element: etree._Element, path: str) -> list[Decimal]:
    """The amounts at a path."""
    return [Decimal(text) for text in texts(element, path)]


def amount(element: etree._Element, path: str) -> Decimal:
    """The one amount at a path, or nothing where there is none."""
    found = amounts(element, path)
    assert len(found) <= 1, path
    return found[0] if found else Decimal(0)


def groups(element: etree._Element, path: str) -> list[etree._Element]:
    """The groups at a path."""
    found = element.xpath(path, namespaces=NAMES)
    assert isinstance(found, list)
    return [each for each in found if isinstance(each, etree._Element)]


LINES = "cac:InvoiceLine | cac:CreditNoteLine"
SUBTOTALS = "cac:TaxTotal/cac:TaxSubtotal"
SUMS = "cac:LegalMonetaryTotal/cbc:"
