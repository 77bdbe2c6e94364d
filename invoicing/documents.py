"""Prints an invoice: the frozen document in, a PDF out.

The layout is in `templates/documents/`. Everything it prints reaches it as JSON, already worded, so that
nothing anybody typed can become part of its source.
"""

from typing import Final

from invoicing.document_words import invoice_words
from invoicing.invoice_document import (
    ActivityLine,
    BankDetails,
    InvoiceDocument,
    Party,
    PersonLines,
    Standing,
    from_stored,
    to_stored,
)
from invoicing.ubl.writer import to_attach
from marketplace.kernel.typesetting import typeset_here

__all__ = [
    "ActivityLine",
    "BankDetails",
    "InvoiceDocument",
    "Party",
    "PersonLines",
    "Standing",
    "from_stored",
    "render_invoice",
    "to_stored",
]

LAYOUT: Final = "invoice.typ"


def render_invoice(document: InvoiceDocument) -> bytes:
    """The invoice as a tagged A4 PDF (PDF/A-3a and PDF/UA-1) with its UBL inside; the same document, the same bytes.

    What the e-invoice standard cannot express (`MixedScope`) is printed without UBL. It
    keeps a processor busy for some 10 ms, more for many lines: from a handler, call it in a thread.
    """
    return print_with_ubl(document)[0]


def print_with_ubl(document: InvoiceDocument) -> tuple[bytes, str | None]:
    """The PDF, and the UBL that is inside it: None for what has none (`to_attach`)."""
    words, ubl = invoice_words(document), to_attach(document)
    pdf = typeset_here(LAYOUT, words, title=words["title"], made_on=document.issued_on, attached=ubl)
    return pdf, ubl
