"""What begins the numbers of self-billed invoices: the payer's letters, then the supplier's (`HAR-PET`)."""

from uuid import UUID

from invoicing import rules
from marketplace.kernel import db


async def prefix_of(
    payer_organisation_id: UUID, payer_name: str, provider_id: UUID, supplier_prefix: str
) -> str:
    """The prefix of a payer's series for one supplier, given with its first invoice and then for ever."""
    kept = "SELECT prefix FROM self_billing_series WHERE payer_organisation_id = $1 AND provider_id = $2"
    known = await db.fetch_value(kept, payer_organisation_id, provider_id)
    for letters in rules.prefixes(payer_name) if known is None else ():
        # Nothing is inserted when the letters are another payer's, or when a parallel run was first.
        known = await db.fetch_value(
            "WITH given AS (INSERT INTO self_billing_series (id, payer_organisation_id, provider_id, prefix)"
            " VALUES (gen_random_uuid(), $1, $2, $3) ON CONFLICT DO NOTHING RETURNING prefix) SELECT prefix FROM given",
            payer_organisation_id,
            provider_id,
            f"{letters}-{supplier_prefix}",
        ) or await db.fetch_value(kept, payer_organisation_id, provider_id)
        if known is not None:
            break
    return str(known)
