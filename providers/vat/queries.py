"""Reads about registrations for VAT."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from providers.access import own_provider


@dataclass(frozen=True, slots=True)
class VatRegistration:
    """A number and its days; `last_day` is the last day with it, None while it runs."""

    vat_number: str
    starts_on: date
    last_day: date | None

    @property
    def runs(self) -> bool:
        """Whether it counts today."""
        today = clock.today()
        return self.starts_on <= today and (self.last_day is None or self.last_day >= today)


async def registrations_of(actor: Actor) -> list[VatRegistration]:
    """Those of the actor's own provider, the latest first. Raises Forbidden or NotFound."""
    rows = await db.fetch_all(
        "SELECT vat_number, starts_on, ends_on FROM vat_registration WHERE provider_id = $1 ORDER BY starts_on DESC",
        await own_provider(actor),
    )
    return [
        VatRegistration(
            row["vat_number"], row["starts_on"], row["ends_on"] and row["ends_on"] - timedelta(days=1)
        )
        for row in rows
    ]


async def vat_number_on(provider_id: UUID, day: date) -> str | None:
    """The number under which a provider supplies on a day; None when it is not registered then."""
    number: str | None = await db.fetch_value("SELECT vat_number_on($1, $2)", provider_id, day)
    return number
