"""Sellers that are registered for VAT."""

from datetime import date
from uuid import UUID

from providers.vat.commands import ALWAYS, write_registration

NUMBER = "GB980780684"


async def registered_for_vat(provider_id: UUID, *, starts_on: date = ALWAYS, number: str = NUMBER) -> None:
    """As if it had been said from the beginning, or from a day on."""
    await write_registration(provider_id, number, starts_on)
