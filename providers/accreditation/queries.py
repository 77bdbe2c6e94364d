"""Reads about proofs and what is required."""

from datetime import date
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider, require_council
from providers.accreditation.rules import Kind, suiting
from providers.rules import SellerType

_PROOF: Final = """
    SELECT a.id, a.provider_id, p.name AS provider_name, p.seller_type, a.kind, a.file_id, s.name AS file_name,
           a.reference, a.valid_from, a.expires_on, a.state, a.reason, a.sent_at, a.decided_at,
           o.name AS decided_by_council
      FROM accreditation a JOIN provider p ON p.id = a.provider_id LEFT JOIN stored_file s ON s.id = a.file_id
      LEFT JOIN organisation o ON o.id = a.decided_by_council
"""


async def own_accreditations(actor: Actor) -> list[db.Row]:
    """Every proof of the actor's provider, the latest first. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        f"{_PROOF} WHERE a.provider_id = $1 AND a.state <> 'withdrawn' ORDER BY a.sent_at DESC, a.id",
        await own_provider(actor),
    )


async def own_standing(actor: Actor) -> list[db.Row]:
    """What is asked of the actor's provider, in order: each kind with who requires it (and from when) and the proofs
    that count and wait. Raises Forbidden or NotFound."""
    provider_id = await own_provider(actor)
    seller = await db.fetch_one("SELECT seller_type, employs FROM provider WHERE id = $1", provider_id)
    assert seller is not None  # noqa: S101 - own_provider found it
    kinds = suiting(SellerType(seller["seller_type"]), employs=seller["employs"])
    rows = await db.fetch_all(
        "SELECT k.kind, a.id, a.expires_on, a.valid_from, w.id AS waiting_id,"
        " (SELECT l.state = 'refused' FROM accreditation l WHERE l.provider_id = $1 AND l.kind = k.kind"
        "   AND l.state <> 'withdrawn' ORDER BY l.sent_at DESC, l.id LIMIT 1) AS refused,"
        " (SELECT string_agg(DISTINCT o.name, ', ') FROM accreditation_requirement r"
        "   JOIN organisation o ON o.id = r.council_id WHERE r.kind = k.kind AND (r.ends_on IS NULL OR r.ends_on > $2)"
        "   AND considers_provider(r.council_id, $1)) AS required_by"
        " FROM unnest($3::text[]) WITH ORDINALITY k (kind, place)"
        " LEFT JOIN accreditation a ON a.provider_id = $1 AND a.kind = k.kind AND a.state = 'accepted'"
        " LEFT JOIN accreditation w ON w.provider_id = $1 AND w.kind = k.kind AND w.state = 'sent' ORDER BY k.place",
        provider_id,
        clock.today(),
        [str(kind) for kind in kinds],
    )
    return [{**row, "kind": Kind(row["kind"])} for row in rows]


async def accreditation_of(actor: Actor, accreditation_id: UUID) -> db.Row:
    """One proof of a provider that the actor's council has or considers. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        f"{_PROOF} WHERE a.id = $1 AND considers_provider($2, a.provider_id)",
        accreditation_id,
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    if row is None:
        raise NotFound
    return row


async def accreditations_to_decide(actor: Actor) -> list[db.Row]:
    """The proofs that wait for the actor's council, the oldest first. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        f"{_PROOF} WHERE a.state = 'sent' AND considers_provider($1, a.provider_id) ORDER BY a.sent_at, a.id",
        require_council(actor, Permission.COMMISSION_DECIDE),
    )


async def accreditations_by(actor: Actor, provider_id: UUID) -> list[db.Row]:
    """What one provider has proved or sent, for a council that has or considers it. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        f"{_PROOF} WHERE a.provider_id = $2 AND considers_provider($1, a.provider_id)"
        " AND a.state IN ('sent', 'accepted', 'refused') ORDER BY a.kind, a.sent_at DESC",
        require_council(actor, Permission.COMMISSION_DECIDE),
        provider_id,
    )


async def requirements_of(actor: Actor) -> list[db.Row]:
    """What the actor's council requires, or is to require. Raises Forbidden or NotFound."""
    return await db.fetch_all(
        "SELECT id, kind, starts_on FROM accreditation_requirement"
        " WHERE council_id = $1 AND ends_on IS NULL ORDER BY starts_on, kind",
        require_council(actor, Permission.COMMISSION_DECIDE),
    )


async def is_lapsed(provider_id: UUID, council_id: UUID, day: date) -> bool:
    """Whether something that a council requires of a provider is not proved for a day."""
    lapsed: bool = await db.fetch_value(
        "SELECT accreditation_lapsed($1, $2, $3)", provider_id, council_id, day
    )
    return lapsed
