"""A queried line that its supplier corrects is matched again; what was sent stays, and each visit is billed once."""

import asyncio
from uuid import UUID

import asyncpg
import httpx
import pytest

from invoicing.uploads import commands, queries
from invoicing.uploads.correcting import Correction, correct
from invoicing.uploads.rules import Fate, part_number
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.money import Money
from tests.asking import send as post_form
from tests.asking import sign_in
from tests.invoicing.test_invoice_pages import read
from tests.invoicing.uploads.test_sending import delivered, fates, written
from tests.world import World

pytestmark = pytest.mark.row("V5")


async def queried(world: World) -> tuple[UUID, UUID, str]:
    """An invoice that was sent, of whose two lines one asks £11.50 too much: it, that line and its booking."""
    one, two = await delivered(world, 6, 13)
    upload = await commands.check_ubl(
        world.manager, world.harbour, written([(one, 6, 3850), (two, 13, 5000)])
    )
    await commands.send(world.manager, upload)
    line = await db.fetch_value("SELECT id FROM received_line WHERE state = 'queried'")
    return upload, line, two


async def test_what_is_corrected_is_billed_once_under_the_next_part_of_the_number(december: World) -> None:
    upload, line, booking = await queried(december)
    several = [correct(december.manager, line, Correction(booking, Money(3850))) for _ in range(3)]
    told = await asyncio.gather(*several, return_exceptions=True)
    assert [each for each in told if isinstance(each, Fate)] == [Fate.MATCHED]
    assert await fates(december, upload) == ["matched", "corrected", "matched"]
    billed = await db.fetch_all("SELECT number, gross_pence FROM invoice ORDER BY number")
    assert [tuple(row.values()) for row in billed] == [("INV-77", 3850), ("INV-77/2", 3850)]
    assert await db.fetch_value("SELECT count(*) FROM claim") == 2

    # Its payer sees both lines, and finds the supplier's invoice from either of ours.
    seen = await queries.upload(december.broker, upload)
    assert (seen.lines[1].asked, seen.lines[2].corrects, seen.sum_of(Fate.QUERIED)) == (
        Money(5000), 2, Money(0),
    )  # fmt: skip
    assert seen.taken == Money(7700)
    for row in await db.fetch_all("SELECT id FROM invoice"):
        assert await queries.of_invoice(row["id"]) == upload


async def test_what_still_differs_is_queried_again_and_can_be_corrected_again(december: World) -> None:
    upload, line, booking = await queried(december)
    assert await correct(december.manager, line, Correction(booking, Money(4000))) is Fate.QUERIED
    again = (await queries.upload(december.manager, upload)).lines[2]
    assert "£40.00 is asked and £38.50 is owed: £1.50 more" in again.because
    assert again.id is not None
    assert await correct(december.manager, again.id, Correction(booking, Money(3850))) is Fate.MATCHED
    with pytest.raises(NotFound):
        await correct(december.manager, line, Correction(booking, Money(3850)))
    assert await fates(december, upload) == ["matched", "corrected", "corrected", "matched"]


async def test_who_may_correct_what_and_what_was_sent_stays(december: World) -> None:
    _, line, booking = await queried(december)
    for actor, error in ((december.broker, Forbidden), (december.other_manager, NotFound)):
        with pytest.raises(error):
            await correct(actor, line, Correction(booking, Money(3850)))
    with pytest.raises(Invalid) as refusal:
        await correct(december.manager, line, Correction("B" * 21, Money(0)))
    assert set(refusal.value.fields) == {"reference", "asked"}
    with pytest.raises(asyncpg.CheckViolationError, match="corrects none of this invoice"):
        await db.execute(
            "INSERT INTO received_line (id, received_id, position, asked_pence, corrects_id)"
            " SELECT gen_random_uuid(), received_id, 9, 1, id FROM received_line WHERE id = $1",
            line,
        )
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("UPDATE received_line SET asked_pence = 3850")


async def test_the_page_offers_it_says_why_and_keeps_what_was_typed(
    december: World, visitor: httpx.AsyncClient
) -> None:
    upload, line, booking = await queried(december)
    page = f"/invoices/own/lines/{line}"
    await sign_in(visitor, december.manager)
    assert page in (await visitor.get(f"/invoices/own/{upload}")).text
    assert "£11.50 more" in read((await visitor.get(page)).text)
    wrong = await post_form(visitor, page, reference=booking, asked="a lot")
    assert (wrong.status_code, "a lot" in wrong.text) == (422, True)
    right = await post_form(visitor, page, reference=booking.lower(), asked="38.50")
    assert right.headers["location"] == f"/invoices/own/{upload}"
    shown = read((await visitor.get(f"/invoices/own/{upload}")).text)
    assert "It agrees now, and is billed." in shown
    assert "It corrects line 2." in shown
    await sign_in(visitor, december.broker)
    assert page not in (await visitor.get(f"/invoices/own/{upload}")).text


def test_a_further_part_has_the_suppliers_number_and_its_place() -> None:
    assert [part_number("INV-77", parts) for parts in (0, 1, 2)] == ["INV-77", "INV-77/2", "INV-77/3"]
    assert part_number("N" * 40, 1) == "N" * 38 + "/2"
