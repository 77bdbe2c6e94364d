"""A file about an organisation, given back to those who may see it."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from marketplace.identity.access import Actor, record_view
from marketplace.identity.rules import Permission
from marketplace.kernel import db, files
from marketplace.kernel.errors import NotFound

# A council sees what was sent to it, from the day it is sent, and what a provider that it has or considers proves.
_SENT_TO = """
    SELECT EXISTS (SELECT 1 FROM commission_answer a JOIN commission c ON c.id = a.commission_id
                    WHERE a.file_id = $1 AND c.council_id = $2 AND c.sent_at IS NOT NULL)
        OR EXISTS (SELECT 1 FROM accreditation a WHERE a.file_id = $1 AND considers_provider($2, a.provider_id))
"""


async def may_see(actor: Actor, stored: files.StoredFile) -> bool:
    """Whether the actor manages the organisation that a file is about, or is of a council that was sent it."""
    if Permission.OFFER_MANAGE in actor.permissions and stored.organisation_id == actor.organisation_id:
        return True
    if Permission.COMMISSION_DECIDE not in actor.permissions or actor.council_id is None:
        return False
    seen: bool = await db.fetch_value(_SENT_TO, stored.id, actor.council_id)
    return seen


@get("/evidence/{evidence_id:uuid}", opt={"permission": Permission.SIGNED_IN})
async def show_evidence(actor: Actor, evidence_id: UUID) -> Response[Any]:
    """The file to save, never to run in the page; the view is audited."""
    stored = await files.find(evidence_id)
    if stored is None or stored.organisation_id is None or not stored.path.is_file():
        raise NotFound
    if not await may_see(actor, stored):
        raise NotFound
    await record_view(actor, "stored_file", evidence_id)
    return files.given_back(stored)


HANDLERS = [show_evidence]
