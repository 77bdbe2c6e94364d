"""Lines of a bank statement find what they are by reference and amount, and only once (rows V5, V7)."""

import asyncio
import io
from datetime import date
from uuid import UUID

import asyncpg
import httpx
import pytest

from invoicing.credits.commands import CreditDraft, issue_credit_note
from invoicing.payment_runs.returning import return_payment
from invoicing.reconciliation import queries
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines, look_again
from invoicing.reconciliation.rules import LineState, Meaning, MovedMoney
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.money import Money
from tests.asking import send, sign_in, words_of
from tests.invoicing.payment_runs.making import Payers, payers
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World, balances

pytestmark = pytest.mark.row("V7")

PAID_ON = date(2027, 1, 2)


async def give(actor: Actor, *entries: str) -> None:
    await give_in(actor, io.BytesIO(camt053(*entries)), "january.xml")


async def sent_payments(run: UUID) -> list[db.Row]:
    """The payments of a run, the biggest first."""
    return await db.fetch_all(
        "SELECT id, reference, amount_pence FROM payment WHERE payment_run_id = $1 ORDER BY amount_pence DESC",
        run,
    )


def pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02d}"


def out(payment: db.Row, reference: str = "B") -> str:
    """The bank's entry for a payment that it made."""
    return entry(
        pounds(payment["amount_pence"]), day="2027-01-02", reference=f"{reference}{payment['reference']}",
        end_to_end=payment["reference"],
    )  # fmt: skip


def back(payment: db.Row) -> str:
    """The bank's entry for a payment that came back."""
    return entry(
        pounds(payment["amount_pence"]), side="CRDT", day="2027-01-02", reference=f"R{payment['reference']}",
        end_to_end=payment["reference"], more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>",
    )  # fmt: skip


async def meanings() -> list[str]:
    return [row["meaning"] for row in await db.fetch_all("SELECT meaning FROM bank_line ORDER BY meaning")]


async def test_every_payment_of_a_run_is_seen_at_the_bank_once(world: World) -> None:
    async with payers(world) as at:
        payments = await sent_payments(await at.sent())
        await give(at.first, *(out(payment) for payment in payments))
        assert await explain_lines(at.first) == len(payments)
        assert await explain_lines(at.first) == 0
        # The bank tells it twice under two references of its own: the second explains nothing.
        await give(at.first, out(payments[0], "C"))
        assert await explain_lines(at.first) == 0
        assert await queries.waiting(at.first) == 1


async def test_a_run_that_left_in_one_sum_is_seen_by_its_reference(world: World) -> None:
    async with payers(world) as at:
        run = await at.sent()
        row = await db.fetch_one(
            "SELECT r.reference, sum(p.amount_pence)::bigint AS pence FROM payment_run r"
            " JOIN payment p ON p.payment_run_id = r.id WHERE r.id = $1 GROUP BY r.id",
            run,
        )
        assert row is not None
        await give(
            at.first, entry(pounds(row["pence"]), day="2027-01-02", words=f"BULK {row['reference'].lower()}")
        )
        assert await explain_lines(at.first) == 1
        assert await meanings() == ["run"]


@pytest.mark.parametrize("whole_first", [True, False])
async def test_what_left_in_the_sum_of_its_run_is_not_seen_once_more_by_itself(
    world: World, whole_first: bool
) -> None:
    """A bank that pays twice shows it: the second line waits for a person, and explains nothing."""
    async with payers(world) as at:
        run = await at.sent()
        payments = await sent_payments(run)
        reference = await db.fetch_value("SELECT reference FROM payment_run WHERE id = $1", run)
        whole = entry(
            pounds(sum(each["amount_pence"] for each in payments)), day="2027-01-02", words=reference
        )
        for each in (whole, out(payments[0])) if whole_first else (out(payments[0]), whole):
            await give(at.first, each)
            await explain_lines(at.first)
        assert await meanings() == ["", "run" if whole_first else "payment"]
        assert await queries.waiting(at.first) == 1


async def test_the_right_reference_with_another_amount_waits_for_a_person(world: World) -> None:
    async with payers(world) as at:
        payment = (await sent_payments(await at.sent()))[0]
        await give(at.first, entry("0.01", reference="B1", end_to_end=payment["reference"]))
        assert await explain_lines(at.first) == 0
        line = await db.fetch_value("SELECT id FROM bank_line")
        with pytest.raises(Invalid, match="changing") as refused:
            await explain_line(at.first, line, Meaning.PAYMENT, payment["id"])
        assert "same amount" in refused.value.fields["thing"]
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(
                "UPDATE bank_line SET state = 'matched', meaning = 'payment', meaning_id = $1, decided_at = now()",
                payment["id"],
            )


@pytest.mark.row("V5")
async def test_a_returned_payment_opens_what_it_paid_once(world: World) -> None:
    async with payers(world) as at:
        before = await balances(world.emma_isf)
        payment = (await sent_payments(await at.sent()))[0]
        after = await balances(world.emma_isf)
        assert before["payable"] - after["payable"] >= payment["amount_pence"]
        await give(at.first, out(payment), back(payment))
        assert await explain_lines(at.first) == 2
        assert await meanings() == ["payment", "return"]
        now = await balances(world.emma_isf)
        assert now["payable"] == after["payable"] + payment["amount_pence"]
        assert now["paid"] == after["paid"] - payment["amount_pence"]
        # Payer and payee read why, in words.
        why = "The bank returned it: the account is closed (AC04)"
        assert (
            await db.fetch_value("SELECT because FROM payment WHERE id = $1", payment["id"]),
            await db.fetch_value("SELECT count(*) > 1 FROM outbox_message WHERE body LIKE $1", f"%{why}%"),
        ) == (why, True)
        # Read again in another file, it is the same line.
        await give_in(at.first, io.BytesIO(camt053(back(payment), opening="0.00")), "again.xml")
        assert await explain_lines(at.first) == 0
        assert await balances(world.emma_isf) == now


async def test_a_return_that_somebody_entered_by_hand_moves_nothing_again(world: World) -> None:
    async with payers(world) as at:
        payment = (await sent_payments(await at.sent()))[0]
        await return_payment(at.first, payment["id"], PAID_ON, "The bank rang")
        before = await balances(world.emma_isf)
        await give(at.first, back(payment))
        assert await explain_lines(at.first) == 1
        assert await balances(world.emma_isf) == before


async def test_two_people_explaining_the_same_statement_do_each_thing_once(world: World) -> None:
    async with payers(world) as at:
        payments = await sent_payments(await at.sent())
        await give(at.first, *(out(payment) for payment in payments), back(payments[0]))
        told = await asyncio.gather(*(explain_lines(who) for who in (at.first, at.second) * 3))
        assert sum(told) == len(payments) + 1
        returned = await db.fetch_value("SELECT count(*) FROM journal WHERE kind = 'reversal'")
        assert returned == 1


async def _owed_credit(at: Payers) -> tuple[UUID, Money, str]:
    """A credit note for a paid invoice of Pettypool: owed until it comes back."""
    await at.sent()
    invoice = at.by_payee["PET"]
    line = await db.fetch_one(
        "SELECT id, gross_pence FROM invoice_line WHERE invoice_id = $1 LIMIT 1", invoice
    )
    assert line is not None
    amount = Money(line["gross_pence"])
    issued = await issue_credit_note(
        at.world.manager, invoice, CreditDraft({line["id"]: amount}, "It did not take place")
    )
    assert issued.owed_back_pence == amount.pence
    return issued.id, amount, issued.number


@pytest.mark.row("V3")
async def test_what_a_provider_pays_back_goes_to_the_fund_that_paid_it(world: World) -> None:
    async with payers(world) as at:
        _, amount, number = await _owed_credit(at)
        before = await balances(world.emma_isf)
        await give(
            at.first, entry(pounds(amount.pence), side="CRDT", day="2027-01-02", words=f"Repaid {number}.")
        )
        assert await explain_lines(at.first) == 1
        now = await balances(world.emma_isf)
        assert now["paid"] == before["paid"] - amount.pence
        assert now["available"] == before["available"] + amount.pence
        line = await db.fetch_value("SELECT id FROM bank_line")
        with pytest.raises(MovedMoney):
            await look_again(at.first, line)


async def test_a_person_chooses_what_a_line_without_a_reference_is(
    world: World, client: httpx.AsyncClient
) -> None:
    async with payers(world) as at:
        payment = (await sent_payments(await at.sent()))[0]
        await give(at.first, entry(pounds(payment["amount_pence"]), day="2027-01-02", words="Cheque 100234"))
        assert await explain_lines(at.first) == 0
        line = await db.fetch_value("SELECT id FROM bank_line")
        await sign_in(client, at.first)
        page = f"/bank-lines/{line}"
        assert f"Payment {payment['reference']}: Pettypool" in await words_of(client, page)
        nothing = await send(client, page, do="explain")
        assert (nothing.status_code, "Choose what it is" in nothing.text) == (422, True)
        chosen = await send(client, page, do="explain", thing=f"payment:{payment['id']}")
        assert chosen.status_code == 303
        assert f"Payment {payment['reference']}" in await words_of(client, "/bank-lines?show=matched")
        with pytest.raises(StateConflict):
            await explain_line(at.second, line, Meaning.RUN, payment["id"])
        await look_again(at.second, line)
        assert (await queries.lines(at.first, LineState.OPEN)).count == 1


async def test_nobody_explains_a_line_by_another_payers_payment(world: World) -> None:
    async with payers(world) as at:
        payment = (await sent_payments(await at.sent()))[0]
        await give(world.finance_officer, out(payment))
        assert await explain_lines(world.finance_officer) == 0
        line = await db.fetch_value("SELECT id FROM bank_line")
        with pytest.raises(Invalid):
            await explain_line(world.finance_officer, line, Meaning.PAYMENT, payment["id"])
        with pytest.raises(NotFound):
            await explain_line(at.first, line, Meaning.PAYMENT, payment["id"])
