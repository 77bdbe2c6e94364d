"""Bank statements in the lived-in world: one of Harbour's, with a line that explains itself to nobody."""

import io
from collections.abc import Mapping

from invoicing.reconciliation.giving_in import give_in
from marketplace.kernel import db
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World


async def live_with_bank_statements(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses."""
    file = camt053(
        entry("12.00", reference="B1", words="Charges of November", who="The bank"),
        entry(
            "80.00",
            side="CRDT",
            reference="B2",
            words="A gift",
            who="Somebody with a rather long name of their own",
        ),
    )
    await give_in(world.broker, io.BytesIO(file), "november.xml")
    return {"bank_line_id": await db.fetch_value("SELECT id FROM bank_line ORDER BY amount_pence LIMIT 1")}
