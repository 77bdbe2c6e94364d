"""What a council requires of its providers and lacks, today or soon, with the bookings beyond."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from providers.access import own_provider, require_council
from providers.accreditation.rules import REMIND_DAYS, Kind

SOON_DAYS: Final = max(REMIND_DAYS)

# $1 council, $2 today. `ends_on`: the first day without; null where it was never proved.
LACKING_SQL: Final = f"""
    SELECT p.id AS provider_id, p.name AS provider_name, r.kind, e.ends_on, r.starts_on AS required_from
      FROM accreditation_requirement r
      JOIN provider p ON accreditation_suits(r.kind, p.seller_type, p.employs)
       AND owner_on(p.id, $2) <> $1
       AND EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = p.id AND c.council_id = $1 AND c.state = 'approved'
                      AND (c.ends_on IS NULL OR c.ends_on > $2))
      LEFT JOIN LATERAL (
           SELECT coalesce(a.expires_on, 'infinity') AS ends_on FROM accreditation a
            WHERE a.provider_id = p.id AND a.kind = r.kind AND a.state IN ('accepted', 'replaced')
            ORDER BY a.expires_on DESC NULLS FIRST LIMIT 1) e ON true
     WHERE r.council_id = $1 AND (r.ends_on IS NULL OR r.ends_on > $2) AND r.starts_on <= $2 + {SOON_DAYS}
       AND (e.ends_on IS NULL OR e.ends_on <= $2 + {SOON_DAYS})
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something required that has run out, runs out soon, or was never proved (`ends_on` is None)."""

    provider_id: UUID
    provider_name: str
    kind: Kind
    ends_on: date | None
    required_from: date
    bookings: int
    """Live bookings of the council's money from the day on which it is lacking."""

    def over(self, today: date) -> bool:
        """Whether new bookings have stopped because of it."""
        return self.required_from <= today and (self.ends_on is None or self.ends_on <= today)


async def lacking(actor: Actor) -> list[Lacking]:
    """What the actor's council lacks of its approved providers, the most urgent first. Raises Forbidden or NotFound."""
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    rows = await db.fetch_all(
        f"SELECT l.*, (SELECT count(*) FROM booking b WHERE b.provider_id = l.provider_id AND b.council_id = $1"
        "   AND b.state IN ('held', 'confirmed') AND b.service_on >= greatest(l.ends_on, l.required_from, $2))"
        f"   AS bookings FROM ({LACKING_SQL}) l ORDER BY l.ends_on NULLS FIRST, l.provider_name, l.kind",  # noqa: S608
        council_id,
        clock.today(),
    )
    return [Lacking(**{**row, "kind": Kind(row["kind"])}) for row in rows]


async def beyond_own(actor: Actor) -> dict[str, int]:
    """For each kind of proof of the actor's provider that ends, the live bookings on days that it does not cover.

    Raises Forbidden or NotFound.
    """
    rows = await db.fetch_all(
        "SELECT a.kind, (SELECT count(*) FROM booking b WHERE b.provider_id = a.provider_id"
        "   AND b.state IN ('held', 'confirmed') AND b.service_on >= a.expires_on AND b.service_on >= $2) AS bookings"
        " FROM accreditation a WHERE a.provider_id = $1 AND a.state = 'accepted' AND a.expires_on IS NOT NULL",
        await own_provider(actor),
        clock.today(),
    )
    return {row["kind"]: row["bookings"] for row in rows}
