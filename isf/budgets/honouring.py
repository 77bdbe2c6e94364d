"""What is delivered or booked is honoured: the council bears what the smaller budget does not cover (`rules.md` 19)."""

from uuid import UUID

from isf.budgets.books import lock_books
from isf.commands.own import own_person
from isf.ledger.overcommitted import OVER_TRANSITIONS, OverKind, OverState, booked_after_the_end
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition


async def honour(actor: Actor, over_id: UUID, because: str) -> Money:
    """Let the council bear what is still missing: its share grows by it, so that the sums tie. Answers how much.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid without a reason, Conflict when nothing is
    missing any more.
    """
    require(actor, Permission.PERSON_MANAGE)
    if not because.strip():
        raise Invalid({"because": "Write why the council pays for this"})
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT o.fund_id, o.budget_id, o.kind, o.honoured_pence, f.person_id"
            "  FROM over_commitment o JOIN fund f ON f.id = o.fund_id WHERE o.id = $1",
            over_id,
        )
        if row is None:
            raise NotFound
        await own_person(actor, row["person_id"])
        await lock_books([row["fund_id"]])
        missing: int = await db.fetch_value(
            "SELECT still_to_take_pence FROM over_commitment WHERE id = $1 AND state = 'open' FOR UPDATE",
            over_id,
        )
        if not missing:
            raise Conflict("Nothing is missing any more: the money covers everything that is booked.")
        await _grow(actor, row, missing, because)
        paid = {"still_to_take_pence": 0, "honoured_pence": row["honoured_pence"] + missing}
        if row["kind"] == OverKind.ENDED and await booked_after_the_end(row["fund_id"]):
            await _keep_open(actor, over_id, paid, because)
        else:
            await transition(
                actor, "over_commitment", over_id, OverState.OPEN, OverState.HONOURED, OVER_TRANSITIONS,
                action="over_commitment.honoured", because=because, also={**paid, "settled_at": clock.now()},
            )  # fmt: skip
    return Money(missing)


async def _keep_open(actor: Actor, over_id: UUID, paid: dict[str, int], because: str) -> None:
    """Paid for; but what is booked after the fund's end still has to go another way."""
    await db.execute(
        "UPDATE over_commitment SET still_to_take_pence = $2, honoured_pence = $3 WHERE id = $1",
        over_id,
        paid["still_to_take_pence"],
        paid["honoured_pence"],
    )
    await audit.record(
        actor, "over_commitment.honoured", "over_commitment", over_id, after=paid, because=because
    )


async def _grow(actor: Actor, row: db.Row, pence: int, because: str) -> None:
    """The last share of the fund, its budget and the fund give so much more; what was promised stays promised."""
    budget_id = await db.fetch_value(
        "UPDATE fund_share SET council_share_pence = council_share_pence + $2 WHERE id = ("
        "  SELECT id FROM fund_share WHERE fund_id = $1 ORDER BY budget_id = $3 DESC, starts_on DESC LIMIT 1)"
        " RETURNING budget_id",
        row["fund_id"],
        pence,
        row["budget_id"],
    )
    if budget_id is None:
        raise Conflict("This fund has no part in the budget any more. Cancel what is booked from it.")
    before = await db.fetch_value(
        "SELECT council_share_pence FROM personal_budget WHERE id = $1 FOR UPDATE", budget_id
    )
    await db.execute(
        "UPDATE personal_budget SET council_share_pence = council_share_pence + $2 WHERE id = $1",
        budget_id,
        pence,
    )
    await db.execute("UPDATE fund SET amount_pence = amount_pence + $2 WHERE id = $1", row["fund_id"], pence)
    await audit.record(
        actor, "budget.changed", "personal_budget", budget_id,
        before={"council_share": Money(before)},
        after={"council_share": Money(before + pence), "fund": row["fund_id"]}, because=because,
    )  # fmt: skip
