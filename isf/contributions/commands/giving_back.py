"""What a person paid too much goes back to them, or to whoever acts after them (`rules.md` 18)."""

from datetime import date
from uuid import UUID

from isf.contributions.commands.assessing import lock_own_person
from isf.contributions.commands.paying import check_money
from isf.contributions.queries import balance_of
from isf.rules import Collection
from marketplace.identity.access import Actor
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


async def give_back_overpaid(actor: Actor, person_id: UUID, amount: Money, on: date, to: str) -> UUID:
    """Note that what was paid too much to the council went back, on a day, to whom.

    Needs CONTRIBUTION_MANAGE in the person's council. Never more than was paid too much; money that went into a fund
    goes back by the end of that fund. Raises NotFound, Invalid.
    """
    check_money(amount, on, "paid_back_on")
    if not to.strip():
        raise Invalid({"paid_back_to": "Enter to whom it went, such as the executor"})
    payment_id = new_id()
    async with db.unit_of_work():
        person = await lock_own_person(actor, person_id)
        credit = Money(max(0, -await balance_of(person_id)))
        if amount.pence > credit.pence:
            raise Invalid({"amount": f"Enter an amount up to {credit}, which is what was paid too much"})
        await db.execute(
            "INSERT INTO contribution_payment (id, person_id, council_id, amount_pence, received_on, collection, note,"
            " key, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $1, $8)",
            payment_id,
            person_id,
            person["council_id"],
            -amount.pence,
            on,
            str(Collection.GROSS),
            f"Paid back to {to.strip()}",
            actor.user_id,
        )
        await audit.record(
            actor, "contribution.given_back", "contribution_payment", payment_id,
            after={"person": person_id, "amount": amount}, because=to.strip(),
        )  # fmt: skip
    return payment_id
