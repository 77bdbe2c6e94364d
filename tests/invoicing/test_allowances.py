"""Where only a part of the price is due, the document says the price, what was taken off it, and why (rows V2, V4)."""

import csv
import io
from datetime import time
from uuid import UUID

import asyncpg
import httpx
import pytest
from lxml import etree

from invoicing import queries
from invoicing.credits import queries as credit_notes
from invoicing.documents import render_invoice
from invoicing.ubl.writer import ubl_credit_note, ubl_invoice
from invoicing.vat import net_of
from isf.pauses.rules import PauseKind
from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.pauses import commands as pauses
from marketplace.bookings.pauses import retainers
from marketplace.bookings.pauses.rules import PauseDraft
from marketplace.bookings.rules import Outcome, Reason
from marketplace.kernel import db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from tests.asking import plain, sign_in
from tests.invoicing.credits.crediting import billed, credit_booking
from tests.invoicing.delivering import attend, booked_before, deliver, november
from tests.invoicing.ubl.generated import LINES, amount, amounts, groups, texts
from tests.invoicing.ubl.official_rules import against_schema, broken_rules
from tests.pdf_tools import text_of
from tests.providers.vat.registered import registered_for_vat
from tests.world import World

pytestmark = [pytest.mark.row("V4"), pytest.mark.row("V2")]

MISSED = "For a visit that was missed, the terms ask for a part of the price"
LATE = "For a place given up late, the terms ask for a part of the price"
KEPT = "For a place kept during a pause, the terms ask for a part of the price"
OFF = "cac:AllowanceCharge/cbc:"


async def four_kinds(world: World) -> list[UUID]:
    """£24.01 with 20% VAT, four times: attended, missed (half), cancelled late (half), kept in a pause (a quarter)."""
    await registered_for_vat(world.pettypool)
    activity = await world.activity(price="24.01", vat=(VatCategory.STANDARD, 2000))
    await retainers.set_term(world.manager, activity, retainers.Term(25, 2))
    came = await deliver(world, world.broker, world.emma_isf, november(3), activity=activity)
    missed = await deliver(
        world, world.broker, world.emma_isf, november(4), activity=activity, outcome=Outcome.ABSENT
    )
    late = await booked_before(world, world.broker, world.emma_isf, november(10), activity=activity)
    with use_clock(FixedClock(from_wall(november(9), time(18)))):
        await cancel_booking(world.broker, late, Reason.PERSON_ILL)
    kept = await booked_before(world, world.broker, world.emma_isf, november(17), activity=activity)
    with use_clock(FixedClock(from_wall(november(16), time(9)))):
        stay = PauseDraft(PauseKind.HOSPITAL, november(17), november(20), True, None, "")
        await pauses.pause(world.broker, world.emma, stay)
    await attend(world.manager, kept, november(17), Outcome.ABSENT)
    return [came, missed, late, kept]


async def test_each_part_of_a_price_says_the_price_and_why_it_is_less(
    december: World, visitor: httpx.AsyncClient
) -> None:
    await four_kinds(december)
    view = await queries.invoice(december.broker, await billed())
    xml = ubl_invoice(view.document)
    assert against_schema(xml) == []
    assert broken_rules(xml, "CEN-EN16931") == []
    told = groups(etree.fromstring(xml), LINES)
    assert [texts(row, f"{OFF}AllowanceChargeReason") for row in told] == [[], [MISSED], [LATE], [KEPT]]
    assert [texts(row, "cac:Item/cbc:Name")[0] for row in told] == [
        "Garden group",
        "Garden group (did not come)",
        "Garden group (cancelled late)",
        "Garden group (place kept during a pause)",
    ]
    # £24.01 with 20% is £20.01 without; of the first line the net is what the whole invoice leaves for it.
    prices = [amount(row, "cac:Price/cbc:PriceAmount") for row in told]
    assert [price * 100 for price in prices[1:]] == [net_of(Money(2401), 2000).pence] * 3
    for row, price in zip(told, prices, strict=True):
        assert price - sum(amounts(row, f"{OFF}Amount")) == amount(row, "cbc:LineExtensionAmount")
    # The same figures on paper, on the page, for a spreadsheet and for programs.
    (person,) = view.document.people
    for line in person.lines[1:]:
        assert line.allowance is not None
        assert line.price_gross == Money(2401)
        off = line.allowance
        said = f"Price £24.01 (£20.01 net), less {off.gross} ({off.net} net). {off.because}."
        assert said in text_of(render_invoice(view.document))
        await sign_in(visitor, december.broker)
        assert said in plain((await visitor.get(f"/invoices/{view.row['id']}")).text)
    rows = list(csv.DictReader(io.StringIO((await visitor.get(f"/invoices/{view.row['id']}.csv")).text)))
    assert [row["Allowance reason"] for row in rows] == ["", MISSED, LATE, KEPT]
    assert [(row["Price net"], row["Allowance net"], row["Net"]) for row in rows] == [
        (
            f"{line.price_net.pence / 100:.2f}",
            f"{(line.price_net - line.net).pence / 100:.2f}",
            f"{line.net.pence / 100:.2f}",
        )
        for line in person.lines
    ]
    headers = {"Authorization": f"Bearer {await december.token(december.broker)}"}
    lines = (await visitor.get(f"/api/v1/invoices/{view.row['id']}", headers=headers)).json()["lines"]
    assert [each["allowance_because"] for each in lines] == ["", MISSED, LATE, KEPT]
    assert [each["price_gross_pence"] - each["allowance_gross_pence"] for each in lines] == [
        each["gross_pence"] for each in lines
    ]


async def test_a_credit_note_mirrors_an_allowance_whole_and_a_part_stands_for_itself(december: World) -> None:
    _, missed, late, _ = await four_kinds(december)
    view = await queries.invoice(december.broker, await billed())
    (person,) = view.document.people
    whole = await credit_booking(december.manager, missed)
    part = await credit_booking(december.manager, late, "5.00")
    mirrored = (await credit_notes.credit_note(december.broker, whole.id)).document
    assert mirrored.people[0].lines == (person.lines[1],)
    (row,) = groups(etree.fromstring(ubl_credit_note(mirrored)), LINES)
    assert texts(row, f"{OFF}AllowanceChargeReason") == [MISSED]
    alone = (await credit_notes.credit_note(december.broker, part.id)).document.people[0].lines[0]
    assert (alone.allowance, alone.price_gross) == (None, Money(500))
    for each in (whole, part):
        xml = ubl_credit_note((await credit_notes.credit_note(december.broker, each.id)).document)
        assert against_schema(xml) == []
        assert broken_rules(xml, "CEN-EN16931") == []


async def test_the_database_keeps_an_allowance_with_its_reason_and_its_mirror(december: World) -> None:
    _, missed, late, _ = await four_kinds(december)
    await billed()
    kept = (
        "SELECT allowance_net_pence, allowance_gross_pence, allowance_because FROM {} WHERE booking_id = $1"
    )
    line = await db.fetch_one(kept.format("invoice_line"), missed)
    await credit_booking(december.manager, missed)
    assert await db.fetch_one(kept.format("credit_note_line"), missed) == line
    await credit_booking(december.manager, late, "5.00")
    off = '{"allowance_net_pence": 1, "allowance_gross_pence": 1, "allowance_because": "x"}'
    with pytest.raises(asyncpg.CheckViolationError, match="takes off the price"):
        await _copied("credit_note_line", late, off)
    for change in (
        '{"allowance_because": ""}',
        '{"allowance_net_pence": 99999}',
        '{"allowance_net_pence": -1}',
    ):
        for table in ("invoice_line", "credit_note_line"):
            with pytest.raises(asyncpg.CheckViolationError, match=f"{table}_allowance"):
                await _copied(table, missed, change, role="replica")


async def _copied(table: str, booking: UUID, change: str, role: str = "origin") -> None:
    """The line of a booking written once more with a change; as a replica, where no trigger looks."""
    async with db.unit_of_work():
        await db.execute(f"SET LOCAL session_replication_role = {role}")
        await db.execute(
            f"INSERT INTO {table}"
            " SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()) || $2::jsonb)).*"
            f"  FROM {table} l WHERE l.booking_id = $1",
            booking,
            change,
        )
