"""The file for the bank: valid against its schema, in letters that every bank takes, the same each time."""

import re
from datetime import UTC, date, datetime
from importlib import resources

import pytest
import sepaxml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from invoicing.bank_details.rules import Account
from invoicing.payment_runs import queries
from invoicing.payment_runs.commands import send_run
from invoicing.payment_runs.pain001 import NAMESPACE, Order, Transfer, latin, payment_file, remittance
from invoicing.payment_runs.returning import payment_came_back
from marketplace.identity.rules import Role
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import Money
from tests.invoicing.payment_runs.making import HARBOUR, TODAY, payers
from tests.world import World, balances, persona

pytestmark = pytest.mark.row("V7")

_XSD = resources.files(sepaxml) / "schemas" / "pain.001.001.09.xsd"
SCHEMA = etree.XMLSchema(etree.fromstring(_XSD.read_bytes()))
NS = {"p": NAMESPACE}
DIGITS = st.text("0123456789", min_size=8, max_size=8)
TEXT = st.text(min_size=1, max_size=70)
ACCOUNTS = st.builds(Account, TEXT, st.text("0123456789", min_size=6, max_size=6), DIGITS, st.just(""))
TRANSFERS = st.builds(
    Transfer,
    st.from_regex(r"PY-[2-9A-HJ-NP-T]{10}", fullmatch=True),
    st.integers(1, 10**11).map(Money),
    ACCOUNTS,
    st.lists(TEXT, max_size=30),
)


def _texts(document: etree._Element, path: str) -> list[str]:
    found = document.xpath(f"//p:{path}/text()", namespaces=NS)
    assert isinstance(found, list)
    return [str(text) for text in found]


@given(st.lists(TRANSFERS, min_size=1, max_size=5), ACCOUNTS)
def test_every_file_is_valid_adds_up_and_has_no_other_letters(
    transfers: list[Transfer], payer: Account
) -> None:
    order = Order("PR-234567", datetime(2027, 1, 2, 9, tzinfo=UTC), TODAY, payer, transfers)
    made = payment_file(order)
    document = etree.fromstring(made)
    SCHEMA.assertValid(document)
    pence = sum(each.amount.pence for each in transfers)
    assert _texts(document, "CtrlSum") == [f"{pence // 100}.{pence % 100:02d}"] * 2
    assert _texts(document, "NbOfTxs") == [str(len(transfers))] * 2
    assert _texts(document, "EndToEndId") == [each.reference for each in transfers]
    for name in (*_texts(document, "Nm"), *_texts(document, "Ustrd")):
        assert re.fullmatch(r"[A-Za-z0-9/?:().,'+ -]+", name)
    assert payment_file(order) == made


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Träume & Söhne", "Traume + Sohne"),
        ("Straße Łódź Ærø", "Strasse Lodz AEro"),
        ("O’Brien–Kelly", "O'Brien-Kelly"),
        ("Ηλίας", "-"),
        ("//A//B/", "A/B"),
        ("<b>1 & 2</b>\n", "b 1 + 2 /b"),
    ],
)
def test_letters_that_banks_do_not_take_become_ones_that_they_take(text: str, told: str) -> None:
    assert latin(text, 140) == told


def test_the_statement_of_the_payee_says_the_reference_and_as_many_invoices_as_fit() -> None:
    account = Account("N", "089999", "66374958", "R 7/4")
    few = Transfer("PY-23456789AB", Money(1), account, ["PET-2026-000001", "PET-2026-000002"])
    assert remittance(few) == "ROLL R 7/4 PY-23456789AB PET-2026-000001 PET-2026-000002"
    many = Transfer("PY-23456789AB", Money(1), account, [f"PET-2026-{n:06}" for n in range(40)])
    assert remittance(many).endswith(" +34 more")
    assert len(remittance(many)) <= 140


async def test_the_file_of_a_sent_run_is_what_the_books_have_and_the_same_again(december: World) -> None:
    async with payers(december) as at:
        run = await at.approved()
        with pytest.raises(Conflict, match="not sent"):
            await queries.bank_order(at.first, run)
        await send_run(at.first, run)
        made = payment_file(await queries.bank_order(at.first, run))
        document = etree.fromstring(made)
        SCHEMA.assertValid(document)
        assert _texts(document, "CtrlSum")[0] == "97.00"
        assert (await balances(december.emma_isf))["paid"] == 9700
        assert _texts(document, "ReqdExctnDt/p:Dt") == ["2027-01-02"]
        assert _texts(document, "DbtrAcct/p:Id/p:Othr/p:Id") == [HARBOUR.number]
        assert set(_texts(document, "CdtrAcct/p:Id/p:Othr/p:Id")) == {"66374958", "00000190"}
        assert set(_texts(document, "ClrSysId/p:Cd")) == {"GBDSC"}
        references = [
            row["reference"] for row in await db.fetch_all("SELECT reference FROM payment ORDER BY 1")
        ]
        assert _texts(document, "EndToEndId") == references

        # What happens afterwards changes nothing in it: names, people, a payment that came back.
        await db.execute("UPDATE organisation SET name = 'Another' WHERE id = $1", december.harbour)
        await db.execute("UPDATE provider SET name = 'Other'")
        payment = await db.fetch_value("SELECT id FROM payment LIMIT 1")
        await payment_came_back(SYSTEM, payment, TODAY, "Account closed")
        third = await persona("Bert Broker", Role.BROKER, december.harbour)
        assert payment_file(await queries.bank_order(third, run)) == made
        seen = await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'payment_run.viewed'")
        assert seen == 2


def test_there_is_no_empty_file() -> None:
    with pytest.raises(ValueError, match="at least one"):
        payment_file(Order("PR-1", datetime(2027, 1, 2, tzinfo=UTC), date(2027, 1, 2), HARBOUR, []))
