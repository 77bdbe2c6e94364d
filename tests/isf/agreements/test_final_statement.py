"""An exit ends with a final statement that ties to the books; nothing makes a second one (rows I5, I6)."""

from datetime import timedelta
from uuid import UUID

import pytest

from isf.agreements.exits.announcing import exit_fund
from isf.agreements.exits.finishing import finish_exit, send_late_money
from isf.agreements.exits.queries import ending_fund
from isf.ledger import commands as ledger
from isf.statements.document import LineKind, StatementDocument, StatementKind, thawed
from isf.statements.making import make_missing_statements
from isf.statements.rules import next_month
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.asking import Client, sign_in
from tests.isf.agreements.agreed import agreed_isf
from tests.isf.agreements.test_exit import on_day, over, paid
from tests.world import World, balances


async def final_statements(fund_id: UUID) -> list[StatementDocument]:
    rows = await db.fetch_all(
        "SELECT document::text AS document FROM statement WHERE fund_id = $1 AND kind = 'final' ORDER BY number",
        fund_id,
    )
    return [thawed(row["document"]) for row in rows]


async def ended(world: World) -> UUID:
    """Emma's ISF: paid in, her own money added, an agreement with a fee, and its end finished."""
    await agreed_isf(world)
    await paid(world.emma_isf, 60_000)
    await ledger.top_up(
        SYSTEM, world.emma_isf, Money(3_000), clock.today(), reference="test:own", subject_id=None
    )
    exit_id = await exit_fund(world.care_manager, world.emma_isf, over(world))
    await finish_exit(world.finance_officer, exit_id)
    return exit_id


@pytest.mark.row("I5")
@pytest.mark.row("I6")
async def test_the_final_statement_ties_to_the_penny_and_says_where_the_money_went(world: World) -> None:
    exit_id = await ended(world)
    [told] = await final_statements(world.emma_isf)
    books = await balances(world.emma_isf)
    assert told.kind is StatementKind.FINAL
    assert (told.closing.available, told.closing.committed, told.closing.payable) == (0, 0, 0)
    assert told.closing.fee == books["fee"] > 0
    assert told.closing.returned == books["returned"]
    assert told.opening.left + sum(line.left_pence for line in told.lines) == told.closing.left == 0
    sent = sum(line.amount_pence for line in told.lines if line.kind is LineKind.SENT_ON)
    ending = (await ending_fund(world.finance_officer, world.emma_isf)).exit
    assert ending is not None
    assert sent == ending.early_pence + ending.left_pence + ending.contribution_back_pence
    assert [line.amount_pence for line in told.lines if line.kind is LineKind.TOP_UP_BACK] == [3_000]
    assert ending.final_statement_id == told.id
    # Twice is once.
    await finish_exit(world.finance_officer, exit_id)
    assert len(await final_statements(world.emma_isf)) == 1


@pytest.mark.row("I5")
async def test_the_job_makes_no_second_one_and_late_money_stands_on_a_monthly_one(world: World) -> None:
    await ended(world)
    after = next_month(clock.today().replace(day=1))
    with on_day(after + timedelta(days=1)):
        await make_missing_statements(SYSTEM)
    counted = "SELECT count(*) FROM statement WHERE fund_id = $1 AND month >= $2"
    this_month = clock.today().replace(day=1)
    assert await db.fetch_value(counted, world.emma_isf, this_month) == 1
    with on_day(after + timedelta(days=2)):
        await ledger.top_up(
            SYSTEM, world.emma_isf, Money(100), clock.today(), reference=f"test:{new_id()}", subject_id=None
        )
        assert await send_late_money(SYSTEM) == 1
    with on_day(next_month(after) + timedelta(days=1)):
        await make_missing_statements(SYSTEM)
    assert await db.fetch_value(counted, world.emma_isf, this_month) == 2
    assert len(await final_statements(world.emma_isf)) == 1


async def test_holder_and_person_are_told_and_the_page_leads_to_it(client: Client, world: World) -> None:
    await ended(world)
    [told] = await final_statements(world.emma_isf)
    letters = await db.fetch_all(
        "SELECT recipient, subject FROM outbox_message WHERE subject LIKE '%inal statement%' OR body LIKE $1",
        f"%/statements/{told.id}%",
    )
    assert {"emma@example.com", "accounts@harbour.example"} <= {letter["recipient"] for letter in letters}
    await sign_in(client, world.finance_officer)
    shown = await client.get(f"/funds/{world.emma_isf}/exit")
    assert f'href="/statements/{told.id}"' in shown.text
    assert (await client.get(f"/statements/{told.id}")).status_code == 200
