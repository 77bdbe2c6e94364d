"""Whatever somebody sends as an e-invoice: its lines are read, or words say what to do; nothing else happens."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.invoice_document import InvoiceDocument
from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads.reading import MOST_BYTES, read_ubl
from marketplace.kernel.errors import Invalid
from tests.invoicing.made_invoices import MIXED, ONE, invoice
from tests.invoicing.ubl.generated import credit_of, documents

pytestmark = pytest.mark.row("V5")

GOOD = ubl_invoice(invoice(MIXED))
BOMB = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">%s]><Invoice>&z;</Invoice>""" % b"".join(
    b'<!ENTITY %c "%s">' % (ord("b") + place, b"&%c;" % (ord("a") + place) * 10) for place in range(9)
)
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><Invoice>&a;</Invoice>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not XML"),
        (b"hello", "not XML"),
        (b"%PDF-1.7 ...", "This is a PDF"),
        (b"<Invoice>", "not XML"),
        (b"<html/>", "not a UBL 2.1 invoice"),
        (b"<Invoice/>", "not a UBL 2.1 invoice"),
        (BOMB, "document type or entities"),
        (OUTSIDE, "document type or entities"),
        (OUTSIDE.decode().encode("utf-16"), "document type or entities"),
        (GOOD + b" " * MOST_BYTES, "larger than 5 MB"),
        (GOOD.replace(b"UTF-8", b"UTF-16"), "not XML"),
        (GOOD[:-40], "not XML"),
        (GOOD.replace(b"Garden group", b"Garden \xff group"), "not XML"),
        (GOOD.replace(b"IssueDate", b"IssuedOn"), "not a whole UBL 2.1 invoice"),
        (GOOD.replace(b">GBP<", b">EUR<"), "not in pounds"),
        (GOOD.replace(b'currencyID="GBP">38.50', b'currencyID="EUR">38.50'), "not in pounds"),
        (GOOD.replace(b">380<", b">389<"), "type 389"),
        (GOOD.replace(b">2026-12-01<", b">soon<"), "not a whole UBL 2.1 invoice"),
        (GOOD.replace(b">215.95<", b">9.00<"), "The lines come to"),
        (GOOD.replace(b">38.50<", b">-38.50<"), "below zero"),
        (GOOD.replace(b">38.50<", b">38.505<"), "fraction of a penny"),
        (GOOD.replace(b">HAR-000042<", b">" + b"9" * 41 + b"<"), "longer than 40"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "not XML"),
    ],
)
def test_a_file_that_is_no_invoice_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_ubl(content)
    assert words in refusal.value.fields["file"]


def test_a_credit_note_is_told_where_it_goes() -> None:
    from invoicing.ubl.writer import ubl_credit_note

    with pytest.raises(Invalid) as refusal:
        read_ubl(ubl_credit_note(credit_of(invoice(ONE))))
    assert "This is a credit note" in refusal.value.fields["file"]


def test_an_invoice_is_read_as_it_was_written() -> None:
    received = read_ubl(GOOD)
    assert (received.number, received.due.pence, received.vat_number) == ("HAR-000042", 21595, "GB123456789")
    told = [
        (line.reference, line.service_on.day, line.asked.pence) for line in received.lines if line.service_on
    ]
    assert told == [
        ("BK-000000", 3, 3850),
        ("BK-000001", 4, 620),
        ("BK-000002", 10, 3850),
        ("BK-000003", 5, 12000),
        ("BK-000004", 12, 1276),  # with VAT rounded on the line; the whole is a penny less
    ]


def test_the_declared_encoding_counts() -> None:
    latin = GOOD.decode().replace("Garden group", "Café").replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert read_ubl(latin).lines[0].description == "Café"


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=300)
    | st.integers(0, len(GOOD) - 1).map(lambda at: GOOD[:at] + b"\x00<" + GOOD[at + 2 :])
)
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        read_ubl(content)
    except Invalid as refusal:
        assert set(refusal.fields) == {"file"}


@settings(max_examples=25, deadline=None)
@given(documents())
def test_what_we_write_can_be_read(document: InvoiceDocument) -> None:
    # What a payer wrote is sent by no supplier.
    received = read_ubl(ubl_invoice(replace(document, self_billed=None)))
    assert received.due == document.vat.gross
