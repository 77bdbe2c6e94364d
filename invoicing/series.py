"""What begins the numbers of a supplier's invoices and credit notes: letters of its name, given once for ever."""

from uuid import UUID

from invoicing import rules
from marketplace.kernel import db

_KEPT = "SELECT prefix FROM invoice_series WHERE provider_id = $1"


async def letters_of(provider_id: UUID) -> str:
    """A provider's letters; given with the first number that is made for it, whichever document that is on."""
    known: str | None = await db.fetch_value(_KEPT, provider_id)
    if known is not None:
        return known
    slug = await db.fetch_value("SELECT slug FROM provider WHERE id = $1", provider_id)
    for prefix in rules.prefixes(slug):
        # Nothing is inserted when the letters are another provider's, or when a parallel run was first.
        known = await db.fetch_value(
            "WITH given AS (INSERT INTO invoice_series (provider_id, prefix) VALUES ($1, $2)"
            " ON CONFLICT DO NOTHING RETURNING prefix) SELECT prefix FROM given",
            provider_id,
            prefix,
        ) or await db.fetch_value(_KEPT, provider_id)
        if known is not None:
            break
    return str(known)
