"""Finding what the lines of bank statements are: by themselves where reference and amount say it, else by a person.

What is only *seen* at the bank (a payment, a run, a payment into funds) changes no books: they were entered when it was
sent. A payment that came back opens again what it paid, and money that a provider paid back for a credit note goes to
its funds; both are done once, whatever is read again.
"""

from typing import Final
from uuid import UUID

from invoicing.credits.settling import lock_credit_note, settle_credit
from invoicing.payment_runs.returning import payment_came_back
from invoicing.reconciliation import queries, things
from invoicing.reconciliation.return_reasons import because_of
from invoicing.reconciliation.rules import TRANSITIONS, LineState, Meaning, MovedMoney
from invoicing.reconciliation.things import Thing
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, DomainError, Invalid, StateConflict
from marketplace.kernel.states import transition

# The words of every open line, and which thing has one of them as its reference and moves the same pence. Of several
# alike the first line is the first thing, and so on. $1 organisation.
_PAIRS: Final = """
    WITH words AS (
        SELECT DISTINCT l.id AS line_id, l.booked_on, l.amount_pence, w AS word FROM bank_line l
         CROSS JOIN LATERAL regexp_split_to_table(upper(l.end_to_end || ' ' || l.words), '[^A-Z0-9-]+') AS w
         WHERE l.organisation_id = $1 AND l.state = 'open' AND length(w) >= 6),
    pairs AS (
        SELECT DISTINCT w.line_id, w.booked_on, t.id AS thing_id FROM words w
          JOIN ({things}) t ON w.word IN (upper(t.reference), upper(t.also)) AND t.pence = w.amount_pence)
    SELECT line_id, thing_id FROM (
        SELECT line_id, thing_id, row_number() OVER (PARTITION BY line_id ORDER BY thing_id) AS of_line,
               row_number() OVER (PARTITION BY thing_id ORDER BY booked_on, line_id) AS of_thing FROM pairs) ranked
     WHERE of_line = of_thing ORDER BY line_id
"""


async def explain_lines(actor: Actor) -> int:
    """Find what every open line of the actor's organisation is that says so itself; answers how many that were."""
    own = queries.own_organisation(actor)
    explained = 0
    for meaning in Meaning:
        for pair in await db.fetch_all(_PAIRS.format(things=things.unexplained(meaning)), own):
            explained += await _explain_quietly(actor, pair["line_id"], meaning, pair["thing_id"])
    return explained


async def _explain_quietly(actor: Actor, line_id: UUID, meaning: Meaning, thing_id: UUID) -> bool:
    """One line; when a rule stands in the way it waits for a person, who is told why."""
    try:
        await explain_line(actor, line_id, meaning, thing_id)
    except DomainError:
        return False
    return True


async def explain_line(actor: Actor, line_id: UUID, meaning: Meaning, thing_id: UUID) -> None:
    """Say what an open line is, and do what follows from it.

    Raises Forbidden, NotFound, StateConflict when somebody was quicker, Invalid when the thing is none of the
    organisation's, is explained already, or moved another amount.
    """
    async with db.unit_of_work():
        row = await queries.line(actor, line_id)
        if row["state"] != LineState.OPEN:
            raise StateConflict("Somebody said what this line is. Look at it again before you go on.")
        await things.lock_run(thing_id)
        found = await things.thing(queries.own_organisation(actor), meaning, thing_id)
        if found is None:
            raise Invalid({"thing": "Choose something that no line explains yet"})
        if found.amount.pence != row["amount_pence"]:
            raise Invalid({"thing": f"Choose something of the same amount: this one is {found.amount}"})
        await transition(
            actor, "bank_line", line_id, LineState(row["state"]), LineState.MATCHED, TRANSITIONS,
            action="bank_line.explained", because=found.words,
            also={"meaning": str(meaning), "meaning_id": thing_id, "because": found.words,
                  "decided_by": actor.user_id, "decided_at": clock.now()},
        )  # fmt: skip
        await _follow(actor, row, found)


async def _follow(who: audit.Who, line: db.Row, found: Thing) -> None:
    on = line["booked_on"]
    if found.meaning is Meaning.RETURN:
        await payment_came_back(who, found.id, on, because_of(line["return_code"]))
    elif found.meaning is Meaning.CREDIT:
        await lock_credit_note(found.id)
        taken = await settle_credit(
            who, found.id, found.amount, on, kind="received", reference=f"bank:{line['id']}"
        )
        if taken != found.amount:
            raise Conflict("You cannot do this, because less is owed for the credit note than came in.")


async def look_again(actor: Actor, line_id: UUID) -> None:
    """What was set aside, or only seen, goes back to the worklist.

    Raises Forbidden, NotFound, StateConflict, and MovedMoney when the books were changed by it.
    """
    async with db.unit_of_work():
        row = await queries.line(actor, line_id)
        if row["meaning"] and Meaning(row["meaning"]).moves_money:
            raise MovedMoney
        await transition(
            actor, "bank_line", line_id, LineState(row["state"]), LineState.OPEN, TRANSITIONS,
            action="bank_line.looked_at_again",
            also={"meaning": "", "meaning_id": None, "because": "", "decided_by": None, "decided_at": None},
        )  # fmt: skip
