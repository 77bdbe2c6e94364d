"""Every path by which a personalised budget could pay the council that gives it, each refused; the database last.

Vivo is Northshire's own service; Emma's ISF and Dan's direct payment are Northshire's money (`rules.md` 1, row V8).
"""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest

from invoicing.payment_runs.by_hand import mark_paid
from invoicing.runs.commands import issue_invoices
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.withstand import in_house_attempts as asks
from tests.withstand import in_house_statements as bare
from tests.world import World

pytestmark = [pytest.mark.row("V8"), pytest.mark.row("D4")]

Attempt = Callable[[World, db.Row], Awaitable[None]]

PATHS: dict[str, tuple[Attempt, list[tuple[Attempt, str]]]] = {
    "invoice": (
        asks.no_invoice,
        [
            (bare.line_of_its_own, "invoice_line_not_in_house"),
            (bare.invoice_of_vivos, "invoice_line_of_its_parties"),
        ],
    ),
    "self-bill": (
        asks.no_self_billing,
        [
            (bare.agreement, "self_billing_begins_proposed"),
            (bare.self_billed, "invoice_line_of_its_parties"),
        ],
    ),
    "upload": (asks.no_upload, [(bare.received, "invoice_line_of_its_parties")]),
    "credit": (
        asks.no_credit,
        [
            (bare.credit_line, "credit_note_line_not_in_house"),
            (bare.credit_of_vivos, "credit_note_of_invoice"),
        ],
    ),
    "payment run": (
        asks.no_payment_run,
        [
            (bare.payment_item, "payment_item_not_in_house"),
            (bare.payee_exchanged, "payment_frozen"),
            (bare.payment_to_vivo, "payment_item_fits"),
        ],
    ),
    "card": (asks.no_card, [(bare.card_payment, "card_payment_not_in_house")]),
    "refund to another account": (
        asks.no_refund_elsewhere,
        [
            (bare.payment_to_vivos_account, "payment_to_its_payee"),
            (bare.card_to_vivos_account, "card_payment_to_able_account"),
        ],
    ),
    "transfer between funds": (
        asks.no_transfer,
        [(bare.held_fund, "fund_not_held_in_house"), (bare.raw_transfer, "journal_not_in_house")],
    ),
    "import": (asks.no_import, [(bare.booking, "booking_not_in_house")]),
    "reconcile": (asks.no_bank_line, [(bare.bank_line, "bank_line_ties")]),
    "raw journal": (
        asks.no_journal,
        [
            (bare.raw_delivery, "journal_not_in_house"),
            (bare.raw_card, "journal_not_in_house"),
            (bare.raw_settlement, "journal_not_in_house"),
            (bare.raw_return, "journal_not_in_house"),
        ],
    ),
    "ownership changed afterwards": (
        asks.no_change_of_owner,
        [
            (bare.changed_owner, "booking_not_in_house"),
            (bare.changed_owner_of_what_was_credited, "invoice_line_not_in_house"),
        ],
    ),
}


async def billed(world: World) -> db.Row:
    """A lawful invoice line of Emma's ISF, paid by Harbour; a second visit is owed, and not billed yet."""
    await deliver(world, world.broker, world.emma_isf, november(5))
    await issue_invoices(SYSTEM, NOVEMBER)
    await deliver(world, world.broker, world.emma_isf, november(6))
    row = await db.fetch_one("SELECT * FROM invoice_line")
    assert row is not None
    await mark_paid(world.broker, row["invoice_id"], "BACS 1", clock.today())
    return row


async def reached(world: World) -> dict[str, Any]:
    """What Vivo has or claims out of personalised budgets, and all that these have paid: the same before and after."""
    row = await db.fetch_one(
        "SELECT (SELECT json_agg(a ORDER BY a.fund_id, a.kind) FROM account a JOIN fund f ON f.id = a.fund_id"
        "         WHERE a.fund_id = ANY ($1) AND a.kind IN ('payable', 'paid'))::text AS accounts,"
        " (SELECT count(*) FROM booking WHERE provider_id = $2 AND fund_id = ANY ($1)) AS bookings,"
        " (SELECT count(*) FROM invoice WHERE provider_id = $2) AS invoices,"
        " (SELECT count(*) FROM payment WHERE provider_id = $2) AS payments,"
        " (SELECT count(*) FROM payment) AS all_payments, (SELECT count(*) FROM card_payment) AS cards,"
        " (SELECT count(*) FROM credit_note WHERE provider_id = $2) AS credits,"
        " (SELECT count(*) FROM credit_settlement WHERE kind <> 'unpaid') AS returned,"
        " (SELECT count(*) FROM self_billing_agreement) AS agreements,"
        " (SELECT count(*) FROM bank_line WHERE state = 'matched') AS matched,"
        " (SELECT count(*) FROM booking WHERE fund_id = ANY ($1) AND owner_council_id = council_id) AS owned",
        [world.emma_isf, world.dan_direct],
        world.vivo,
    )
    assert row is not None
    return row


@pytest.mark.parametrize("path", PATHS)
async def test_no_money_and_no_claim_reaches_the_councils_own_service(world: World, path: str) -> None:
    """By the commands, then by bare statements: refused, and nothing moved."""
    line = await billed(world)
    asked, statements = PATHS[path]
    before = await reached(world)
    await asked(world, line)
    assert await reached(world) == before
    for statement, constraint in statements:
        assert await _refused_by(statement, world, line) == constraint, statement.__name__
        assert await reached(world) == before, statement.__name__


async def _refused_by(statement: Attempt, world: World, line: db.Row) -> str | None:
    with pytest.raises((asyncpg.IntegrityConstraintViolationError, DomainError)) as refused:
        await statement(world, line)
    cause = refused.value if isinstance(refused.value, asyncpg.PostgresError) else refused.value.__cause__
    assert isinstance(cause, asyncpg.IntegrityConstraintViolationError), refused.value
    name: str | None = cause.constraint_name
    return name


def test_the_list_is_the_whole_list() -> None:
    """As the work was asked for, word by word; ids of the tests are its words."""
    assert ", ".join(PATHS) == (
        "invoice, self-bill, upload, credit, payment run, card, refund to another account, transfer between funds,"
        " import, reconcile, raw journal, ownership changed afterwards"
    )
