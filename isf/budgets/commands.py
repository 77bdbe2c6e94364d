"""Changing a budget from a day on: its amounts, or who holds a part of it (rows F2, F3, F5; `rules.md` 5, 11, 19)."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from uuid import UUID

from isf.budgets.letters import tell_over_commitments
from isf.budgets.rules import (
    BudgetChange,
    BudgetMoved,
    NewShare,
    Standing,
    date_errors,
    is_reduction,
    moved_shares,
    new_shares,
    notice_error,
)
from isf.budgets.standing import standing_after, standing_on
from isf.budgets.writing import Version, Written, write_version
from isf.commands.budgets import check_holders
from isf.commands.own import own_person
from isf.parameters import Parameter, parameter
from isf.plans.commands.releasing import release_fund
from isf.rules import FundDraft, check_parts, holder_error
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id


async def change_budget(actor: Actor, person_id: UUID, change: BudgetChange) -> Written:
    """Start the next version of a person's budget; answers what it did to each fund.

    Funds go on where route and holder stay. Money for the days from then on is promised or taken back by the
    difference; what is booked stays booked, and what is then missing opens an over-commitment. The same change again
    answers the version it made. Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid (fields),
    BudgetMoved when somebody changed the budget since `change.seen`.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        person = await own_person(actor, person_id)
        if (made := await _made_before(person_id, change.id)) is not None:
            return made
        standing = await _standing(person_id, change.starts_on, change.seen)
        shares = await _check(person, standing, change)
        version = Version(
            change.id, change.starts_on, change.ends_on, shares, change.collection, _because(change)
        )
        return await _write(actor, person, standing, version)


def _because(change: BudgetChange) -> str:
    agreed = change.agreed.strip()
    return change.because.strip() + (f" (Less than the notice, agreed because: {agreed})" if agreed else "")


async def _check(person: db.Row, standing: Standing, change: BudgetChange) -> list[NewShare]:
    later = await standing_after(person["id"], change.starts_on)
    next_starts_on = later[0].starts_on if later else None
    wrong = date_errors(standing, change.starts_on, change.ends_on, next_starts_on)
    if not change.because.strip():
        wrong["because"] = "Write why the budget changes"
    if not change.funds:
        wrong["funds"] = "A budget has at least one part: enter an amount"
    for name, told in check_parts(change.funds, person["council_id"]).items():
        wrong.setdefault(name, told)
    if wrong:
        raise Invalid(wrong)
    new = [fund for fund in change.funds if standing.of(fund.holder) is None]
    await check_holders(person["council_id"], new, change.starts_on, change.ends_on)
    shares = new_shares(standing, change)
    if is_reduction(standing, change.starts_on, change.ends_on, shares):
        today = clock.today()
        days = await parameter(person["council_id"], Parameter.BUDGET_REDUCTION_NOTICE_DAYS, today)
        if told := notice_error(change.starts_on, today, days, change.agreed):
            raise Invalid({"agreed": told})
    return shares


async def change_route(
    actor: Actor,
    fund_id: UUID,
    starts_on: date,
    to: FundDraft,
    because: str,
    *,
    seen: str = "",
    change_id: UUID | None = None,
) -> Written:
    """Give the rest of a fund's money to another holder or route from a day on; nothing is funded twice (row F5).

    What was paid in already for those days stands in the old fund as paid in too much, until it is sent on. Bookings
    on or after the day open an over-commitment on it. Later versions follow. The amount of `to` is not looked at.
    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid (fields), Conflict, BudgetMoved.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        person_id = await db.fetch_value("SELECT person_id FROM fund WHERE id = $1", fund_id)
        if person_id is None:
            raise NotFound
        person = await own_person(actor, person_id)
        change_id = change_id or new_id()
        if (made := await _made_before(person_id, change_id)) is not None:
            return made
        standing = await _standing(person_id, starts_on, seen)
        _check_route(person["council_id"], standing, fund_id, starts_on, to, because)
        await check_holders(person["council_id"], [to], starts_on, standing.ends_on)
        first = await _write(
            actor, person, standing, _moved(standing, fund_id, to, starts_on, because, change_id)
        )
        for later in await standing_after(person_id, starts_on):
            if any(share.fund_id == fund_id for share in later.shares):
                moved = _moved(later, fund_id, to, later.starts_on, because, new_id())
                await _write(actor, person, later, moved)
    return first


def _moved(
    standing: Standing, fund_id: UUID, to: FundDraft, day: date, because: str, change_id: UUID
) -> Version:
    shares = moved_shares(standing, fund_id, to, day)
    return Version(change_id, day, standing.ends_on, shares, standing.collection, because.strip())


def _check_route(
    council_id: UUID, standing: Standing, fund_id: UUID, starts_on: date, to: FundDraft, because: str
) -> None:
    share = next((share for share in standing.shares if share.fund_id == fund_id), None)
    if share is None or starts_on >= standing.ends_on:
        raise Invalid(
            {"starts_on": "This part of the budget does not run on that day: enter a day on which it does"}
        )
    wrong = {}
    if told := holder_error(to, council_id):
        wrong["holder"] = told
    if to.holder == share.holder:
        wrong["route"] = "This is who holds the money now: choose another way or another holder"
    if not because.strip():
        wrong["because"] = "Write why somebody else holds the money"
    if wrong:
        raise Invalid(wrong)


async def _standing(person_id: UUID, starts_on: date, seen: str) -> Standing:
    """The version that a change starts from. Raises Invalid where there is none, BudgetMoved when it is another now."""
    standing = await standing_on(person_id, starts_on)
    if standing is None:
        raise Invalid({"starts_on": "No budget runs on that day: enter another day, or make a new budget"})
    if seen and standing.seen != seen:
        raise BudgetMoved
    return standing


async def _write(actor: Actor, person: db.Row, standing: Standing, version: Version) -> Written:
    written = await write_version(actor, person, standing, version)
    for fund_id in written.opened:
        await release_fund(actor, fund_id)
    await tell_over_commitments(
        [effect.over_commitment_id for effect in written.effects if effect.over_commitment_id]
    )
    return written


async def _made_before(person_id: UUID, change_id: UUID) -> Written | None:
    """What a change made when it was sent before: the version of its name, or the one that it wrote anew."""
    budget_id = await db.fetch_value(
        "SELECT id FROM personal_budget WHERE id = $1 AND person_id = $2"
        " UNION ALL SELECT a.budget_id FROM change_answers a WHERE a.id = $1 AND a.person_id = $2"
        "                  AND a.budget_id IS NOT NULL LIMIT 1",
        change_id,
        person_id,
    )
    return None if budget_id is None else Written(budget_id, [], [])


class _Rehearsed(Exception):
    """Carries what a change would do out of the unit of work, so that nothing of it stays."""

    def __init__(self, written: Written) -> None:
        self.written = written


async def rehearse(change: Callable[[], Awaitable[Written]]) -> Written:
    """What a change would do, to the penny: done, looked at and taken back. Raises what the change raises."""
    if db.in_transaction():
        raise RuntimeError("a rehearsal takes back its whole unit of work, so it needs one of its own")
    try:
        async with db.unit_of_work():
            written = await change()
            # What only the end of the transaction would refuse is refused in the rehearsal too.
            await db.execute("SET CONSTRAINTS ALL IMMEDIATE")
            raise _Rehearsed(written)
    except _Rehearsed as rehearsed:
        return rehearsed.written


def opened_over_commitments(written: Written) -> Sequence[UUID]:
    """The worklists that a change opened."""
    return [effect.over_commitment_id for effect in written.effects if effect.over_commitment_id]
