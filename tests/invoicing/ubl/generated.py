"""Any invoice that we could issue: mixed VAT, allowances, pennies, self-billed or not; its credits; and their UBL."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st
from lxml import etree

from invoicing.credits.document import CreditNoteDocument
from invoicing.credits.rules import Creditable, Credited, compose
from invoicing.delivered import Delivered
from invoicing.invoice_document import ActivityLine, InvoiceDocument, Party, Standing
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from invoicing.ubl.xml import CAC, CBC
from marketplace.bookings.rules import Outcome
from marketplace.kernel.money import Money
from tests.invoicing.made_invoices import COUNCIL, EXEMPT, HARBOUR, OUTSIDE, STANDARD, ZERO, invoice

NAMES = {"cac": CAC, "cbc": CBC}
REDUCED = (STANDARD[0], 500)
REACHED = replace(COUNCIL, electronic_address="9932:GB888842551")
ON_PEPPOL = replace(HARBOUR, electronic_address="0088:5060012349998")
UNREGISTERED = replace(HARBOUR, vat_number=None, electronic_address="0060:123456789")


def with_allowances(document: InvoiceDocument, off: Sequence[int]) -> InvoiceDocument:
    """The same lines as parts of higher prices: so many pence were taken off each; nothing where it is 0."""
    left = list(off)
    people = tuple(
        replace(person, lines=tuple(_off(line, left.pop(0) if left else 0) for line in person.lines))
        for person in document.people
    )
    return replace(document, people=people)


def _off(line: ActivityLine, pence: int) -> ActivityLine:
    delivered = Delivered(
        booking_id=UUID(int=0),
        booking_reference=line.booking_reference,
        fund_id=UUID(int=0),
        person_reference="",
        service_on=line.service_date,
        title=line.description,
        outcome=Outcome.ABSENT,
        price=line.gross + Money(pence),
        charge=line.gross,
        vat_category=line.vat_category,
        vat_rate_basis_points=line.vat_rate_basis_points,
    )
    return replace(line, allowance=delivered.allowance(line.net))


def _creditable(position: int, person: str, line: ActivityLine) -> Creditable:
    return Creditable(
        id=UUID(int=position),
        position=position,
        booking_id=UUID(int=position),
        booking_reference=line.booking_reference,
        person_reference=person,
        part="support",
        service_on=line.service_date,
        description=line.description,
        vat_category=line.vat_category,
        vat_rate_basis_points=line.vat_rate_basis_points,
        net=line.net,
        gross=line.gross,
        credited_net=Money(0),
        credited_gross=Money(0),
        still_open=line.gross,
        allowance=line.allowance,
    )


def credit_of(
    document: InvoiceDocument, take: Callable[[int, int], int] = lambda _place, gross: gross
) -> CreditNoteDocument:
    """A credit note of it: `take` says how many pence of a line, by its place and gross; all, unless said."""
    lines = [(person.person_reference, line) for person in document.people for line in person.lines]
    credited = [
        Credited(_creditable(place, person, line), Money(pence))
        for place, (person, line) in enumerate(lines)
        if (pence := take(place, line.gross.pence))
    ]
    return compose("HAR-CN-2026-000001", date(2026, 12, 20), document, credited, "It was not delivered")


def _first_line(place: int, gross: int) -> int:
    return gross if place == 0 else 0


def _part_of_each(_place: int, gross: int) -> int:
    return -(-gross // 3)


WRITERS: dict[str, Callable[[InvoiceDocument], bytes]] = {
    "invoice": ubl_invoice,
    "whole credit": lambda document: ubl_credit_note(credit_of(document)),
    "credit of a line": lambda document: ubl_credit_note(credit_of(document, _first_line)),
    "credit of parts": lambda document: ubl_credit_note(credit_of(document, _part_of_each)),
}


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
    supplier = draw(st.sampled_from([HARBOUR, ON_PEPPOL])) if registered else UNREGISTERED
    changes = {
        "supplier": draw(st.sampled_from([supplier, replace(supplier, registration=None, address_lines=())])),
        "payer": draw(
            st.sampled_from([REACHED, Party("Ann Other", email="ann@example.org"), Party("Ann Other")])
        ),
        "purchase_order": draw(st.sampled_from([None, "PO-4711", "  "])),
        "standing": draw(st.sampled_from(Standing)),
        "self_billed": draw(st.sampled_from([None, "SB-7F3K2M"])),
    }
    if draw(st.booleans()):
        changes["bank"] = None
    off = draw(st.lists(st.just(0) | st.integers(1, 60) | st.integers(1, 900_000), max_size=12))
    return with_allowances(invoice(lines, **changes), off)  # type: ignore[arg-type]


@st.composite
def written(draw: st.DrawFn) -> etree._Element:
    """The UBL of any invoice or credit note."""
    return etree.fromstring(draw(st.sampled_from(list(WRITERS.values())))(draw(documents())))


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
