"""Proposing a payment run: everything that is due and undisputed, grouped by payee."""

from collections import defaultdict
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from invoicing.payment_runs.making import Payable, Payee, make_payment, payable_lines
from invoicing.payment_runs.netting import to_net
from invoicing.payment_runs.rules import NothingToPay, RunWaits
from marketplace.identity.access import Actor, organisation_with
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import total

db.explain_constraint("payment_run_one_open", RunWaits())

AHEAD_MOST: Final = timedelta(days=60)

# The invoices of payer $1 that are due by $2, whose seller is not on hold and has an account in use at $3.
_DUE: Final = """
    SELECT i.id, i.provider_id, bank_details_in_force(pr.organisation_id, 'into', $3) AS details_id
      FROM invoice i JOIN provider pr ON pr.id = i.provider_id
     WHERE i.payer_organisation_id = $1 AND i.state IN ('issued', 'part_paid') AND i.due_on <= $2
       AND NOT provider_on_hold(i.provider_id)
       AND bank_details_in_force(pr.organisation_id, 'into', $3) IS NOT NULL
     ORDER BY i.id FOR NO KEY UPDATE OF i
"""


def own_organisation(actor: Actor) -> UUID:
    """The organisation whose payment runs the actor decides. Raises Forbidden, NotFound."""
    return organisation_with(actor, Permission.PAYMENT_RUN_DECIDE)


def check_days(due_until: date, pay_on: date, today: date) -> None:
    """Raises Invalid when the day of paying is past or far away, or what is due later than sensible."""
    wrong = {}
    if not today <= pay_on <= today + AHEAD_MOST:
        wrong["pay_on"] = "Enter today or a day in the next 60"
    if not date(2000, 1, 1) <= due_until <= today + AHEAD_MOST:
        wrong["due_until"] = "Enter a day that is at most 60 days from now"
    if wrong:
        raise Invalid(wrong)


async def propose_run(actor: Actor, due_until: date, pay_on: date) -> UUID:
    """Propose to pay everything that is due by a day; another person approves it.

    In it are the lines that are open, unqueried and in no other payment, of sellers with an account in use who are not
    on hold; what they owe back for credit notes is taken off. Raises Forbidden, NotFound, Invalid, RunWaits while
    another run is open, NothingToPay.
    """
    organisation_id = own_organisation(actor)
    check_days(due_until, pay_on, clock.today())
    run_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO payment_run (id, reference, organisation_id, due_until, pay_on, proposed_by, proposed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            run_id,
            reference("PR"),
            organisation_id,
            due_until,
            pay_on,
            actor.user_id,
            clock.now(),
        )
        invoices = await db.fetch_all(_DUE, organisation_id, due_until, clock.now())
        accounts = {row["provider_id"]: row["details_id"] for row in invoices}
        lines = await payable_lines([row["id"] for row in invoices])
        if not lines:
            raise NothingToPay(
                "You cannot propose a payment run, because nothing that can be paid is due by then. "
                "You can choose a later day, or look below at what waits and why."
            )
        for provider_id, own in sorted(_by_provider(lines).items()):
            payee = Payee(provider_id, organisation_id, None, run_id=run_id, details_id=accounts[provider_id])
            gross = total(line.amount for line in own)
            await make_payment(actor, payee, own, await to_net(provider_id, organisation_id, gross))
        await audit.record(
            actor, "payment_run.proposed", "payment_run", run_id,
            after={"due_until": due_until, "pay_on": pay_on, "lines": len(lines)},
        )  # fmt: skip
    return run_id


def _by_provider(lines: list[Payable]) -> dict[UUID, list[Payable]]:
    grouped: dict[UUID, list[Payable]] = defaultdict(list)
    for line in lines:
        grouped[line.provider_id].append(line)
    return grouped
