"""Writes an issued invoice or credit note as UBL 2.1 (row V4). Pure: the same document gives the same bytes."""

from datetime import date
from typing import Final

from lxml import etree

from invoicing.credits.document import CreditNoteDocument
from invoicing.document_words import DEMONSTRATION_LABEL, self_billed_credit_words, self_billed_words
from invoicing.invoice_document import Allowance, BankDetails, InvoiceDocument, Standing
from invoicing.ubl.figures import Figures, LineFigures, MixedScope, Subtotal, figures_of
from invoicing.ubl.parties import add_payer, add_supplier, on_peppol
from invoicing.ubl.xml import decimal_of, fit, group, put, put_day, put_money, root, written
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import ZERO

EN_16931: Final = "urn:cen.eu:en16931:2017"
PEPPOL_BILLING: Final = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
BILLING_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"

PEPPOL_SELF_BILLING: Final = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:selfbilling:3.0"
SELF_BILLING_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:selfbilling:01:1.0"

INVOICE, SELF_BILLED_INVOICE = "380", "389"
CREDIT_NOTE, SELF_BILLED_CREDIT_NOTE = "381", "261"
BOOKING_OBJECT: Final = "130"
"""The code of what a line is about (BT-128): here its booking."""
UNIT: Final = "C62"
"""One: a session, or a journey."""
CREDIT_TRANSFER, NOT_DEFINED = "30", "1"


class WrittenElsewhere(Conflict):
    """The supplier wrote it: the e-invoice is the file that came, if it was one."""

    code = "written_elsewhere"

    def __init__(self) -> None:
        super().__init__(
            "You cannot have this as an e-invoice here, because its supplier wrote it elsewhere. "
            "You can open what came on the page of the invoice."
        )


Either = InvoiceDocument | CreditNoteDocument


def ubl_invoice(document: InvoiceDocument) -> bytes:
    """An invoice as UBL. Raises MixedScope for what the standard cannot express, WrittenElsewhere."""
    if document.received_on:
        raise WrittenElsewhere
    return _written(document)


def ubl_credit_note(document: CreditNoteDocument) -> bytes:
    """A credit note as UBL: its amounts are what is taken off, above zero. Raises MixedScope."""
    return _written(document)


def to_attach(document: Either) -> str | None:
    """The UBL to put into the PDF; None for what the standard cannot express, and for what its supplier wrote."""
    if isinstance(document, InvoiceDocument) and document.received_on:
        return None
    try:
        return _written(document).decode()
    except MixedScope:
        return None


def _written(document: Either) -> bytes:
    figures = figures_of(document)
    name = "Invoice" if isinstance(document, InvoiceDocument) else "CreditNote"
    told = root(name)
    _add_heading(told, document)
    add_supplier(group(told, "AccountingSupplierParty"), document.supplier, vat_stands=not figures.outside)
    add_payer(group(told, "AccountingCustomerParty"), document.payer, vat_stands=not figures.outside)
    _add_payment(told, document)
    _add_totals(told, figures)
    for position, line in enumerate(figures.lines, start=1):
        _add_line(told, name, position, line)
    return written(told)


def _add_heading(told: etree._Element, document: Either) -> None:
    self_billed = document.self_billed is not None
    if on_peppol(document.supplier, document.payer):
        put(told, "CustomizationID", PEPPOL_SELF_BILLING if self_billed else PEPPOL_BILLING)
        put(told, "ProfileID", SELF_BILLING_PROCESS if self_billed else BILLING_PROCESS)
    else:
        put(told, "CustomizationID", EN_16931)
    put(told, "ID", document.number)
    put_day(told, "IssueDate", document.issued_on)
    if isinstance(document, InvoiceDocument):
        put_day(told, "DueDate", document.due_on)
        put(told, "InvoiceTypeCode", SELF_BILLED_INVOICE if self_billed else INVOICE)
    else:
        put(told, "CreditNoteTypeCode", SELF_BILLED_CREDIT_NOTE if self_billed else CREDIT_NOTE)
    label = DEMONSTRATION_LABEL if document.standing is Standing.DEMONSTRATION else ""
    # No more than one note (PEPPOL-EN16931-R002).
    put(told, "Note", f"{_note(document)} {label}")
    put(told, "DocumentCurrencyCode", "GBP")
    order = fit(document.purchase_order or "")
    # One of the two is wanted (PEPPOL-EN16931-R003): without an order, who asked for it.
    put(told, "BuyerReference", order or document.payer.name)
    _add_period(told, document.period_starts, document.period_ends)
    if order:
        put(group(told, "OrderReference"), "ID", order)
    if isinstance(document, CreditNoteDocument):
        preceding = group(group(told, "BillingReference"), "InvoiceDocumentReference")
        put(preceding, "ID", document.invoice_number)
        put_day(preceding, "IssueDate", document.invoice_issued_on)


def _note(document: Either) -> str:
    """Why it was credited, and by which agreement a payer writes."""
    if isinstance(document, InvoiceDocument):
        return self_billed_words(document) or ""
    return f"{document.because} {self_billed_credit_words(document) or ''}"


def _add_period(parent: etree._Element, starts: date, ends: date) -> None:
    period = group(parent, "InvoicePeriod")
    put_day(period, "StartDate", starts)
    put_day(period, "EndDate", ends)


def _add_payment(told: etree._Element, document: Either) -> None:
    if isinstance(document, CreditNoteDocument):
        words = f"Takes {document.vat.gross} off invoice {document.invoice_number}."
        put(group(told, "PaymentTerms"), "Note", words)
        return
    means = group(told, "PaymentMeans")
    put(means, "PaymentMeansCode", CREDIT_TRANSFER if document.bank else NOT_DEFINED)
    put(means, "PaymentID", document.payment_reference)
    if document.bank:
        _add_account(means, document.bank)
    words = f"Pay by {formats.full_date(document.due_on)}. Pay the lines that are right, and query the rest."
    put(group(told, "PaymentTerms"), "Note", words)


def _add_account(means: etree._Element, bank: BankDetails) -> None:
    account = group(means, "PayeeFinancialAccount")
    put(account, "ID", bank.account_number)
    put(account, "Name", bank.account_name)
    put(group(account, "FinancialInstitutionBranch"), "ID", bank.sort_code.replace("-", ""))


def _add_totals(told: etree._Element, figures: Figures) -> None:
    tax = group(told, "TaxTotal")
    put_money(tax, "TaxAmount", figures.vat)
    for row in figures.subtotals:
        _add_subtotal(tax, row)
    sums = group(told, "LegalMonetaryTotal")
    put_money(sums, "LineExtensionAmount", figures.net)
    put_money(sums, "TaxExclusiveAmount", figures.net)
    put_money(sums, "TaxInclusiveAmount", figures.with_vat)
    if figures.rounding != ZERO:
        put_money(sums, "PayableRoundingAmount", figures.rounding)
    put_money(sums, "PayableAmount", figures.due)


def _add_subtotal(tax: etree._Element, row: Subtotal) -> None:
    told = group(tax, "TaxSubtotal")
    put_money(told, "TaxableAmount", row.taxable)
    put_money(told, "TaxAmount", row.vat)
    category = group(told, "TaxCategory")
    put(category, "ID", row.code)
    _put_rate(category, row.rate_basis_points)
    put(category, "TaxExemptionReasonCode", row.reason_code)
    put(category, "TaxExemptionReason", row.reason)
    put(group(category, "TaxScheme"), "ID", "VAT")


def _put_rate(category: etree._Element, rate_basis_points: int | None) -> None:
    if rate_basis_points is not None:
        put(category, "Percent", decimal_of(rate_basis_points))


def _add_line(told: etree._Element, kind: str, position: int, figures: LineFigures) -> None:
    line = figures.line
    row = group(told, f"{kind}Line")
    put(row, "ID", str(position))
    put(row, "Note", f"For {figures.person_reference}")
    put(row, "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity", "1", unitCode=UNIT)
    put_money(row, "LineExtensionAmount", line.net)
    _add_period(row, line.service_date, line.service_date)
    if fit(line.booking_reference):
        booking = group(row, "DocumentReference")
        put(booking, "ID", line.booking_reference)
        put(booking, "DocumentTypeCode", BOOKING_OBJECT)
    if line.allowance:
        _add_allowance(row, line.allowance)
    item = group(row, "Item")
    put(item, "Name", line.description if fit(line.description) else "Support")
    category = group(item, "ClassifiedTaxCategory")
    put(category, "ID", figures.code)
    _put_rate(category, figures.rate_basis_points)
    put(group(category, "TaxScheme"), "ID", "VAT")
    put_money(group(row, "Price"), "PriceAmount", line.price_net)


def _add_allowance(row: etree._Element, allowance: Allowance) -> None:
    """What is taken off the price (BG-27), with its reason in words: the code list has no code for it."""
    told = group(row, "AllowanceCharge")
    put(told, "ChargeIndicator", "false")
    put(told, "AllowanceChargeReason", allowance.because)
    put_money(told, "Amount", allowance.net)
