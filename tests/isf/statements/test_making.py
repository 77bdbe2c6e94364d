"""A month's statements: they tie to the books to the penny, are made once, and a stopped run goes on."""

import pytest

from isf.statements.document import LineKind, fingerprint, thawed
from isf.statements.making import make_final_statement, make_missing_statements, make_statements
from isf.statements.rules import next_month
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict
from tests.isf.statements.lived import attend, documents, last_month, live
from tests.world import World, balances

pytestmark = [pytest.mark.row("I5"), pytest.mark.asyncio]


async def test_a_statement_says_what_was_used_booked_cancelled_and_is_left(world: World) -> None:
    lived = await live(world)
    await make_statements(SYSTEM, lived.month)
    (told,) = await documents(world.emma_isf)
    kinds = [line.kind for line in told.lines]
    assert kinds.count(LineKind.USED) == 2
    assert {LineKind.BOOKED, LineKind.CANCELLED, LineKind.PAID_IN, LineKind.TOP_UP} <= set(kinds)
    used = [line for line in told.lines if line.kind is LineKind.USED]
    assert [(line.title, line.provider, line.amount_pence) for line in used] == [("Garden group", "Pettypool", 3850)] * 2
    assert told.closing.used == 7700
    assert told.closing.booked == 3850
    assert [(each.title, each.times, each.amount_pence) for each in told.ahead] == [("Garden group", 1, 3850)]
    assert told.opening.left + sum(line.left_pence for line in told.lines) == told.closing.left
