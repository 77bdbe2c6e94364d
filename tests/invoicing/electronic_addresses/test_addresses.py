"""Where e-invoices reach a party: recorded with its check digits, frozen at issue, and claimed only when it is true."""

import asyncio
import json

import httpx
import pytest

from invoicing.electronic_addresses.commands import record_address
from invoicing.electronic_addresses.queries import versions
from invoicing.electronic_addresses.rules import Address, Scheme, address_typed
from invoicing.invoice_document import InvoiceDocument, from_stored
from invoicing.runs.commands import issue_invoices
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, Invalid
from tests.asking import follow, plain, send, sign_in, words_of
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.invoicing.ubl.generated import credit_of
from tests.invoicing.ubl.official_rules import against_schema, broken_rules
from tests.world import World

pytestmark = pytest.mark.row("V4")

GLN = address_typed("0088", "5060012349998")
VAT = address_typed("9932", "888 8425 51")


@pytest.mark.parametrize(
    ("scheme", "typed", "kept"),
    [
        ("0088", "50 6001 2349 998", "5060012349998"),
        ("9932", "gb 888 8425 51", "GB888842551"),
        ("0060", "123-456-789", "123456789"),
        ("0199", "213800wsgiiz cxf1p572", "213800WSGIIZCXF1P572"),
    ],
)
def test_a_number_is_kept_without_its_gaps(scheme: str, typed: str, kept: str) -> None:
    assert str(address_typed(scheme, typed)) == f"{scheme}:{kept}"


@pytest.mark.parametrize(
    ("scheme", "typed", "words"),
    [
        ("", "5060012349998", "Choose what kind"),
        ("EM", "a@example.org", "Choose what kind"),
        ("", "", "Choose what kind of number it is Enter the number"),
        ("0088", " ", "Enter the number: 13 digits"),
        ("0088", "506001234999", "Enter a Global Location Number (GLN) of 13 digits"),
        ("0088", "5060012349999", "one of its characters is wrong"),
        ("0088", "٥٠٦٠٠١٢٣٤٩٩٩٨", "of 13 digits"),
        ("9932", "888842552", "one of its digits is wrong"),
        ("9932", "12", "9 digits"),
        ("0060", "12345678", "of 9 digits"),
        ("0199", "213800WSGIIZCXF1P573", "one of its characters is wrong"),
        ("0199", "213800", "of 20 letters and digits"),
    ],
)
def test_a_wrong_number_is_refused_in_words(scheme: str, typed: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        address_typed(scheme, typed)
    assert words in " ".join(refusal.value.fields.values())


def test_every_scheme_has_words() -> None:
    assert all(each.label and each.shape for each in Scheme)


async def _issued(number: str) -> InvoiceDocument:
    stored = await db.fetch_value("SELECT document FROM invoice WHERE number = $1", number)
    return from_stored(json.loads(stored))


async def test_with_both_addresses_it_is_a_peppol_invoice_for_good(december: World) -> None:
    world = december
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await deliver(world, world.care_manager, world.emma_managed, november(7), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(8), activity=activity)
    await record_address(world.manager, GLN)
    await record_address(world.broker, VAT)
    await issue_invoices(SYSTEM, NOVEMBER)
    rows = await db.fetch_all("SELECT number, document #>> '{payer,name}' AS payer FROM invoice")
    numbers = {row["payer"]: row["number"] for row in rows}
    document = await _issued(numbers["Harbour Brokerage"])
    assert (document.supplier.electronic_address, document.payer.electronic_address) == (
        "0088:5060012349998",
        "9932:GB888842551",
    )
    for xml in (ubl_invoice(document), ubl_credit_note(credit_of(document))):
        assert b"poacc:billing:3.0</cbc:CustomizationID>" in xml
        assert b'<cbc:EndpointID schemeID="0088">5060012349998</cbc:EndpointID>' in xml
        assert against_schema(xml) == []
        assert broken_rules(xml) == []
    # A council that recorded none, and a person, are reached by the European norm alone.
    for payer in set(numbers) - {"Harbour Brokerage"}:
        xml = ubl_invoice(await _issued(numbers[payer]))
        assert b"<cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>" in xml
        assert broken_rules(xml, "CEN-EN16931") == []
    assert len(numbers) == 3
    # What is issued stays, whatever is recorded afterwards.
    await record_address(world.manager, None)
    assert await _issued(numbers["Harbour Brokerage"]) == document


async def test_a_vat_number_alone_is_no_address(december: World) -> None:
    world = december
    await deliver(world, world.broker, world.emma_isf, november(6))
    await db.execute(
        "INSERT INTO vat_registration (id, provider_id, vat_number, starts_on)"
        " VALUES (gen_random_uuid(), $1, 'GB888842551', '2020-01-01')",
        world.pettypool,
    )
    await record_address(world.broker, VAT)
    (issued,) = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    xml = ubl_invoice(await _issued(issued.number))
    assert b"poacc" not in xml
    assert xml.count(b'schemeID="9932"') == 1


async def test_versions_stay_and_the_same_again_is_nothing_new(world: World) -> None:
    for address in (GLN, GLN, None, None, VAT):
        await record_address(world.manager, address)
    assert [each.address for each in await versions(world.manager)] == [VAT, None, GLN]
    assert await versions(world.in_house_manager) == []
    told = await db.fetch_all(
        "SELECT before ->> 'address' AS before, after ->> 'address' AS after, subject_id FROM audit_record"
        " WHERE action = 'electronic_address.recorded' ORDER BY id"
    )
    assert {row["subject_id"] for row in told} == {world.manager.organisation_id}
    assert [(row["before"], row["after"]) for row in told] == [
        (None, "0088:5060012349998"),
        ("0088:5060012349998", None),
        (None, "9932:GB888842551"),
    ]
    for change in ("UPDATE electronic_address SET value = '1'", "DELETE FROM electronic_address"):
        with pytest.raises(Exception, match=r"electronic_address"):
            async with db.unit_of_work():
                await db.execute(change)


async def test_who_records_one(world: World) -> None:
    for actor in (world.staff, world.dan_user, world.care_manager):
        with pytest.raises(Forbidden):
            await record_address(actor, GLN)
    await record_address(world.finance_officer, GLN)
    assert await db.fetch_value("SELECT electronic_address_of($1)", world.council) == str(GLN)


async def test_two_at_once_are_two_versions(world: World) -> None:
    others = [Address(Scheme.DUNS, f"12345678{digit}") for digit in range(4)]
    await asyncio.gather(*(record_address(world.manager, each) for each in others))
    assert [each.version for each in await versions(world.manager)] == [4, 3, 2, 1]


async def test_the_page_keeps_what_was_typed_and_leads_on(
    december: World, visitor: httpx.AsyncClient
) -> None:
    await sign_in(visitor, december.manager)
    assert 'href="/electronic-address"' in (await visitor.get("/provider/organisation")).text
    assert "No electronic address is recorded" in await words_of(visitor, "/electronic-address")
    wrong = await send(visitor, "/electronic-address", scheme="0088", value="5060012349999")
    assert (wrong.status_code, "one of its characters is wrong" in plain(wrong.text)) == (422, True)
    assert 'value="5060012349999"' in wrong.text
    kept = await follow(
        visitor, await send(visitor, "/electronic-address", scheme="0088", value="5060012349998")
    )
    assert "Global Location Number (GLN) 5060012349998" in kept
    gone = await follow(visitor, await send(visitor, "/electronic-address", do="remove"))
    assert "No electronic address is recorded" in gone
    assert "5060012349998, Global Location Number (GLN)" in gone
    await sign_in(visitor, december.finance_officer)
    assert 'href="/electronic-address"' in (await visitor.get("/invoices")).text
    await sign_in(visitor, december.dan_user)
    assert 'href="/electronic-address"' not in (await visitor.get("/invoices")).text


async def test_programs_record_it_too(december: World, visitor: httpx.AsyncClient) -> None:
    visitor.headers["Authorization"] = f"Bearer {await december.token(december.broker)}"
    address = "/api/v1/electronic-address"
    wrong = await visitor.put(address, json={"scheme": "0088", "value": "5060012349999"})
    assert (wrong.status_code, "value" in wrong.text) == (422, True)
    assert (await visitor.put(address, json={"scheme": "9932", "value": "888842551"})).status_code == 204
    assert (await visitor.delete(address)).status_code == 204
    told = (await visitor.get(address)).json()
    assert [(each["scheme"], each["value"]) for each in told] == [(None, None), ("9932", "GB888842551")]
