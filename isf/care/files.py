"""A kept file, given back to those who may see the person it is about."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from marketplace.identity.access import Actor, record_view, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import files
from marketplace.kernel.errors import NotFound


@get("/files/{file_id:uuid}", opt={"permission": Permission.PERSON_SEE})
async def show_file(actor: Actor, file_id: UUID) -> Response[Any]:
    """The file to save, never to run in the page; the view is audited."""
    stored = await files.find(file_id)
    if stored is None or stored.person_id is None or not stored.path.is_file():
        raise NotFound
    await require_person(actor, stored.person_id, Scope.SEE)
    await record_view(actor, "stored_file", file_id)
    return files.given_back(stored)
