"""Recording where e-invoices reach an organisation, and that they do not any more."""

from invoicing.electronic_addresses.queries import own_organisation, versions_of
from invoicing.electronic_addresses.rules import Address
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id


async def record_address(actor: Actor, address: Address | None) -> None:
    """From now on this is the address of the actor's organisation; None: it has none any more.

    Documents that are issued already keep what they say. The same again changes nothing. Raises Forbidden, NotFound.
    """
    organisation_id = own_organisation(actor)
    async with db.unit_of_work():
        await db.execute("SELECT 1 FROM organisation WHERE id = $1 FOR NO KEY UPDATE", organisation_id)
        known = await versions_of(organisation_id)
        before = known[0].address if known else None
        if before == address:
            return
        await db.execute(
            "INSERT INTO electronic_address (id, organisation_id, version, scheme, value, recorded_by, recorded_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            new_id(),
            organisation_id,
            known[0].version + 1 if known else 1,
            str(address.scheme) if address else "",
            address.value if address else "",
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "electronic_address.recorded",
            "organisation",
            organisation_id,
            before={"address": str(before)} if before else None,
            after={"address": str(address) if address else None},
        )
