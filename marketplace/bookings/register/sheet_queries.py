"""The bookings of a sheet, each as it stands: one statement for any number."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta

import msgspec

from marketplace.bookings.register.sheet import KnownRow
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, db
from marketplace.kernel.clock import from_wall
from providers.access import own_provider

_ROWS = """
    SELECT b.id AS booking_id, b.reference, p.name, a.title, b.starts_at, b.ends_at, b.service_on, b.state, t.outcome,
           t.arrived_at, t.left_at, coalesce(t.note, '') AS note,
           EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id AND c.kind = 'invoice') AS billed
      FROM booking b JOIN person p ON p.id = b.person_id JOIN activity_session s ON s.id = b.activity_session_id
      JOIN activity a ON a.id = s.activity_id LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE b.provider_id = $1
"""


async def known_in_week(actor: Actor, monday: date) -> list[KnownRow]:
    """The register of a week of the actor's provider, a row for each place; that names were shown is audited."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    rows = await db.fetch_all(
        _ROWS
        + " AND b.starts_at >= $2 AND b.starts_at < $3 AND b.state IN ('confirmed', 'delivered', 'missed')"
        " ORDER BY b.starts_at, a.title, p.name",
        provider_id,
        from_wall(monday, time(0)),
        from_wall(monday + timedelta(days=7), time(0)),
    )
    await audit.record(
        actor, "register.exported", "provider", provider_id, after={"week": monday, "bookings": len(rows)}
    )
    return [msgspec.convert(row, KnownRow) for row in rows]


async def known_rows(actor: Actor, references: Sequence[str]) -> Mapping[str, KnownRow]:
    """Those of these references that are the provider's own."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    rows = await db.fetch_all(_ROWS + " AND b.reference = ANY ($2)", provider_id, list(references))
    return {row["reference"]: msgspec.convert(row, KnownRow) for row in rows}
