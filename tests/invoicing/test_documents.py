"""The invoice as a PDF: every figure is there, a screen reader can read it, and it stays the same for ever."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from invoicing.credits.words import render_credit_note
from invoicing.document_words import period_in_words, rate_in_words
from invoicing.documents import Standing, from_stored, render_invoice, to_stored
from marketplace.kernel.money import Money, total
from tests.invoicing.made_invoices import (
    COUNCIL,
    EXEMPT,
    HARBOUR,
    MIXED,
    ONE,
    OUTSIDE,
    STANDARD,
    invoice,
    many,
)
from tests.invoicing.ubl.generated import credit_of, with_allowances
from tests.pdf_tools import facts_of, pages_of, text_of

pytestmark = pytest.mark.row("V4")

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


# --- What it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("render", "kind"),
    [
        (lambda: render_invoice(invoice(MIXED)), "Invoice HAR-000042"),
        (lambda: render_invoice(with_allowances(invoice(MIXED), [3850, 0, 1])), "Invoice HAR-000042"),
        (lambda: render_invoice(invoice(MIXED, self_billed="SB-7F3K2M")), "Self-billed invoice HAR-000042"),
        (lambda: render_credit_note(credit_of(invoice(MIXED))), "Credit note HAR-CN-2026-000001"),
        (
            lambda: render_credit_note(credit_of(invoice(MIXED, self_billed="SB-7F3K2M"))),
            "Self-billed credit note HAR-CN-2026-000001",
        ),
    ],
)
def test_the_pdf_is_tagged_a4_in_english_with_a_title(render: Callable[[], bytes], kind: str) -> None:
    pdf = render()
    facts = facts_of(pdf)
    assert facts.title == f"{kind} from Harbour Community Interest Company"
    assert (facts.language, facts.marked, facts.size_mm) == ("en-GB", True, (210, 297))
    assert {"/Table", "/THead", "/TH", "/TD", "/H1"} <= facts.tags
    assert facts.shows_title
    assert b"<pdfaid:part>3</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


def test_where_a_part_is_due_the_price_and_what_was_taken_off_are_printed_as_the_e_invoice_has_them() -> None:
    document = with_allowances(invoice(MIXED), [3850, 0, 0, 12000])
    text = text_of(render_invoice(document))
    why = "For a visit that was missed, the terms ask for a part of the price."
    assert f"Price £77.00, less £38.50. {why}" in text
    assert f"Price £240.00 (£200.00 net), less £120.00 (£100.00 net). {why}" in text
    assert text.count("Price £") == 2
    assert text.count(f"Price £77.00, less £38.50. {why}") == 1
    credit = text_of(render_credit_note(credit_of(document)))
    assert credit.count("Price £") == 2


@pytest.mark.row("V3")
def test_the_same_invoice_gives_the_same_bytes_even_after_storing_and_from_many_threads() -> None:
    document = invoice(MIXED)
    first = render_invoice(document)
    other = render_invoice(invoice(ONE))
    stored = from_stored(json.loads(to_stored(document)))
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
