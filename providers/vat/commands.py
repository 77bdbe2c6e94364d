"""A seller says from when to when it is registered for VAT, and under which number (`rules.md` 21; row V2).

What was billed stays as it was issued; whatever is billed afterwards goes by the days of the service.
"""

from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.ids import new_id
from providers.access import own_provider
from providers.vat.numbers import vat_number

ALWAYS = date(1973, 4, 1)
"""The first day of VAT in this country: a registration whose start nobody has said."""

db.explain_constraint(
    "vat_registration_one_at_a_time",
    Conflict(
        "You cannot record this, because you are registered on some of these days already. "
        "You can end the earlier registration first."
    ),
)


async def register_for_vat(actor: Actor, number: str, starts_on: date) -> None:
    """The actor's own provider is registered under a number from a day on, until something else is recorded.

    A registration that runs then ends the day before: the number has changed. The same first day again puts a number
    right. The day may lie in the past, because registrations are often told late.
    Raises Forbidden, NotFound, Invalid, and Conflict when a later registration is recorded already.
    """
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        await _lock(provider_id)
        number = _checked(number, starts_on)
        before = await db.fetch_one(
            "SELECT id, vat_number, starts_on, ends_on FROM vat_registration WHERE provider_id = $1"
            " AND starts_on <= $2 AND (ends_on IS NULL OR ends_on > $2)",
            provider_id,
            starts_on,
        )
        if before is not None and before["starts_on"] == starts_on:
            await db.execute(
                "UPDATE vat_registration SET vat_number = $2 WHERE id = $1", before["id"], number
            )
        else:
            if before is not None:
                await db.execute(
                    "UPDATE vat_registration SET ends_on = $2 WHERE id = $1", before["id"], starts_on
                )
            await write_registration(provider_id, number, starts_on)
        await audit.record(
            actor,
            "vat.registered",
            "provider",
            provider_id,
            before=before,
            after={"vat_number": number, "starts_on": starts_on},
        )


async def write_registration(provider_id: UUID, number: str, starts_on: date) -> None:
    """Keep a checked registration; only inside a unit of work."""
    await db.execute(
        "INSERT INTO vat_registration (id, provider_id, vat_number, starts_on, recorded_at)"
        " VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        provider_id,
        number,
        starts_on,
        clock.now(),
    )


async def end_vat_registration(actor: Actor, last_day: date) -> None:
    """The registration that runs ends with a day. Raises Forbidden, NotFound, Invalid, and Conflict without one."""
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        await _lock(provider_id)
        running = await db.fetch_one(
            "SELECT id, vat_number, starts_on FROM vat_registration WHERE provider_id = $1 AND ends_on IS NULL",
            provider_id,
        )
        if running is None:
            raise Conflict("You cannot end this, because no registration for VAT runs. You can record one.")
        if last_day < running["starts_on"]:
            raise Invalid({"last_day": "Enter a day on or after the first day of the registration"})
        await db.execute(
            "UPDATE vat_registration SET ends_on = $2::date + 1 WHERE id = $1", running["id"], last_day
        )
        await audit.record(
            actor, "vat.ended", "provider", provider_id, before=running, after={"last_day": last_day}
        )


def _checked(number: str, starts_on: date) -> str:
    wrong = {}
    kept = ""
    try:
        kept = vat_number(number)
    except ValueError as trouble:
        wrong["vat_number"] = str(trouble)
    if starts_on < ALWAYS:
        wrong["starts_on"] = "Enter a day on or after 1 April 1973"
    if wrong:
        raise Invalid(wrong)
    return kept


async def _lock(provider_id: UUID) -> None:
    await db.execute("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
