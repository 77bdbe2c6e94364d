"""A queried line in the lived-in world, with a file."""

from collections.abc import Mapping

from litestar.datastructures import UploadFile

from invoicing.line_queries.commands import query_line
from marketplace.kernel import db
from tests.world import World


async def live_with_queries(world: World) -> Mapping[str, object]:
    """The broker queries the last line that Pettypool billed to Harbour."""
    line = await db.fetch_one(
        "SELECT l.id, l.invoice_id FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id"
        " WHERE i.payer_organisation_id = $1 AND l.gross_pence > line_credited_pence(l.id)"
        " ORDER BY i.number DESC, l.position DESC",
        world.harbour,
    )
    assert line is not None
    shown = UploadFile("application/pdf", "register.pdf", b"%PDF-1.4 a register")
    query = await query_line(world.broker, line["invoice_id"], line["id"], "It ended early", shown)
    return {
        "query_id": query,
        "attachment_id": await db.fetch_value(
            "SELECT file_id FROM line_query_message WHERE query_id = $1", query
        ),
    }
