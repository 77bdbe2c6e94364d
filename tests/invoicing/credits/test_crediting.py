"""A credit note mirrors its invoice, moves the ledger back, and never takes more than is left (row V3, rule 23)."""

import asyncio
from uuid import UUID

import pytest

from invoicing.credits.commands import CreditDraft, issue_credit_note, receive_credit
from invoicing.credits.rules import NothingLeft
from invoicing.payment_runs.by_hand import mark_paid
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.vat.commands import register_for_vat
from tests.invoicing.credits.crediting import billed, credit_booking, line_of
from tests.invoicing.delivering import deliver, november
from tests.world import World, balances


async def state_of(invoice: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM invoice WHERE id = $1", invoice))


async def two_billed(world: World) -> tuple[UUID, UUID, UUID]:
    """An invoice of two sessions of £38.50 for Harbour, and its bookings."""
    activity = await world.activity()
    first, second = [
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity) for day in (6, 7)
    ]
    return await billed(), first, second


@pytest.mark.row("V3")
async def test_a_line_that_was_not_paid_is_left_again_and_the_rest_is_paid(december: World) -> None:
    world = december
    invoice, first, _ = await two_billed(world)
    before = await balances(world.emma_isf)

    credit = await credit_booking(world.manager, first)

    after = await balances(world.emma_isf)
    assert (after["payable"], after["available"]) == (before["payable"] - 3850, before["available"] + 3850)
    assert (credit.number, credit.gross_pence, credit.owed_back_pence) == ("PET-CN-2026-000001", 3850, 0)
    assert await state_of(invoice) == "issued"
    await mark_paid(world.broker, invoice, "BACS 1", clock.today())
    paid = await balances(world.emma_isf)
    assert (paid["payable"], paid["paid"]) == (0, 3850)
    assert await state_of(invoice) == "paid"
    assert await verify() == []


@pytest.mark.row("V3")
async def test_an_invoice_of_which_all_is_credited_is_owed_no_more(december: World) -> None:
    world = december
    invoice, first, second = await two_billed(world)
    await credit_booking(world.manager, first, "38.49")
    await credit_booking(world.manager, first, "0.01")
    assert await state_of(invoice) == "issued"
    await credit_booking(world.manager, second)
    assert await state_of(invoice) == "credited"
    assert (await balances(world.emma_isf))["payable"] == 0
    assert [row["number"] for row in await db.fetch_all("SELECT number FROM credit_note ORDER BY 1")] == [
        f"PET-CN-2026-00000{count}" for count in (1, 2, 3)
    ]


@pytest.mark.row("V3")
async def test_a_credit_of_what_was_paid_is_owed_by_the_provider_until_it_is_back(december: World) -> None:
    world = december
    invoice, first, _ = await two_billed(world)
    await mark_paid(world.broker, invoice, "BACS 1", clock.today())
    before = await balances(world.emma_isf)

    credit = await credit_booking(world.manager, first, "8.50")

    assert await balances(world.emma_isf) == before, "no money came back yet"
    assert credit.owed_back_pence == 850
    assert await state_of(invoice) == "paid"
    for _ in range(2):  # The same reference again moves nothing.
        await receive_credit(world.broker, credit.id, "PETTYPOOL REFUND", clock.today())
    after = await balances(world.emma_isf)
    assert (after["paid"], after["available"]) == (before["paid"] - 850, before["available"] + 850)
    assert await state_of(invoice) == "paid"
    assert await verify() == []


@pytest.mark.row("V3")
async def test_never_more_than_is_left_of_a_line_also_when_two_credit_it_at_once(december: World) -> None:
    world = december
    _, first, _ = await two_billed(world)
    answers = await asyncio.gather(
        *[credit_booking(world.manager, first, "20.00") for _ in range(4)], return_exceptions=True
    )
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
    assert all(
        isinstance(answer, Invalid | NothingLeft) for answer in answers if isinstance(answer, Exception)
    )
    assert (await line_of(first))["open"] == 1850
    assert await db.fetch_value("SELECT number FROM credit_note") == "PET-CN-2026-000001"
    assert await db.fetch_value("SELECT last FROM counter WHERE scope LIKE 'credit:%'") == 1


@pytest.mark.row("V3")
async def test_the_same_draft_twice_is_one_credit_note(december: World) -> None:
    world = december
    invoice, first, _ = await two_billed(world)
    draft = CreditDraft({(await line_of(first))["id"]: Money(100)}, "Came late")
    made = await asyncio.gather(*[issue_credit_note(world.manager, invoice, draft) for _ in range(3)])
    assert made[0] == made[1] == made[2]
    assert await db.fetch_value("SELECT count(*) FROM credit_note") == 1


@pytest.mark.row("V3")
async def test_only_who_sent_the_invoice_credits_it_and_only_its_payer_receives(december: World) -> None:
    world = december
    invoice, first, _ = await two_billed(world)
    draft = CreditDraft({(await line_of(first))["id"]: Money(100)}, "x")
    for actor, error in (
        (world.other_manager, NotFound), (world.broker, Forbidden), (world.stranger, Forbidden),
        (world.staff, Forbidden), (world.finance_officer, Forbidden),
    ):  # fmt: skip
        with pytest.raises(error):
            await issue_credit_note(actor, invoice, draft)
    credit = await credit_booking(world.manager, first)
    for actor, error in ((world.manager, Forbidden), (world.stranger, NotFound), (world.dan_user, NotFound)):
        with pytest.raises(error):
            await receive_credit(actor, credit.id, "X", clock.today())


@pytest.mark.row("V2")
async def test_invoice_less_credits_ties_in_each_category_to_the_penny(december: World) -> None:
    """Three sessions at £7.00 with 20%: £21.00 is net £17.50 and VAT £3.50; lines 5.84, 5.83, 5.83.

    One exempt: £38.50.
    Credited: £7.00 whole (its own net), £3.33 of the second: net 5.83 x 3.33 / 7.00 = 2.7734 -> 2.77.
    """
    world = december
    taxed = await world.activity(price="7.00", title="Taxed", vat=(VatCategory.STANDARD, 2000))
    await register_for_vat(world.manager, "980780684", november(1))
    exempt = await world.activity()
    days = {6: taxed, 7: taxed, 8: taxed, 9: exempt}
    bookings = [
        await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
        for day, activity in days.items()
    ]
    await billed()
    nets = [(await line_of(booking))["net_pence"] for booking in bookings]
    assert nets == [584, 583, 583, 3850]
    whole = await credit_booking(world.manager, bookings[0])
    part = await credit_booking(world.manager, bookings[1], "3.33")
    rows = await db.fetch_all("SELECT net_pence, vat_pence, gross_pence FROM credit_note ORDER BY number")
    assert [tuple(row.values()) for row in rows] == [(584, 116, 700), (277, 56, 333)]
    rest = await credit_booking(world.manager, bookings[1], "3.67")
    assert (whole.gross_pence, part.gross_pence, rest.gross_pence) == (700, 333, 367)
    left = await db.fetch_all(
        "SELECT l.vat_category, sum(l.net_pence)::int - coalesce(sum(c.net), 0)::int AS net, "
        "sum(l.gross_pence)::int - coalesce(sum(c.gross), 0)::int AS gross FROM invoice_line l LEFT JOIN LATERAL"
        " (SELECT sum(net_pence) AS net, sum(gross_pence) AS gross FROM credit_note_line WHERE invoice_line_id = l.id)"
        " c ON true GROUP BY 1 ORDER BY 1"
    )
    assert [tuple(row.values()) for row in left] == [("exempt", 3850, 3850), ("standard", 583, 700)]


@pytest.mark.row("V3")
@pytest.mark.parametrize(
    ("amount", "because", "field"),
    [("38.51", "x", "amount-1"), ("0", "x", "amount-1"), ("1", "  ", "because"), ("1", "x" * 501, "because")],
)
async def test_what_is_wrong_is_said_at_its_field(
    december: World, amount: str, because: str, field: str
) -> None:
    world = december
    _, first, _ = await two_billed(world)
    with pytest.raises(Invalid) as refusal:
        await credit_booking(world.manager, first, amount, because)
    assert set(refusal.value.fields) == {field}
