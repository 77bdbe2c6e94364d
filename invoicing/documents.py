"""Prints an invoice: the frozen document in, a PDF out.

The layout is in `templates/documents/`. Everything it prints reaches it as JSON, already worded, so that
nothing anybody typed can become part of its source.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import typst

from invoicing.document_text import printable
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

if TYPE_CHECKING:
    from typst import PDFStandard  # only its type stubs have it

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
    "typst_inputs",
]

TEMPLATES: Final = Path(__file__).resolve().parent.parent / "templates" / "documents"
PDF_STANDARDS: "Final[list[PDFStandard]]" = ["a-3a", "ua-1"]

_one_at_a_time = Lock()  # a Typst compiler refuses a second caller while it works


def _printable(words: Any) -> Any:
    """Every text inside made fit to print."""
    if isinstance(words, str):
        return printable(words)
    if isinstance(words, Mapping):
        return {name: _printable(value) for name, value in words.items()}
    return [_printable(value) for value in words] if isinstance(words, list | tuple) else words


def typst_inputs(document: InvoiceDocument) -> dict[str, str]:
    """What the layout reads as `sys.inputs`: one JSON text."""
    issued = document.issued_on
    dated = {**_printable(invoice_words(document)), "issued": [issued.year, issued.month, issued.day]}
    return {"document": json.dumps(dated, ensure_ascii=False)}


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(TEMPLATES / "invoice.typ", root=TEMPLATES, ignore_system_fonts=True)


def render_invoice(document: InvoiceDocument) -> bytes:
    """The invoice as a tagged A4 PDF (PDF/A-3a and PDF/UA-1); the same document gives the same bytes.

    It keeps a processor busy for some 10 ms, more for many lines: from a handler, call it in a thread.
    """
    noon = datetime.combine(document.issued_on, time(12), tzinfo=UTC)
    inputs = typst_inputs(document)
    with _one_at_a_time:
        pdf = _compiler().compile(
            format="pdf", sys_inputs=inputs, pdf_standards=PDF_STANDARDS, timestamp=noon
        )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst gave no PDF")
    return pdf
