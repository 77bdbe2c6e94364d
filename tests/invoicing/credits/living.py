"""A credit note in the lived-in world."""

from collections.abc import Mapping

from invoicing.credits.commands import CreditDraft, issue_credit_note
from marketplace.kernel import db
from marketplace.kernel.money import Money
from tests.world import World


async def live_with_credit_notes(world: World) -> Mapping[str, object]:
    """Credit £1.00 of the first line that Pettypool billed."""
    line = await db.fetch_one(
        "SELECT l.id, l.invoice_id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id"
        " WHERE i.provider_id = $1 ORDER BY i.number, l.position",
        world.pettypool,
    )
    assert line is not None
    draft = CreditDraft({line["id"]: Money(100)}, "It began an hour late")
    return {"credit_note": (await issue_credit_note(world.manager, line["invoice_id"], draft)).id}
