"""What we emit, judged by the official schema of UBL 2.1 and the official rules of EN 16931 and Peppol BIS 3."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings

from invoicing.invoice_document import InvoiceDocument, Party, Standing
from invoicing.ubl.figures import MixedScope
from invoicing.ubl.parties import address_of, endpoint_of, registration_id, vat_identifier
from invoicing.ubl.writer import ubl_invoice
from tests.invoicing.made_invoices import EXEMPT, HARBOUR, MIXED, ONE, OUTSIDE, STANDARD, ZERO, invoice, many
from tests.invoicing.test_hostile_text import HOSTILE
from tests.invoicing.ubl.generated import REACHED, REDUCED, UNREGISTERED, WRITERS, documents
from tests.invoicing.ubl.official_rules import against_schema, broken_rules

pytestmark = pytest.mark.row("V4")

PENNIES = [("P-1", 1 + place % 30, "Tea", STANDARD, 1 + place) for place in range(12)]
SAMPLE: dict[str, InvoiceDocument] = {
    "one exempt line": invoice(ONE, payer=REACHED),
    "exempt, standard and zero": invoice(MIXED, payer=REACHED),
    "two rates and pennies": invoice(
        [*PENNIES, ("P-1", 3, "Lift", REDUCED, 7), ("P-1", 3, "Bus", ZERO, 1)], payer=REACHED
    ),
    "many lines": invoice(many(60), payer=REACHED),
    "a person pays, no bank, no order": invoice(
        ONE, payer=Party("Ann Other", email="ann@example.org"), bank=None, purchase_order=None
    ),
    "not registered for VAT": invoice(
        [("P-1", 2, "Choir", OUTSIDE, 1200), ("P-1", 3, "Art", EXEMPT, 999), ("P-1", 3, "Bus", ZERO, 301)],
        supplier=replace(UNREGISTERED, registration=None), payer=REACHED,
    ),
    "registered later": invoice([("P-1", 2, "Choir", OUTSIDE, 1200)], payer=REACHED),
    "a demonstration": invoice(MIXED, payer=REACHED, standing=Standing.DEMONSTRATION),
    "whatever somebody typed": invoice(
        [(HOSTILE, 2, HOSTILE, EXEMPT, 1200), ("P-\x07", 2, " \x00 ", EXEMPT, 1)],
        supplier=replace(HARBOUR, name=f"\u202e]]>&amp;{HOSTILE}", address_lines=(HOSTILE,) * 5, registration=HOSTILE),
        payer=replace(REACHED, name=f"🎵 {HOSTILE}", address_lines=("\x01",)),
        purchase_order=HOSTILE, number="<1>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SAMPLE)
@pytest.mark.parametrize("write", WRITERS, ids=["invoice", "credit note"])
def test_no_official_rule_is_broken(what: str, write: Callable[[InvoiceDocument], bytes]) -> None:
    _check(write(SAMPLE[what]))


def _check(xml: bytes) -> None:
    assert against_schema(xml) == []
    # What no Peppol address can receive is judged by the European norm alone.
    sets = ("CEN-EN16931", "PEPPOL-EN16931") if b"ProfileID" in xml else ("CEN-EN16931",)
    assert broken_rules(xml, *sets) == []


@settings(max_examples=25, deadline=None)
@given(documents())
def test_whatever_we_could_issue_is_valid(document: InvoiceDocument) -> None:
    for write in WRITERS:
        _check(write(document))


def test_the_rules_would_find_a_fault() -> None:
    xml = ubl_invoice(SAMPLE["exempt, standard and zero"])
    assert against_schema(xml.replace(b"IssueDate", b"IssueDay"))
    broken = {each.rule for each in broken_rules(xml.replace(b">22.13<", b">99.13<"))}
    assert {"BR-CO-14", "BR-S-09"} & broken
    assert "PEPPOL-EN16931-R010" in {each.rule for each in broken_rules(ubl_invoice(invoice(ONE)))}


def test_a_payer_without_an_electronic_address_gets_what_the_european_norm_wants() -> None:
    xml = ubl_invoice(invoice(MIXED))
    assert b"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>" in xml
    assert broken_rules(xml, "CEN-EN16931") == []


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
