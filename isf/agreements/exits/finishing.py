"""Winding a fund up and sending every penny where it belongs: one transaction, or nothing of it.

Locks in the order of budgets and bookings: the person, both funds by id, both books by id. So a booking or payment at
the same moment is waited for and seen, and of two people who finish at once one does it and the other finds it done.
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from isf.agreements.commands.signing import end_agreements
from isf.agreements.exits.books import purse_of, too_early
from isf.agreements.exits.final_fees import settle_fees
from isf.agreements.exits.rules import (
    EXIT_TRANSITIONS,
    Destination,
    Division,
    ExitState,
    divide,
    in_the_way,
)
from isf.budgets.books import lock_books
from isf.ledger import commands as ledger
from isf.ledger.overcommitted import cover
from isf.ledger.rules import Account
from isf.statements.making import make_final_statement
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.states import transition

TWO_PEOPLE = "You announced this end, so somebody else sends the money on."


class StillInTheWay(Conflict):
    """Something has to be settled before the money of a fund goes on (`rules.md` 18)."""

    code = "exit_not_ready"

    def __init__(self, told: list[str]) -> None:
        super().__init__("You cannot finish this yet. " + " ".join(told), in_the_way=told)
        self.told = told


class Finished(NamedTuple):
    """What an exit sent where, in pence; all zero when it was finished before."""

    exit_id: UUID
    top_up_back_pence: int
    contribution_back_pence: int
    early_pence: int
    left_pence: int


async def finish_exit(actor: Actor, exit_id: UUID) -> Finished:
    """Send what is left of a fund on, tell it on a final statement, close it, end its agreement and holder's authority.

    Needs PAYMENT_IN_DECIDE in the council, and another person than who announced it. Twice is once. Raises NotFound,
    Forbidden, Conflict before the day, StillInTheWay while anything is booked, unpaid, or still to be paid in.
    """
    require(actor, Permission.PAYMENT_IN_DECIDE)
    async with db.unit_of_work():
        found = await _locked(exit_id)
        if found["council_id"] != actor.council_id:
            raise NotFound
        if found["announced_by"] == actor.user_id:
            raise Forbidden(TWO_PEOPLE)
        if found["state"] == ExitState.COMPLETED:
            return _finished(found)
        if found["ends_on"] > clock.today():
            last = formats.full_date(found["ends_on"] - timedelta(days=1))
            raise Conflict(f"You cannot finish this yet, because the fund runs until {last}.")
        if found["state"] == ExitState.ANNOUNCED:
            await _wind_up(actor, exit_id)
        await _settle(actor, found)
        # While its holder may still be told: the books end here.
        await make_final_statement(actor, found["fund_id"])
        await _close(actor, found)
        done = await _locked(exit_id)
    return _finished(done)


async def start_winding_up(who: audit.Who) -> int:
    """Every announced end whose day has come is wound up from now on; answers how many. For the job."""
    rows = await db.fetch_all(
        "SELECT id FROM fund_exit WHERE state = 'announced' AND ends_on <= $1 ORDER BY ends_on, id",
        clock.today(),
    )
    for row in rows:
        async with db.unit_of_work():
            found = await _locked(row["id"])
            if found["state"] == ExitState.ANNOUNCED:
                await _wind_up(who, row["id"])
    return len(rows)


async def send_late_money(who: audit.Who) -> int:
    """What came into a fund after its end (a refund to a card, say) goes the same way; answers how many funds."""
    rows = await db.fetch_all(
        "SELECT x.id FROM fund_exit x WHERE x.state = 'completed' AND EXISTS (SELECT 1 FROM account a"
        " WHERE a.fund_id = x.fund_id AND a.kind IN ('available', 'promised') AND a.balance_pence > 0) ORDER BY x.id"
    )
    sent = 0
    for row in rows:
        async with db.unit_of_work():
            found = await _locked(row["id"])
            purse = await purse_of(found["fund_id"])
            if not in_the_way(purse):
                division = divide(purse, _destination(found))
                await _send(who, found, division)
                await _add_up(found, division)
                sent += 1
    return sent


async def _wind_up(who: audit.Who, exit_id: UUID) -> None:
    await transition(
        who,
        "fund_exit",
        exit_id,
        ExitState.ANNOUNCED,
        ExitState.WINDING_UP,
        EXIT_TRANSITIONS,
        action="fund_exit.winding_up",
    )


async def _locked(exit_id: UUID) -> db.Row:
    """The exit with the person, the funds and their books locked, in that order. Raises NotFound."""
    told = await db.fetch_one("SELECT person_id, fund_id, to_fund_id FROM fund_exit WHERE id = $1", exit_id)
    if told is None:
        raise NotFound
    await db.execute("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", told["person_id"])
    await lock_books(sorted({told["fund_id"], told["to_fund_id"]} - {None}))
    found = await db.fetch_one(
        "SELECT x.*, f.route, f.holder_organisation_id, f.holder_user_id, f.budget_id"
        "  FROM fund_exit x JOIN fund f ON f.id = x.fund_id WHERE x.id = $1 FOR UPDATE OF x",
        exit_id,
    )
    assert found is not None  # noqa: S101 - exits are never deleted
    return found


def _destination(found: db.Row) -> Destination:
    return Destination.COUNCIL if found["to_fund_id"] is None else Destination.NEXT_FUND


async def _settle(who: audit.Who, found: db.Row) -> None:
    fund_id = found["fund_id"]
    before = await purse_of(fund_id)
    if told := in_the_way(before):
        raise StillInTheWay(told)
    await settle_fees(who, fund_id, found["ends_on"], await too_early(fund_id))
    purse = await purse_of(fund_id)
    if told := in_the_way(purse):
        raise StillInTheWay(told)
    division = divide(purse, _destination(found))
    await _send(who, found, division)
    await _add_up(found, division)


async def _send(who: audit.Who, found: db.Row, division: Division) -> None:
    """Every part of the division as its movement. The place in the chain makes each reference the fund's own."""
    exit_id, fund_id, on = found["id"], found["fund_id"], clock.today()
    place: int = await db.fetch_value("SELECT sequence FROM ledger_head WHERE fund_id = $1", fund_id)

    def named(what: str) -> str:
        return f"exit:{exit_id}:{what}:{place}"

    await ledger.give_top_up_back(
        who, fund_id, division.own_back, on, reference=named("own"), subject_id=exit_id
    )
    await ledger.take_back_promise(
        who, fund_id, division.not_needed, on,
        reference=named("promise"), subject_id=exit_id,
        because="The fund ended: this was never paid in and is not needed",
    )  # fmt: skip
    await cover(who, fund_id, division.not_needed)
    back = "The contribution for days after the end goes back to the person"
    for source, amount, what in (
        (Account.PROMISED, division.to_person_early, "person-early"),
        (Account.AVAILABLE, division.to_person_left, "person-left"),
    ):
        await ledger.send_on(
            who, fund_id, source, amount, on, reference=named(what), subject_id=exit_id, because=back
        )
    words = (
        "The fund ended: back to the council"
        if found["to_fund_id"] is None
        else "The fund ended: to who holds the money now"
    )
    for source, amount, what in (
        (Account.PROMISED, division.early, "early"),
        (Account.AVAILABLE, division.left, "left"),
    ):
        await ledger.send_on(
            who, fund_id, source, amount, on, reference=named(what), subject_id=exit_id, because=words
        )
        if found["to_fund_id"] is not None:
            await ledger.take_over(
                who,
                found["to_fund_id"],
                source,
                amount,
                on,
                reference=named(f"{what}-in"),
                subject_id=exit_id,
            )


async def _add_up(found: db.Row, division: Division) -> None:
    await db.execute(
        "UPDATE fund_exit SET taken_back_pence = taken_back_pence + $2, top_up_back_pence = top_up_back_pence + $3,"
        " contribution_back_pence = contribution_back_pence + $4, early_pence = early_pence + $5,"
        " left_pence = left_pence + $6 WHERE id = $1",
        found["id"],
        division.not_needed.pence,
        division.own_back.pence,
        division.to_person.pence,
        division.early.pence,
        division.left.pence,
    )


async def _close(actor: Actor, found: db.Row) -> None:
    """The fund takes nothing more; what was agreed about it, and its holder's authority, ends with it."""
    await db.execute("UPDATE fund SET state = 'closed' WHERE id = $1", found["fund_id"])
    await end_agreements(actor, found["fund_id"], found["ends_on"], "The fund ended")
    await _end_authorities(actor, found)
    await transition(
        actor,
        "fund_exit",
        found["id"],
        ExitState.WINDING_UP,
        ExitState.COMPLETED,
        EXIT_TRANSITIONS,
        action="fund_exit.completed",
        also={"completed_at": clock.now(), "finished_by": actor.user_id},
    )


async def _end_authorities(actor: Actor, found: db.Row) -> None:
    """Who could act because they held this fund cannot from now on, unless they hold another one of the person."""
    if found["route"] == "council_managed":
        return
    rows = await db.fetch_all(
        "UPDATE authority a SET ends_on = greatest(a.starts_on, $4::date), changed_by = $7, changed_at = $8,"
        "       changed_because = 'The fund ended' WHERE a.person_id = $1"
        "   AND (a.ends_on IS NULL OR a.ends_on > $4) AND a.starts_on < $5 AND a.evidence LIKE 'With the budget%'"
        "   AND (a.organisation_id = $2 AND a.kind = 'isf_holder' OR a.user_id = $3 AND a.kind = 'representative')"
        "   AND NOT EXISTS (SELECT 1 FROM fund f WHERE f.person_id = $1 AND f.id <> $6 AND f.state = 'open'"
        "        AND (f.holder_organisation_id = $2 OR f.holder_user_id = $3))"
        " RETURNING a.id, a.ends_on",
        found["person_id"],
        found["holder_organisation_id"],
        found["holder_user_id"],
        clock.today(),
        clock.today() + timedelta(days=1),
        found["fund_id"],
        actor.user_id,
        clock.now(),
    )
    for row in rows:
        await audit.record(
            actor,
            "authority.ended",
            "authority",
            row["id"],
            after={"person": found["person_id"], "ends_on": row["ends_on"]},
            because="The fund ended",
        )


def _finished(found: db.Row) -> Finished:
    return Finished(
        found["id"],
        found["top_up_back_pence"],
        found["contribution_back_pence"],
        found["early_pence"],
        found["left_pence"],
    )
