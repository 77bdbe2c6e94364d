"""How agreements are called on the movements of a fund."""

from collections.abc import Collection, Mapping
from uuid import UUID

from isf.ledger.subjects import Subject
from marketplace.identity.access import Actor
from marketplace.kernel import db


async def agreements_as_subjects(_: Actor, agreement_ids: Collection[UUID]) -> Mapping[UUID, Subject]:
    """The version of each; whoever sees the fund sees what was agreed about it."""
    rows = await db.fetch_all(
        "SELECT id, version FROM agreement WHERE id = ANY ($1::uuid[])", list(agreement_ids)
    )
    return {
        row["id"]: Subject(f"Agreement, version {row['version']}", f"/agreements/{row['id']}") for row in rows
    }
