"""What we emit, judged by the official schema of UBL 2.1 and the official rules of EN 16931 and Peppol BIS 3."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from invoicing.invoice_document import InvoiceDocument, Party, Standing
from invoicing.ubl.figures import MixedScope
from invoicing.ubl.parties import address_of, endpoint_of, registration_id, vat_identifier
from invoicing.ubl.writer import (
    PEPPOL_BILLING,
    PEPPOL_SELF_BILLING,
    SELF_BILLED_CREDIT_NOTE,
    SELF_BILLED_INVOICE,
    ubl_invoice,
)
from tests.invoicing.made_invoices import EXEMPT, HARBOUR, MIXED, ONE, OUTSIDE, STANDARD, ZERO, invoice, many
from tests.invoicing.test_hostile_text import HOSTILE
from tests.invoicing.ubl.generated import (
    ON_PEPPOL,
    REACHED,
    REDUCED,
    UNREGISTERED,
    WRITERS,
    documents,
    with_allowances,
)
from tests.invoicing.ubl.official_rules import against_schema, broken_rules

pytestmark = pytest.mark.row("V4")

PENNIES = [
    *(("P-1", 1 + place % 30, "Tea", STANDARD, 1 + place) for place in range(12)),
    ("P-1", 3, "Lift", REDUCED, 7),
    ("P-1", 3, "Bus", ZERO, 1),
]
# What stands on a document, whoever its parties are.
CONTENT: dict[str, InvoiceDocument] = {
    "one exempt line": invoice(ONE),
    "exempt, standard and zero": invoice(MIXED),
    "allowances": with_allowances(invoice(MIXED), [3850, 0, 1, 12000, 999]),
    "two rates and pennies": invoice(PENNIES),
    "allowances of pennies": with_allowances(invoice(PENNIES), [1, 2, 3, 4, 5, 6, 7, 1, 1, 1, 1, 1, 1, 1]),
    "many lines": invoice(many(60)),
    "registered later": invoice([("P-1", 2, "Choir", OUTSIDE, 1200)]),
    "a demonstration": invoice(MIXED, standing=Standing.DEMONSTRATION),
    "whatever somebody typed": invoice(
        [(HOSTILE, 2, HOSTILE, EXEMPT, 1200), ("P-\x07", 2, " \x00 ", EXEMPT, 1)],
        supplier=replace(HARBOUR, name=f"\u202e]]>&amp;{HOSTILE}", address_lines=(HOSTILE,) * 5, registration=HOSTILE),
        payer=replace(REACHED, name=f"🎵 {HOSTILE}", address_lines=("\x01",)),
        purchase_order=HOSTILE, number="<1>",
    ),
}  # fmt: skip
NOT_REGISTERED = with_allowances(
    invoice(
        [("P-1", 2, "Choir", OUTSIDE, 1200), ("P-1", 3, "Art", EXEMPT, 999), ("P-1", 3, "Bus", ZERO, 301)],
        supplier=replace(UNREGISTERED, registration=None),
        payer=REACHED,
    ),
    [0, 999],
)
PERSON = Party("Ann Other", email="ann@example.org")


def between(document: InvoiceDocument, how: str) -> InvoiceDocument:
    """The document between parties that Peppol reaches, or not."""
    match how:
        case "Peppol":
            return replace(
                document,
                supplier=replace(document.supplier, electronic_address=ON_PEPPOL.electronic_address),
                payer=replace(document.payer, electronic_address=REACHED.electronic_address),
            )
        case "self-billed by Peppol":
            return replace(between(document, "Peppol"), self_billed="SB-7F3K2M")
        case "self-billed":
            return replace(document, self_billed="SB-7F3K2M")
        case _:
            return replace(document, payer=PERSON, bank=None, purchase_order=None)


HOW = ("Peppol", "self-billed by Peppol", "self-billed", "a person pays")


def _check(xml: bytes) -> None:
    assert against_schema(xml) == []
    # What no Peppol address can receive is judged by the European norm alone.
    if b"ProfileID" not in xml:
        assert broken_rules(xml, "CEN-EN16931") == []
    elif PEPPOL_SELF_BILLING.encode() in xml:
        # The published rules are those of ordinary billing: self-billing names another specification and process.
        assert {each.rule for each in broken_rules(xml)} == {"PEPPOL-EN16931-R004", "PEPPOL-EN16931-R007"}
    else:
        assert broken_rules(xml) == []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", CONTENT)
def test_no_official_rule_is_broken(what: str, how: str) -> None:
    document = between(CONTENT[what], how)
    for write in WRITERS.values():
        _check(write(document))


def test_no_official_rule_is_broken_by_who_is_not_registered_for_vat() -> None:
    for write in WRITERS.values():
        _check(write(NOT_REGISTERED))


@settings(max_examples=20, deadline=None)
@given(documents())
def test_whatever_we_could_issue_is_valid(document: InvoiceDocument) -> None:
    for write in WRITERS.values():
        _check(write(document))


def test_what_is_self_billed_says_so_and_claims_those_rules() -> None:
    document = between(CONTENT["allowances"], "self-billed by Peppol")
    for kind, write in WRITERS.items():
        code = SELF_BILLED_INVOICE if kind == "invoice" else SELF_BILLED_CREDIT_NOTE
        xml = write(document)
        assert f"TypeCode>{code}<".encode() in xml
        assert f"<cbc:CustomizationID>{PEPPOL_SELF_BILLING}<".encode() in xml
    ordinary = WRITERS["whole credit"](between(CONTENT["allowances"], "Peppol"))
    assert b"TypeCode>381<" in ordinary
    assert f"<cbc:CustomizationID>{PEPPOL_BILLING}<".encode() in ordinary


def test_the_rules_would_find_a_fault() -> None:
    xml = ubl_invoice(between(CONTENT["allowances"], "Peppol"))
    assert against_schema(xml.replace(b"IssueDate", b"IssueDay"))
    broken = {each.rule for each in broken_rules(xml.replace(b">22.13<", b">99.13<"))}
    assert {"BR-CO-14", "BR-S-09"} & broken
    without_reason = xml.replace(b"AllowanceChargeReason>", b"AllowanceChargeReasonCode>")
    assert "BR-CL-19" in {each.rule for each in broken_rules(without_reason, "CEN-EN16931")}
    less = xml.replace(b'<cbc:Amount currencyID="GBP">38.50<', b'<cbc:Amount currencyID="GBP">30.50<')
    assert {each.rule for each in broken_rules(less)} == {"PEPPOL-EN16931-R120"}
    gln = xml.replace(b"5060012349998", b"5060012349999")
    assert {each.rule for each in broken_rules(gln, "PEPPOL-EN16931")} == {"PEPPOL-COMMON-R040"}


def test_a_payer_without_an_electronic_address_gets_what_the_european_norm_wants() -> None:
    xml = ubl_invoice(invoice(MIXED, supplier=ON_PEPPOL))
    assert b"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>" in xml
    assert "PEPPOL-EN16931-R010" in {each.rule for each in broken_rules(xml)}


def test_outside_the_scope_beside_vat_is_no_e_invoice() -> None:
    mixed = [("P-1", 2, "Choir", OUTSIDE, 1200), ("P-1", 20, "Choir", STANDARD, 1200)]
    with pytest.raises(MixedScope):
        ubl_invoice(invoice(mixed))


def test_the_same_document_gives_the_same_bytes() -> None:
    assert ubl_invoice(invoice(MIXED)) == ubl_invoice(invoice(MIXED))


# --- Parties ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("Boathouse", "2 Canal St", "Chester", "CH1 2HJ"), ("Boathouse", "2 Canal St", None, "Chester", "CH1 2HJ")),
        (("1 High Street", "Chester CH1 2HJ"), ("1 High Street", None, None, "Chester", "CH1 2HJ")),
        (("1 High Street, ", "ch12hj"), ("1 High Street", None, None, None, "CH12HJ")),
        (("A", "B", "C", "D", "Town"), ("A", "B", "C, D", "Town", None)),
        ((), (None,) * 5),
    ],
)  # fmt: skip
def test_an_address_finds_its_places(lines: tuple[str, ...], wanted: tuple[str | None, ...]) -> None:
    found = address_of(lines)
    assert (found.street, found.second, found.third, found.city, found.postcode) == wanted


def test_numbers_of_registers_and_vat() -> None:
    assert vat_identifier("GB 123 4567 89") == vat_identifier("123456789") == "GB123456789"
    assert registration_id("Registered charity 1094203") == "1094203"
    assert registration_id("By letters patent") == "By letters patent"
    assert endpoint_of(Party("Nobody")) is None
    assert endpoint_of(Party("By VAT number alone", vat_number="GB123456789")) is None
