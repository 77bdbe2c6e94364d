"""What bookings are called in the books of a fund."""

from collections.abc import Collection, Mapping
from uuid import UUID

from isf.ledger.subjects import Subject
from marketplace.identity.access import Actor
from marketplace.kernel import db


async def bookings_as_subjects(_: Actor, booking_ids: Collection[UUID]) -> Mapping[UUID, Subject]:
    """The activity and the reference of each; whoever sees the fund sees its bookings."""
    rows = await db.fetch_all(
        "SELECT b.id, b.reference, a.title FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
        "  JOIN activity a ON a.id = s.activity_id WHERE b.id = ANY ($1)",
        list(booking_ids),
    )
    return {
        row["id"]: Subject(f"{row['title']} ({row['reference']})", f"/bookings/{row['id']}") for row in rows
    }
