"""Allowances and charges in a supplier's own invoice: each finds its lines, and only what is owed agrees."""

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.ubl.writer import ubl_invoice
from invoicing.uploads import commands, queries
from invoicing.uploads.allowances import MOST
from invoicing.uploads.reading import Received, read_ubl
from marketplace.bookings.rules import Outcome
from marketplace.kernel import db
from marketplace.kernel.errors import Invalid
from tests.invoicing.delivering import deliver, november
from tests.invoicing.made_invoices import EXEMPT, MIXED, STANDARD, invoice
from tests.invoicing.ubl.generated import with_allowances
from tests.invoicing.ubl.official_rules import broken_rules
from tests.world import World

pytestmark = pytest.mark.row("V5")

EXEMPT_VAT = "<cbc:ID>E</cbc:ID><cbc:Percent>0</cbc:Percent>"
STANDARD_VAT = "<cbc:ID>S</cbc:ID><cbc:Percent>20</cbc:Percent>"


def change(amount: str, words: str, vat: str = EXEMPT_VAT, *, charge: bool = False) -> str:
    """An allowance or charge on the whole invoice."""
    return (
        f"<cac:AllowanceCharge><cbc:ChargeIndicator>{str(charge).lower()}</cbc:ChargeIndicator>"
        f"<cbc:AllowanceChargeReason>{words}</cbc:AllowanceChargeReason>"
        f'<cbc:Amount currencyID="GBP">{amount}</cbc:Amount>'
        f"<cac:TaxCategory>{vat}<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>"
        "</cac:AllowanceCharge>"
    )


def sent(xml: bytes, due: str, *changes: str) -> Received:
    """The invoice as its supplier might have written it, asking for another amount; its VAT is not looked at."""
    text = xml.decode()
    before, _, after = text.partition("<cac:TaxTotal>")
    start, _, rest = after.rpartition("<cbc:PayableAmount")
    _, _, end = rest.partition("</cbc:PayableAmount>")
    whole = f'{start}<cbc:PayableAmount currencyID="GBP">{due}</cbc:PayableAmount>{end}'
    return read_ubl(f"{before}{''.join(changes)}<cac:TaxTotal>{whole}".encode())


def asked(received: Received) -> list[int]:
    return [line.asked.pence for line in received.lines]


MIXED_XML = ubl_invoice(invoice(MIXED))


def test_what_a_line_takes_off_its_price_is_off_what_it_asks() -> None:
    xml = ubl_invoice(with_allowances(invoice(MIXED), [3850, 0, 100, 12000, 1]))
    assert asked(read_ubl(xml)) == asked(read_ubl(MIXED_XML)) == [3850, 620, 3850, 12000, 1276]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b'PriceAmount currencyID="GBP">77.00<', b'PriceAmount currencyID="GBP">80.00<', "to £41.50"),
        (
            b'Amount currencyID="GBP">38.50</cbc:Amount>',
            b'Amount currencyID="GBP">1.00</cbc:Amount>',
            "£76.00",
        ),
        (b"<cbc:ChargeIndicator>false<", b"<cbc:ChargeIndicator>true<", "£115.50"),
    ],
)
def test_a_line_that_is_not_its_price_with_its_changes_is_refused(old: bytes, new: bytes, words: str) -> None:
    xml = ubl_invoice(with_allowances(invoice(MIXED), [3850]))
    changed = xml.replace(old, new, 1)
    assert changed != xml
    with pytest.raises(Invalid) as refusal:
        read_ubl(changed)
    assert words in refusal.value.fields["file"]


def test_an_allowance_on_the_whole_is_off_the_lines_of_its_vat_by_what_they_come_to() -> None:
    # £7.70 of £77.00 exempt: a tenth of each. The zero and the standard line stay.
    received = sent(MIXED_XML, "208.25", change("7.70", "Ten per cent off"))
    assert asked(received) == [3465, 620, 3465, 12000, 1276]
    # £1.00 without VAT is £1.20 with it; of £110.63 in two lines.
    received = sent(MIXED_XML, "214.75", change("1.00", "Welcome", STANDARD_VAT))
    assert sum(asked(received)) == pytest.approx(21475, abs=2)
    assert asked(received)[:3] == [3850, 620, 3850]


def test_an_allowance_that_names_a_booking_is_off_that_one() -> None:
    received = sent(MIXED_XML, "196.70", change("19.25", "BK-000002 cancelled late"))
    assert asked(received) == [3850, 620, 1925, 12000, 1276]


def test_a_charge_on_the_whole_is_a_line_of_its_own() -> None:
    received = sent(
        MIXED_XML, "226.95", change("5.00", "Cleaning", charge=True),
        change("5.00", "Lift for BK-000003", STANDARD_VAT, charge=True),
    )  # fmt: skip
    cleaning, lift = received.lines[-2:]
    assert (cleaning.position, cleaning.reference, cleaning.asked.pence) == (6, None, 500)
    assert (lift.position, lift.reference, lift.description, lift.asked.pence) == (
        7,
        "BK-000003",
        "Lift for BK-000003",
        600,
    )


@pytest.mark.parametrize(
    ("changes", "due", "words"),
    [
        ([change("77.01", "Everything")], "138.94", "more than the lines with its VAT come to, £77.00"),
        ([change("1.00", "BK-999999")], "214.95", "more than the lines with its VAT come to, £0.00"),
        ([change("-1.00", "Below")], "216.95", "below zero"),
        ([change("1.00", "Off")], "215.95", "The lines come to"),
        ([change("0.01", "Off")] * (MOST + 1), "214.94", f"more than {MOST} allowances"),
    ],
)
def test_what_has_no_line_is_refused_in_words(changes: list[str], due: str, words: str) -> None:
    with pytest.raises(Invalid) as refusal:
        sent(MIXED_XML, due, *changes)
    assert words in refusal.value.fields["file"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(1, 90_000), min_size=1, max_size=8),
    st.lists(st.integers(0, 100), max_size=3),
    st.lists(st.integers(0, 5_000), max_size=3),
)
def test_whatever_is_taken_off_or_added_the_lines_come_to_what_is_due(
    lines: list[int], percents: list[int], charges: list[int]
) -> None:
    xml = ubl_invoice(
        invoice([("P-1", 1 + place, "Choir", EXEMPT, pence) for place, pence in enumerate(lines)])
    )
    left, changes = sum(lines), []
    for percent in percents:
        off = left * percent // 100
        left -= off
        changes.append(change(f"{Decimal(off) / 100:.2f}", "Off"))
    changes += [change(f"{Decimal(pence) / 100:.2f}", "On", charge=True) for pence in charges]
    received = sent(xml, f"{Decimal(left + sum(charges)) / 100:.2f}", *changes)
    assert sum(asked(received)) == left + sum(charges)
    assert min(asked(received)) >= 0
    assert len(received.lines) == len(lines) + len(charges)


def test_several_rates_keep_their_own() -> None:
    xml = ubl_invoice(invoice([("P-1", 1, "Choir", STANDARD, 1200), ("P-1", 2, "Choir", EXEMPT, 1000)]))
    assert asked(sent(xml, "20.80", change("1.00", "Off", STANDARD_VAT))) == [1080, 1000]
    assert broken_rules(xml, "CEN-EN16931") == []


async def test_a_visit_of_which_half_is_owed_agrees_however_its_half_is_stated(december: World) -> None:
    activity = await december.activity()
    bookings: list[UUID] = [
        await deliver(december, december.broker, december.emma_isf, november(day), activity=activity, outcome=what)
        for day, what in ((6, Outcome.ABSENT), (13, Outcome.ABSENT), (20, Outcome.ATTENDED))
    ]  # fmt: skip
    references = [
        str(await db.fetch_value("SELECT reference FROM booking WHERE id = $1", each)) for each in bookings
    ]
    # The first states its half on the line, the second on the whole invoice; nobody ordered the charge.
    document = with_allowances(
        invoice(
            [("P-1", 6, "Garden group", EXEMPT, 1925), ("P-1", 13, "Garden group", EXEMPT, 3850),
             ("P-1", 20, "Garden group", EXEMPT, 3850)], number="INV-77",
        ),
        [1925],
    )  # fmt: skip
    text = ubl_invoice(document).decode()
    for place, reference in enumerate(references):
        text = text.replace(f"BK-{place:06}", reference)
    text = text.replace("96.25</cbc:PayableAmount>", "82.00</cbc:PayableAmount>").replace(
        "<cac:TaxTotal>",
        change("19.25", f"Cancelled late: {references[1]}")
        + change("5.00", "Cleaning", charge=True)
        + "<cac:TaxTotal>",
        1,
    )
    upload = await commands.check_ubl(december.manager, december.harbour, text.encode())
    invoice_id = await commands.send(december.manager, upload)
    told = (await queries.upload(december.broker, upload)).lines
    assert [line.fate for line in told] == ["matched", "matched", "matched", "queried"]
    assert "names no booking and no day" in told[3].because
    row = await db.fetch_one("SELECT gross_pence FROM invoice WHERE id = $1", invoice_id)
    assert row == {"gross_pence": 1925 + 1925 + 3850}
