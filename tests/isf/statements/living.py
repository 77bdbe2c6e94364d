"""A statement of Emma's, for tests that ask for every address."""

from collections.abc import Mapping

from isf.statements.making import make_statements
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from tests.isf.statements.lived import last_month
from tests.world import World


async def live_with_statements(world: World) -> Mapping[str, object]:
    """Last month's statements; what fills the parameters of their addresses."""
    await make_statements(SYSTEM, last_month())
    statement = await db.fetch_value("SELECT id FROM statement WHERE fund_id = $1", world.emma_isf)
    plan = await db.fetch_value(
        "SELECT id FROM plan_version WHERE person_id = $1 AND state = 'agreed'", world.emma
    )
    return {"statement": statement, "statement_id": statement, "version_id": plan}
