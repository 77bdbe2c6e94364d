"""What an issued credit note says, frozen. Pure.

It stands beside `InvoiceDocument`: the same parties, lines and VAT, all amounts above zero.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from invoicing.invoice_document import Party, PersonLines, Standing, check_figures
from invoicing.vat import VatBreakdown
from marketplace.kernel.money import ZERO, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteDocument:
    """Everything an issued credit note says.

    `invoice_number` and `invoice_issued_on` name the invoice that it corrects; period, parties, purchase order and
    exemption reason are that invoice's. `owed_back` is what of it was paid already when the note was issued: the
    supplier owes that much. Raises ValueError when its figures disagree or the reason is missing.
    """

    number: str
    issued_on: date
    invoice_number: str
    invoice_issued_on: date
    period_starts: date
    period_ends: date
    supplier: Party
    payer: Party
    people: tuple[PersonLines, ...]
    vat: VatBreakdown
    because: str
    owed_back: Money = ZERO
    purchase_order: str | None = None
    exemption_reason: str | None = None
    standing: Standing = Standing.REAL
    self_billed: str | None = None
    """The reference of the agreement by which the payer wrote the invoice for the supplier (`rules.md` 24)."""

    def __post_init__(self) -> None:
        if not self.because.strip():
            raise ValueError(f"credit note {self.number}: without a reason")
        if self.issued_on < self.invoice_issued_on:
            raise ValueError(f"credit note {self.number}: before its invoice")
        if not 0 <= self.owed_back.pence <= self.vat.gross.pence:
            raise ValueError(f"credit note {self.number}: more is owed back than is credited")
        check_figures(self)

    @property
    def off_the_invoice(self) -> Money:
        """What the invoice asks for less than before."""
        return self.vat.gross - self.owed_back


def to_stored(document: CreditNoteDocument) -> str:
    """The document as JSON, to be frozen with the issued credit note."""
    return msgspec.json.encode(document).decode()


def from_stored(stored: Mapping[str, Any]) -> CreditNoteDocument:
    """The document as it was frozen; its figures are checked again. Raises msgspec.ValidationError."""
    return msgspec.convert(dict(stored), CreditNoteDocument)
