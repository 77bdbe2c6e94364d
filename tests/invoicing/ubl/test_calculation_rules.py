"""The calculation rules of EN 16931, as the standard states them, one by one, over any invoice that we could issue."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from lxml import etree

from invoicing.invoice_document import InvoiceDocument
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from invoicing.vat import net_of
from marketplace.kernel.vat import VatCategory
from tests.invoicing.ubl.generated import (
    LINES,
    SUBTOTALS,
    SUMS,
    amount,
    amounts,
    credit_of,
    documents,
    groups,
    texts,
    written,
)

pytestmark = [pytest.mark.row("V4"), pytest.mark.row("V2")]

PENNY = Decimal("0.01")
EVERY = settings(max_examples=25, deadline=None)
CODE = "cac:TaxCategory/cbc:ID"
ITEM_CODE = "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"
OFF = "cac:AllowanceCharge/cbc:Amount"
ITEM_RATE = "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"


def of_line(row: etree._Element) -> tuple[str, str]:
    return "".join(texts(row, ITEM_CODE)), "".join(texts(row, ITEM_RATE))


def of_subtotal(row: etree._Element) -> tuple[str, str]:
    return "".join(texts(row, CODE)), "".join(texts(row, "cac:TaxCategory/cbc:Percent"))


@EVERY
@given(written())
def test_br_co_10_the_lines_add_up_to_their_sum(told: etree._Element) -> None:
    nets = [amount(row, "cbc:LineExtensionAmount") for row in groups(told, LINES)]
    assert amount(told, f"{SUMS}LineExtensionAmount") == sum(nets)


@EVERY
@given(written())
def test_br_co_11_and_12_nothing_is_taken_off_the_whole_and_so_there_are_no_sums_of_it(
    told: etree._Element,
) -> None:
    assert not groups(told, "cac:AllowanceCharge")
    assert not groups(told, f"{SUMS}AllowanceTotalAmount | {SUMS}ChargeTotalAmount")


@EVERY
@given(written())
def test_br_co_13_the_total_without_vat_is_the_sum_of_the_lines(told: etree._Element) -> None:
    assert amount(told, f"{SUMS}TaxExclusiveAmount") == amount(told, f"{SUMS}LineExtensionAmount")


@EVERY
@given(written())
def test_br_co_14_the_total_vat_is_the_sum_of_the_categories(told: etree._Element) -> None:
    assert amount(told, "cac:TaxTotal/cbc:TaxAmount") == sum(amounts(told, f"{SUBTOTALS}/cbc:TaxAmount"))


@EVERY
@given(written())
def test_br_co_15_the_total_with_vat_is_net_and_vat(told: etree._Element) -> None:
    net, vat = amount(told, f"{SUMS}TaxExclusiveAmount"), amount(told, "cac:TaxTotal/cbc:TaxAmount")
    assert amount(told, f"{SUMS}TaxInclusiveAmount") == net + vat


@EVERY
@given(written())
def test_br_co_16_what_is_due_is_the_total_and_the_rounding(told: etree._Element) -> None:
    with_vat, rounding = (
        amount(told, f"{SUMS}TaxInclusiveAmount"),
        amount(told, f"{SUMS}PayableRoundingAmount"),
    )
    assert amount(told, f"{SUMS}PayableAmount") == with_vat + rounding
    # A penny for each rate at most: the gross is what the budget pays. Of parts that are credited, one for each.
    credit = etree.QName(told).localname == "CreditNote"
    assert abs(rounding) <= PENNY * len(groups(told, LINES if credit else SUBTOTALS))


@EVERY
@given(written())
def test_br_co_17_vat_is_the_net_of_a_category_times_its_rate(told: etree._Element) -> None:
    for row in groups(told, SUBTOTALS):
        rate = Decimal(of_subtotal(row)[1] or 0)
        wanted = (amount(row, "cbc:TaxableAmount") * rate / 100).quantize(PENNY, ROUND_HALF_UP)
        assert amount(row, "cbc:TaxAmount") == wanted


@EVERY
@given(written())
def test_br_co_18_and_br_s_z_e_o_01_each_category_of_a_line_has_one_row(told: etree._Element) -> None:
    rows = [of_subtotal(row) for row in groups(told, SUBTOTALS)]
    assert len(rows) == len(set(rows))
    assert set(rows) == {of_line(row) for row in groups(told, LINES)}


@EVERY
@given(written())
def test_br_s_z_e_o_08_a_row_is_the_sum_of_its_lines(told: etree._Element) -> None:
    for row in groups(told, SUBTOTALS):
        nets = [
            amount(line, "cbc:LineExtensionAmount")
            for line in groups(told, LINES)
            if of_line(line) == of_subtotal(row)
        ]
        assert amount(row, "cbc:TaxableAmount") == sum(nets)


@EVERY
@given(written())
def test_br_s_z_e_o_05_and_09_only_the_standard_rate_charges(told: etree._Element) -> None:
    for row in groups(told, SUBTOTALS):
        code, rate = of_subtotal(row)
        match code:
            case "S":
                assert Decimal(rate) > 0
            case "O":
                assert (rate, amount(row, "cbc:TaxAmount")) == ("", Decimal(0))
            case _:
                assert (Decimal(rate), amount(row, "cbc:TaxAmount")) == (Decimal(0), Decimal(0))


@EVERY
@given(written())
def test_br_s_z_e_o_10_only_exempt_and_outside_have_a_reason(told: etree._Element) -> None:
    for row in groups(told, SUBTOTALS):
        reasons = texts(
            row, "cac:TaxCategory/cbc:TaxExemptionReasonCode | cac:TaxCategory/cbc:TaxExemptionReason"
        )
        assert len(reasons) == (2 if of_subtotal(row)[0] in {"E", "O"} else 0)


@EVERY
@given(written())
def test_br_o_02_and_11_outside_the_scope_stands_alone_and_without_a_vat_number(told: etree._Element) -> None:
    codes = texts(told, f"{SUBTOTALS}/{CODE}")
    numbers = texts(told, "//cac:PartyTaxScheme/cbc:CompanyID")
    if VatCategory.OUTSIDE_SCOPE.code in codes:
        assert (codes, numbers) == (["O"], [])
    else:
        # BR-S-02, BR-Z-02, BR-E-02, BR-CO-09.
        assert numbers == ["GB123456789"]


@EVERY
@given(written())
def test_br_dec_no_amount_has_more_than_two_decimals(told: etree._Element) -> None:
    for text in texts(told, "//*[@currencyID]"):
        assert len(text.partition(".")[2]) == 2


@EVERY
@given(written())
def test_br_27_and_peppol_r120_a_line_is_its_quantity_times_its_price_less_its_allowances(
    told: etree._Element,
) -> None:
    for row in groups(told, LINES):
        price, quantity = (
            amount(row, "cac:Price/cbc:PriceAmount"),
            amount(row, "cbc:InvoicedQuantity | cbc:CreditedQuantity"),
        )
        assert price >= 0
        off = sum(amounts(row, OFF))
        assert amount(row, "cbc:LineExtensionAmount") == quantity * price - off
        assert 0 <= off <= price


@EVERY
@given(written())
def test_br_41_and_42_an_allowance_of_a_line_has_an_amount_and_a_reason(told: etree._Element) -> None:
    for row in groups(told, "//cac:AllowanceCharge"):
        # PEPPOL-EN16931-R043: one of two words.
        assert texts(row, "cbc:ChargeIndicator") == ["false"]
        assert len(amounts(row, "cbc:Amount")) == 1
        assert texts(row, "cbc:AllowanceChargeReason") == [
            "For a visit that was missed, the terms ask for a part of the price"
        ]


@EVERY
@given(documents())
def test_a_whole_credit_note_mirrors_every_figure(document: InvoiceDocument) -> None:
    figures = f"//cbc:*[@currencyID] | //{CODE} | //{ITEM_CODE} | //cac:AllowanceCharge/cbc:*"
    invoice, credit = (
        texts(etree.fromstring(xml), figures)
        for xml in (ubl_invoice(document), ubl_credit_note(credit_of(document)))
    )
    assert invoice == credit


@EVERY
@given(documents())
def test_the_price_with_vat_is_what_was_agreed_and_the_line_what_is_owed(document: InvoiceDocument) -> None:
    told = etree.fromstring(ubl_invoice(document))
    lines = [line for person in document.people for line in person.lines]
    for line, row in zip(lines, groups(told, LINES), strict=True):
        assert amount(row, "cac:Price/cbc:PriceAmount") * 100 == line.price_net.pence
        assert sum(amounts(row, OFF)) * 100 == (line.allowance.net.pence if line.allowance else 0)
        # To the penny of what its VAT makes of the agreed price, unless the line itself was rounded above that.
        away = line.price_net - net_of(line.price_gross, line.vat_rate_basis_points)
        assert line.allowance is None or away.pence == 0 or (away.pence > 0 and line.allowance.net.pence == 0)


@EVERY
@given(written())
def test_br_co_25_and_26_whoever_pays_knows_when_and_whom(told: etree._Element) -> None:
    assert texts(told, "cbc:DueDate") or texts(told, "cac:PaymentTerms/cbc:Note")
    supplier = "cac:AccountingSupplierParty/cac:Party/"
    identified = [f"{supplier}{path}" for path in ("cac:PartyIdentification/cbc:ID", "*/cbc:CompanyID")]
    assert texts(told, " | ".join(identified))
