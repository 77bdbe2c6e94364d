"""The words and figures of a credit note: its page and its PDF both print what `credit_words` gives. Pure."""

from typing import Any, Final

from invoicing.credits.document import CreditNoteDocument
from invoicing.document_words import (
    DEMONSTRATION_LABEL,
    long_day,
    party_words,
    people_words,
    period_in_words,
    rounding_words,
    self_billed_credit_words,
    sums_words,
    vat_words,
)
from invoicing.invoice_document import Standing
from invoicing.ubl.writer import to_attach
from marketplace.kernel.formats import money
from marketplace.kernel.typesetting import typeset_here

LAYOUT: Final = "invoice.typ"
FILE: Final = "credit-note"
"""What the e-invoice inside the PDF is called, without its ending."""
NAMES: Final = {
    "document": "Credit note",
    "about": "About this credit note",
    "lines": "What is credited",
    "first": "What happens with the money",
    "second": "Why",
}


def credit_words(document: CreditNoteDocument) -> dict[str, Any]:
    """Everything the credit note prints, in words, nested as the page is: for the PDF and for the page alike."""
    name = "Self-billed credit note" if document.self_billed else "Credit note"
    facts = [
        ("Credit note number", document.number),
        ("Date", long_day(document.issued_on)),
        ("Support given in", period_in_words(document.period_starts, document.period_ends)),
    ]
    if document.purchase_order:
        facts.append(("Your purchase order", document.purchase_order))
    return {
        "title": f"{name} {document.number} from {document.supplier.name}",
        "number": document.number,
        "names": {**NAMES, "document": name},
        "self_billed": self_billed_credit_words(document),
        "demonstration": DEMONSTRATION_LABEL if document.standing is Standing.DEMONSTRATION else None,
        "supplier": party_words(document.supplier),
        "payer": party_words(document.payer),
        "facts": facts,
        "total": ("Total credited", money(document.vat.gross)),
        "settling": [
            ("Of invoice", document.invoice_number),
            ("Dated", long_day(document.invoice_issued_on)),
        ],
        "people": people_words(document.people),
        "vat": [
            vat_words(row, document.supplier, document.exemption_reason) for row in document.vat.categories
        ],
        "sums": sums_words(document.vat),
        "file": FILE,
        "rounding": rounding_words(document.vat, document.supplier),
        "how_to_pay": _money_words(document),
        "bank": [],
        "how_to_query": [document.because],
    }


def _money_words(document: CreditNoteDocument) -> list[str]:
    words = []
    if document.off_the_invoice:
        words.append(
            f"Invoice {document.invoice_number} asks for {document.off_the_invoice} less. Do not pay that part."
        )
    if document.owed_back:
        words.append(
            f"{document.owed_back} was paid already. {document.supplier.name} owes it to you: it is taken off your "
            "next payment, or paid back."
        )
    return words


def render_credit_note(document: CreditNoteDocument) -> bytes:
    """The credit note as a tagged A4 PDF with its UBL inside; takes some 10 ms: from a handler, in a thread."""
    words = credit_words(document)
    return typeset_here(
        LAYOUT, words, title=words["title"], made_on=document.issued_on, attached=to_attach(document)
    )
