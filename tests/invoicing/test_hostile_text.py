"""Whatever somebody typed is printed as it was typed, stays in its column, and never stops an invoice."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.documents import Party, render_invoice
from marketplace.kernel.printable import DRAWABLE, drawable, printable
from tests.invoicing.made_invoices import EXEMPT, HARBOUR, ONE, invoice
from tests.pdf_tools import facts_of, text_of, unspaced

pytestmark = pytest.mark.row("V4")

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
