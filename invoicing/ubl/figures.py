"""The figures of an invoice as EN 16931 wants them. Pure; amounts in whole pence.

Our invoices fix the gross and let the net give way (`invoicing/vat.py`). The standard works out VAT from the net
(BR-CO-17), so for some totals its VAT is a penny away from ours; that penny is its rounding amount (BT-114), and what
is due stays what the budget pays. Decision record 35.
"""

from dataclasses import dataclass
from typing import Final

from invoicing.credits.document import CreditNoteDocument
from invoicing.invoice_document import ActivityLine, InvoiceDocument
from invoicing.vat import vat_on
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory

NOT_REGISTERED: Final = "The supplier is not registered for VAT"


class MixedScope(Conflict):
    """One invoice of a VAT-registered supplier with lines from before it was registered (BR-O-11 to BR-O-14)."""

    code = "mixed_vat_scope"

    def __init__(self) -> None:
        super().__init__(
            "You cannot have this invoice as an e-invoice, because it has lines with VAT and lines "
            "outside the scope of VAT, and the standard allows no such invoice. You can use the PDF."
        )


@dataclass(frozen=True, slots=True)
class Subtotal:
    """One row of the VAT breakdown (BG-23); `rate_basis_points` is None where no rate may stand."""

    code: str
    rate_basis_points: int | None
    taxable: Money
    vat: Money
    reason_code: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LineFigures:
    """One line (BG-25) with the category that the standard gives it."""

    line: ActivityLine
    person_reference: str
    code: str
    rate_basis_points: int | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What BG-22, BG-23 and BG-25 say: `net + vat + rounding == due`."""

    lines: tuple[LineFigures, ...]
    subtotals: tuple[Subtotal, ...]
    net: Money
    vat: Money
    rounding: Money
    due: Money

    @property
    def with_vat(self) -> Money:
        """The total with VAT as the standard works it out (BT-112)."""
        return self.net + self.vat

    @property
    def outside(self) -> bool:
        """Whether the whole invoice is outside the scope of VAT; then no VAT number may stand on it (BR-O-02)."""
        return self.subtotals[0].code == VatCategory.OUTSIDE_SCOPE.code


def figures_of(document: InvoiceDocument | CreditNoteDocument) -> Figures:
    """The figures of one document. Raises MixedScope.

    A supplier that is not registered for VAT states everything as outside its scope, as the standard allows no
    exempt or zero line without a VAT number (BR-E-02, BR-Z-02).
    """
    registered = document.supplier.vat_number is not None
    lines = tuple(
        LineFigures(line, person.person_reference, *_stated(line, registered=registered))
        for person in document.people
        for line in person.lines
    )
    codes = {line.code for line in lines}
    if VatCategory.OUTSIDE_SCOPE.code in codes and len(codes) > 1:
        raise MixedScope
    kinds = sorted(
        {(line.code, line.rate_basis_points) for line in lines}, key=lambda kind: (kind[0], kind[1] or 0)
    )
    subtotals = tuple(_subtotal(document, lines, code, rate) for code, rate in kinds)
    net, vat = total(row.taxable for row in subtotals), total(row.vat for row in subtotals)
    due = document.vat.gross
    return Figures(lines, subtotals, net, vat, due - net - vat, due)


def _stated(line: ActivityLine, *, registered: bool) -> tuple[str, int | None]:
    if not registered or line.vat_category is VatCategory.OUTSIDE_SCOPE:
        return VatCategory.OUTSIDE_SCOPE.code, None
    return line.vat_category.code, line.vat_rate_basis_points


def _subtotal(
    document: InvoiceDocument | CreditNoteDocument,
    lines: tuple[LineFigures, ...],
    code: str,
    rate: int | None,
) -> Subtotal:
    taxable = total(each.line.net for each in lines if (each.code, each.rate_basis_points) == (code, rate))
    vat = vat_on(taxable, rate or 0)
    if code == VatCategory.EXEMPT.code:
        return Subtotal(code, rate, taxable, vat, VatCategory.EXEMPT.reason_code, document.exemption_reason)
    if code == VatCategory.OUTSIDE_SCOPE.code:
        reasons = (NOT_REGISTERED, document.exemption_reason)
        words = ". ".join(why for why in reasons if why)
        return Subtotal(code, rate, taxable, vat, VatCategory.OUTSIDE_SCOPE.reason_code, words)
    return Subtotal(code, rate, taxable, vat)
