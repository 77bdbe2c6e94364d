"""The invoice as a PDF: every figure, every word as it was typed, readable by a screen reader, the same for ever."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.document_text import DRAWABLE, drawable, printable
from invoicing.document_words import period_in_words, rate_in_words
from invoicing.documents import (
    ActivityLine,
    BankDetails,
    InvoiceDocument,
    Party,
    PersonLines,
    Standing,
    from_stored,
    render_invoice,
    to_stored,
)
from invoicing.vat import vat_totals
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory
from tests.pdf_tools import facts_of, pages_of, text_of, unspaced

pytestmark = pytest.mark.row("V4")

EXEMPT = (VatCategory.EXEMPT, 0)
STANDARD = (VatCategory.STANDARD, 2000)
ZERO = (VatCategory.ZERO, 0)
OUTSIDE = (VatCategory.OUTSIDE_SCOPE, 0)

Delivered = tuple[str, int, str, tuple[VatCategory, int], int]
"""Person, day of November 2026, activity, VAT kind, gross pence."""

ONE: list[Delivered] = [("P-7F3K2M", 24, "Garden group, Pettypool", EXEMPT, 3850)]
MIXED: list[Delivered] = [
    ("P-7F3K2M", 3, "Garden group", EXEMPT, 3850),
    ("P-7F3K2M", 4, "Minibus", ZERO, 620),
    ("P-7F3K2M", 10, "Garden group", EXEMPT, 3850),
    ("P-9QXW4T", 5, "Pottery studio", STANDARD, 12000),
    ("P-9QXW4T", 12, "Pottery studio", STANDARD, 1275),
]
HARBOUR = Party(
    "Harbour Community Interest Company",
    ("The Old Boathouse", "12 Canal Street", "Chester", "CH1 2HJ"),
    email="accounts@harbour.example",
    vat_number="GB 123 4567 89",
    registration="Company number 01234567",
)
COUNCIL = Party("Weaver Vale Council", ("Accounts payable", "Civic Way", "Northwich", "CW9 1AA"))


def invoice(delivered: list[Delivered], **changes: Any) -> InvoiceDocument:
    vat = vat_totals((*kind, Money(pence)) for _, _, _, kind, pence in delivered)
    people: dict[str, list[ActivityLine]] = {}
    for place, (person, day, activity, kind, pence) in enumerate(delivered):
        line = ActivityLine(
            date(2026, 11, day), activity, f"BK-{place:06}", *kind, vat.line_nets[place], Money(pence)
        )
        people.setdefault(person, []).append(line)
    said: dict[str, Any] = {
        "number": "HAR-000042",
        "issued_on": date(2026, 12, 1),
        "due_on": date(2026, 12, 31),
        "period_starts": date(2026, 11, 1),
        "period_ends": date(2026, 11, 30),
        "supplier": HARBOUR,
        "payer": COUNCIL,
        "people": tuple(PersonLines(person, tuple(lines)) for person, lines in people.items()),
        "vat": vat,
        "payment_reference": "HAR-000042-W",
        "how_to_pay": ("Pay by bank transfer.",),
        "how_to_query": ("Write to accounts@harbour.example within 30 days.",),
        "purchase_order": "PO-4711",
        "bank": BankDetails("Harbour CIC", "01-02-03", "12345678"),
        "exemption_reason": "Welfare services by a charity",
    }
    return InvoiceDocument(**{**said, **changes})


def many(count: int) -> list[Delivered]:
    return [
        (f"P-PERSON{place % 5}", 1 + place % 30, f"Activity {place % 3}", EXEMPT, 1000 + place)
        for place in range(count)
    ]


# --- What it says -----------------------------------------------------------------------------------------------


def test_an_invoice_says_who_to_whom_when_what_and_how_to_pay() -> None:
    text = text_of(render_invoice(invoice(ONE)))
    for words in (
        *("Invoice", *HARBOUR.address_lines, HARBOUR.name, *COUNCIL.address_lines, COUNCIL.name),
        *("accounts@harbour.example", "Company number 01234567", "VAT number GB 123 4567 89"),
        *("Invoice number HAR-000042", "Invoice date Tuesday 1 December 2026", "Your purchase order PO-4711"),
        *("Support given in November 2026", "Total to pay £38.50", "Pay by Thursday 31 December 2026"),
        "Support for P-7F3K2M £38.50",
        "Tue 24 Nov 2026 Garden group, Pettypool BK-000000 E £38.50 £38.50",
        "E Exempt Welfare services by a charity none £38.50 £0.00 £38.50",
        *("How to pay Pay by bank transfer.", "Sort code 01-02-03", "Account number 12345678"),
        *("Payment reference HAR-000042-W", "How to query a line Write to", "Page 1 of 1"),
    ):
        assert words in text


@pytest.mark.row("V2")
def test_lines_with_different_vat_show_every_figure_and_the_vat_by_category() -> None:
    text = text_of(render_invoice(invoice(MIXED)))
    for words in (
        "Garden group BK-000000 E £38.50 £38.50",
        "Minibus BK-000001 Z £6.20 £6.20",
        "Pottery studio BK-000003 S 20% £100.00 £120.00",
        "Pottery studio BK-000004 S 20% £10.63 £12.75",
        "Support for P-7F3K2M £83.20",
        "Support for P-9QXW4T £132.75",
        "Exempt Welfare services by a charity none £77.00 £0.00 £77.00",
        "S Standard rate 20% £110.63 £22.12 £132.75",
        "Z Zero rate 0% £6.20 £0.00 £6.20",
        "Total £193.83 £22.12 £215.95",
        "Total to pay £215.95",
    ):
        assert words in text


def test_lines_of_one_activity_stand_together_by_day() -> None:
    delivered = [
        ("P-1", 20, "Choir", EXEMPT, 1),
        ("P-1", 2, "Art", EXEMPT, 2),
        ("P-1", 6, "Choir", EXEMPT, 3),
    ]
    text = text_of(render_invoice(invoice(delivered)))
    assert text.index("Fri 6 Nov 2026 Choir") < text.index("Fri 20 Nov 2026 Choir") < text.index("2026 Art")


def test_a_long_invoice_repeats_its_headings_and_counts_its_pages() -> None:
    document = invoice(many(120))
    pages = pages_of(render_invoice(document))
    assert len(pages) > 2
    text = " ".join(pages)
    for person in document.people:
        assert f"Support for {person.person_reference} {person.gross}" in text
        for line in person.lines:
            assert f"{line.booking_reference} E {line.net} {line.gross}" in text
    for number, page in enumerate(pages, start=1):
        assert "Date Activity Booking VAT Net Gross Support for P-PERSON" in page
        assert f"Page {number} of {len(pages)}" in page
    assert f"Total to pay {total(Money(1000 + place) for place in range(120))}" in pages[-1]


def test_thousands_are_separated() -> None:
    text = text_of(render_invoice(invoice([("P-1", 2, "Residential week", STANDARD, 123_456_789)])))
    assert "£1,028,806.58 £205,761.31 £1,234,567.89" in text


def test_a_supplier_outside_the_scope_of_vat_says_so() -> None:
    document = invoice([("P-1", 2, "Choir", OUTSIDE, 1200)], supplier=replace(HARBOUR, vat_number=None))
    text = text_of(render_invoice(document))
    assert (
        "O Outside the scope of VAT The supplier is not registered for VAT none £12.00 £0.00 £12.00" in text
    )
    assert "VAT number" not in text


def test_without_bank_details_words_say_how_to_pay() -> None:
    text = text_of(render_invoice(invoice(ONE, bank=None)))
    assert "How to pay Pay by bank transfer. Payment reference HAR-000042-W" in text
    assert "Sort code" not in text
    text = text_of(render_invoice(invoice(ONE, bank=None, how_to_pay=())))
    assert "Ask Harbour Community Interest Company at accounts@harbour.example for them" in text


def test_a_paid_copy_asks_for_nothing() -> None:
    text = text_of(render_invoice(invoice(ONE, paid_on=date(2026, 12, 20))))
    assert "Total paid £38.50 Paid on Sunday 20 December 2026" in text
    assert "Nothing is left to pay" in text
    assert "Total to pay" not in text
    assert "Account number" not in text


def test_a_demonstration_says_so_on_every_page_and_a_real_invoice_never() -> None:
    label = "Demonstration — not a real invoice"
    pages = pages_of(render_invoice(invoice(many(60), standing=Standing.DEMONSTRATION)))
    assert len(pages) > 1
    assert all(label in page for page in pages)
    assert "Demonstration" not in text_of(render_invoice(invoice(ONE)))


# --- What anybody typed -----------------------------------------------------------------------------------------

HOSTILE = (
    '#set page(width: 1pt) $x^2$ *bold* _it_ @ref <tag> \\ `code` [a](b) // /* "q" \'s\' -- ... #panic("x")'
)


def test_markup_that_somebody_typed_is_printed_as_it_was_typed() -> None:
    pdf = render_invoice(
        invoice(
            [("P-*1*", 2, HOSTILE, EXEMPT, 1200)],
            supplier=replace(HARBOUR, name=f"#{{1+1}} {HOSTILE}", address_lines=(HOSTILE,)),
            payer=Party(f"$ {HOSTILE}"),
            how_to_pay=(f"= {HOSTILE}",),
            number="#1",
            purchase_order="`PO`",
        )
    )
    text = unspaced(text_of(pdf))
    assert text.count(unspaced(HOSTILE)) == 5
    for words in ("#{1+1}", "SupportforP-*1*", "Invoicenumber#1", "`PO`", f"={unspaced(HOSTILE)}"):
        assert words in text
    assert facts_of(pdf).size_mm == (210, 297)


def test_very_long_names_break_inside_their_columns_and_lose_no_letter() -> None:
    village = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    name = f"{village} Community Interest Company of the Marches and all the Villages Between"
    delivered = [("P-" + "9" * 60, 2, village * 3, EXEMPT, 1200)]
    pdf = render_invoice(
        invoice(
            delivered, supplier=replace(HARBOUR, name=name), payer=Party(village * 2), purchase_order="7" * 70
        )
    )
    text = unspaced(text_of(pdf))
    for words in (village * 3, unspaced(name), "9" * 60, "7" * 70):
        assert words in text
    assert facts_of(pdf).title == f"Invoice HAR-000042 from {name}"


def test_accents_and_right_to_left_scripts_are_drawn() -> None:
    delivered = [("P-1", 2, "Żółć Ŵyn Ñandú Ελλάδα Привет", EXEMPT, 1200), ("P-1", 3, "שלום", EXEMPT, 1300)]
    text = text_of(render_invoice(invoice(delivered, payer=Party("سلام"))))
    assert "Żółć Ŵyn Ñandú Ελλάδα Привет BK-000000 E £12.00 £12.00" in text
    assert "שלום" in text
    # Arabic letters come out of a PDF in the shapes they have inside a word, so only the figures are compared.
    assert "BK-000001 E £13.00 £13.00" in text


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Choir 🎵", "Choir [musical note]"),
        ("ﷺ", "[arabic ligature sallallahou alayhe wasallam]"),
        ("\ue000 \U0010ffff", "[U+E000] [U+10FFFF]"),
        ("a\ud800b", "a[U+D800]b"),
        ("£\u202e00.1\u202c", "£00.1"),
        ("one\n\ttwo\x00\x07 \u00a0three\u2028", "one two three"),
        ("e\u0301t\u00e9", "été"),
        ("", ""),
    ],
)
def test_what_cannot_be_drawn_is_named_and_what_cannot_be_seen_is_left_out(typed: str, printed: str) -> None:
    assert printable(typed) == printed


def test_emoji_are_printed_by_their_names() -> None:
    text = text_of(render_invoice(invoice([("P-1", 2, "Choir 🎵🎉", EXEMPT, 1200)], number="🎵")))
    assert "Choir [musical note][party popper]" in text
    assert "Invoice number [musical note]" in text


def test_every_character_that_we_call_drawable_is_in_the_fonts() -> None:
    every = (chr(code) for first, last in DRAWABLE for code in range(first, last + 1))
    characters = [character for character in every if drawable(character)]
    assert len(characters) > 2500
    words = " ".join(f"x{character}" for character in characters)  # a combining mark needs a letter
    assert render_invoice(invoice(ONE, how_to_pay=(words,))).startswith(b"%PDF")


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_can_be_printed(text: str) -> None:
    document = invoice(
        [(text, 2, text, EXEMPT, 1200)], payer=Party(text, (text,)), number=text, purchase_order=text
    )
    assert "£12.00" in text_of(render_invoice(document))


# --- What it is -------------------------------------------------------------------------------------------------


def test_the_pdf_is_tagged_a4_in_english_with_a_title() -> None:
    pdf = render_invoice(invoice(MIXED))
    facts = facts_of(pdf)
    assert facts.title == "Invoice HAR-000042 from Harbour Community Interest Company"
    assert (facts.language, facts.marked, facts.size_mm, facts.pages) == ("en-GB", True, (210, 297), 1)
    assert {"/Table", "/THead", "/TH", "/TD", "/H1"} <= facts.tags
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


@pytest.mark.row("V3")
def test_the_same_invoice_gives_the_same_bytes_even_after_storing_and_from_many_threads() -> None:
    document = invoice(MIXED)
    first = render_invoice(document)
    other = render_invoice(invoice(ONE))
    stored = from_stored(json.loads(json.dumps(to_stored(document))))
    assert stored == document
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(render_invoice, [stored, document, stored, document])) == {first}
    assert other != first


# --- What cannot be ---------------------------------------------------------------------------------------------


def test_an_invoice_whose_figures_disagree_cannot_be_made() -> None:
    document = invoice(MIXED)
    first, second = document.people
    with pytest.raises(ValueError, match="disagree"):
        replace(document, people=(first,))
    with pytest.raises(ValueError, match="disagree"):
        replace(document, people=())
    with pytest.raises(ValueError, match="disagree"):
        replace(document, vat=replace(document.vat, gross=Money(1)))
    changed = replace(second, lines=(replace(second.lines[0], net=Money(9999)), *second.lines[1:]))
    with pytest.raises(ValueError, match="disagree"):
        replace(document, people=(first, changed))


def test_vat_without_a_vat_number_and_exemption_without_a_reason_cannot_be_invoiced() -> None:
    with pytest.raises(ValueError, match="VAT number"):
        invoice(MIXED, supplier=replace(HARBOUR, vat_number=None))
    with pytest.raises(ValueError, match="reason for the exemption"):
        invoice(ONE, exemption_reason=None)


def test_dates_in_the_wrong_order_cannot_be_invoiced() -> None:
    with pytest.raises(ValueError, match="due before"):
        invoice(ONE, due_on=date(2026, 11, 30))
    with pytest.raises(ValueError, match="ends before"):
        invoice(ONE, period_ends=date(2026, 11, 1) - timedelta(days=1))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 11, 1), date(2026, 11, 30), "November 2026"),
        (date(2028, 2, 1), date(2028, 2, 29), "February 2028"),
        (date(2026, 11, 1), date(2026, 11, 29), "1 November 2026 to 29 November 2026"),
        (date(2026, 11, 1), date(2026, 12, 31), "1 November 2026 to 31 December 2026"),
    ],
)
def test_a_whole_month_is_called_by_its_name(first: date, last: date, words: str) -> None:
    assert period_in_words(first, last) == words


@pytest.mark.parametrize(
    ("rate", "words"), [(2000, "20%"), (500, "5%"), (550, "5.5%"), (1005, "10.05%"), (0, "0%")]
)
def test_a_rate_reads_as_a_percentage(rate: int, words: str) -> None:
    assert rate_in_words(rate) == words
