"""The person's own money on top of the budget: kept apart in the books, never the council's (`rules.md` 6)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.contributions.commands.paying import check_money
from isf.contributions.holding import decides, holds
from isf.contributions.queries.top_ups import own_money_left
from isf.ledger.commands import give_top_up_back, top_up
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Conflict, Forbidden, IdempotencyConflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


@dataclass(frozen=True, slots=True)
class TopUpDraft:
    """Own money in, or back. `key` names the form that was sent, so that sending it twice moves the money once."""

    amount: Money
    on: date
    key: UUID
    note: str = ""


async def record_top_up(actor: Actor, person_id: UUID, fund_id: UUID, draft: TopUpDraft) -> UUID:
    """Note the person's own money on top of a fund: that much more is left. The same `key` again answers the first.

    Needs a relationship with PAY, and to hold the fund or decide about contributions. Raises NotFound, Forbidden,
    Invalid, Conflict for a closed fund.
    """
    check_money(draft.amount, draft.on, "on")
    async with db.unit_of_work():
        fund = await _fund(actor, person_id, fund_id)
        known = await _known(fund_id, draft.amount.pence, draft.key)
        if known is not None:
            return known
        if fund["state"] != "open" or draft.on >= fund["ends_on"]:
            raise Conflict(
                "You cannot add money to this fund, because it is over. You can choose another fund."
            )
        return await _write(actor, person_id, fund_id, draft, draft.amount)


async def give_back(actor: Actor, person_id: UUID, fund_id: UUID, draft: TopUpDraft) -> UUID:
    """Note that own money that is still left went back to the person. The same `key` again answers the first.

    Needs a relationship with PAY. Raises NotFound, and Invalid for more than is left of it.
    """
    check_money(draft.amount, draft.on, "on")
    async with db.unit_of_work():
        await _fund(actor, person_id, fund_id)
        known = await _known(fund_id, -draft.amount.pence, draft.key)
        if known is not None:
            return known
        left = Money(await own_money_left(fund_id))
        if draft.amount > left:
            raise Invalid(
                {"amount": f"Enter {left} or less, which is what is left of the person’s own money"}
            )
        return await _write(actor, person_id, fund_id, draft, -draft.amount)


async def _fund(actor: Actor, person_id: UUID, fund_id: UUID) -> db.Row:
    """The fund of the person, with its ledger locked, so that two forms are read one after the other."""
    require(actor, Permission.PERSON_SEE)
    await require_person(actor, person_id, Scope.PAY)
    fund = await db.fetch_one(
        "SELECT f.id, f.council_id, f.route, f.holder_organisation_id, f.state, f.ends_on"
        "  FROM fund f JOIN ledger_head h ON h.fund_id = f.id"
        " WHERE f.id = $1 AND f.person_id = $2 FOR UPDATE OF h",
        fund_id,
        person_id,
    )
    if fund is None:
        raise NotFound
    if not (
        decides(actor, fund["council_id"])
        or holds(actor, Route(fund["route"]), fund["holder_organisation_id"])
    ):
        raise Forbidden("Who holds the money notes what came in. You can tell them, or choose another fund.")
    return fund


async def _known(fund_id: UUID, pence: int, key: UUID) -> UUID | None:
    row = await db.fetch_one("SELECT id, fund_id, amount_pence FROM top_up WHERE key = $1", key)
    if row is None:
        return None
    if (row["fund_id"], row["amount_pence"]) != (fund_id, pence):
        raise IdempotencyConflict
    known: UUID = row["id"]
    return known


async def _write(actor: Actor, person_id: UUID, fund_id: UUID, draft: TopUpDraft, signed: Money) -> UUID:
    top_up_id = new_id()
    await db.execute(
        "INSERT INTO top_up (id, person_id, fund_id, amount_pence, paid_on, note, key, recorded_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        top_up_id,
        person_id,
        fund_id,
        signed.pence,
        draft.on,
        draft.note.strip(),
        draft.key,
        actor.user_id,
    )
    move = top_up if signed.pence > 0 else give_top_up_back
    await move(actor, fund_id, draft.amount, draft.on, reference=f"top_up:{top_up_id}", subject_id=top_up_id)
    await audit.record(
        actor,
        "top_up.recorded" if signed.pence > 0 else "top_up.given_back",
        "top_up",
        top_up_id,
        after={"person": person_id, "fund": fund_id, "amount": draft.amount, "on": draft.on},
    )
    return top_up_id
