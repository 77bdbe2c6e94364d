"""Proposing, confirming and stopping a change of bank details: two people, then days in which it can be stopped."""

from uuid import UUID

from invoicing.bank_details.letters import tell_confirmed, tell_proposed, tell_stopped
from invoicing.bank_details.modulus import check_together
from invoicing.bank_details.parties import contacts_now, cooling_off, knows, own_organisation, people_of
from invoicing.bank_details.rules import (
    TRANSITIONS,
    Account,
    Call,
    ChangeWaits,
    ConfirmedHow,
    DetailsState,
    OwnPeopleConfirm,
    Purpose,
    SecondPersonNeeded,
    check_call,
)
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Forbidden, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.reasons import check_reason
from marketplace.kernel.states import transition

db.explain_constraint("bank_details_one_waits", ChangeWaits())
db.explain_constraint("bank_details_two_people", SecondPersonNeeded())


async def propose(actor: Actor, purpose: Purpose, account: Account, because: str) -> UUID:
    """Propose another account for the actor's organisation; nothing is changed by it yet.

    Everybody concerned is told at once. Raises Forbidden, NotFound, Invalid without a reason or when sort code and
    number cannot belong together, and ChangeWaits while another proposal is open.
    """
    organisation_id = own_organisation(actor, purpose)
    because = check_reason(because, "because")
    check_together(account.sort_code, account.number)
    change_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO bank_details (id, organisation_id, purpose, account_name, sort_code, account_number,"
            " roll_number, contacts, because, proposed_by, proposed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            change_id,
            organisation_id,
            str(purpose),
            account.name,
            account.sort_code,
            account.number,
            account.roll_number,
            await contacts_now(organisation_id, purpose),
            because,
            actor.user_id,
            clock.now(),
        )
        await _record(
            actor,
            "bank_details.proposed",
            change_id,
            because,
            {"purpose": purpose, "account": account.masked},
        )
        others = [one for one in await people_of(organisation_id, purpose) if one["id"] != actor.user_id]
        told = {"id": change_id, "organisation_id": organisation_id, "purpose": str(purpose)}
        await tell_proposed(told, account, call_back=not others)
    return change_id


async def confirm(actor: Actor, change_id: UUID) -> None:
    """The organisation's second person says that the account is theirs; the cooling-off begins.

    Raises NotFound, SecondPersonNeeded for whoever proposed it, StateConflict when it is decided already.
    """
    async with db.unit_of_work():
        change = await _locked(change_id)
        if actor.organisation_id != change["organisation_id"]:
            raise NotFound
        own_organisation(actor, Purpose(change["purpose"]))
        if change["proposed_by"] == actor.user_id:
            raise SecondPersonNeeded
        await _confirm(actor, change, ConfirmedHow.SECOND_PERSON, Call("", "", ""))


async def confirm_by_call(actor: Actor, change_id: UUID, call: Call) -> None:
    """Whoever pays (or the council) called a number known before, because the organisation has nobody else.

    Raises NotFound, OwnPeopleConfirm while the organisation has a second person, Invalid, StateConflict.
    """
    require(actor, Permission.BANK_DETAILS_MANAGE)
    call = check_call(call)
    async with db.unit_of_work():
        change = await _locked(change_id)
        purpose = Purpose(change["purpose"])
        if not await knows(actor, change["organisation_id"], purpose):
            raise NotFound
        people = await people_of(change["organisation_id"], purpose)
        if any(one["id"] == actor.user_id for one in people):
            raise Forbidden("You cannot confirm this, because you work for both sides. Somebody else can.")
        if any(one["id"] != change["proposed_by"] for one in people):
            raise OwnPeopleConfirm
        await _confirm(actor, change, ConfirmedHow.CALL_BACK, call)


async def _confirm(actor: Actor, change: db.Row, how: ConfirmedHow, call: Call) -> None:
    now = clock.now()
    wait = await cooling_off(change["organisation_id"], Purpose(change["purpose"]))
    columns = {
        "confirmed_by": actor.user_id,
        "confirmed_for": actor.organisation_id,
        "confirmed_at": now,
        "confirmed_how": str(how),
        "called_number": call.number,
        "number_known_from": call.known_from,
        "spoke_to": call.spoke_to,
        "usable_from": now + wait,
    }
    await transition(
        actor, "bank_details", change["id"], DetailsState(change["state"]), DetailsState.CONFIRMED, TRANSITIONS,
        action="bank_details.confirmed", also=columns,
    )  # fmt: skip
    await tell_confirmed({**change, **columns})


async def stop(actor: Actor, change_id: UUID, because: str) -> None:
    """Stop a change that is not in force yet: any of the organisation's people, or the finance of whoever pays it.

    Raises NotFound, Invalid without a reason, StateConflict once it is in force or was stopped.
    """
    require(actor, Permission.BANK_DETAILS_MANAGE)
    because = check_reason(because, "stopped_because")
    async with db.unit_of_work():
        change = await _locked(change_id)
        organisation_id, purpose = change["organisation_id"], Purpose(change["purpose"])
        if actor.organisation_id == organisation_id:
            own_organisation(actor, purpose)
        elif not await knows(actor, organisation_id, purpose):
            raise NotFound
        if change["usable_from"] is not None and change["usable_from"] <= clock.now():
            raise StateConflict(
                "You cannot stop this, because these bank details are in use. You can propose others."
            )
        await transition(
            actor, "bank_details", change_id, DetailsState(change["state"]), DetailsState.STOPPED, TRANSITIONS,
            action="bank_details.stopped", because=because,
            also={"stopped_by": actor.user_id, "stopped_at": clock.now(), "stopped_because": because},
        )  # fmt: skip
        await tell_stopped(change, because)


async def _locked(change_id: UUID) -> db.Row:
    change = await db.fetch_one("SELECT * FROM bank_details WHERE id = $1 FOR UPDATE", change_id)
    if change is None:
        raise NotFound
    return change


async def _record(actor: Actor, action: str, change_id: UUID, because: str, after: dict[str, object]) -> None:
    await audit.record(actor, action, "bank_details", change_id, after=after, because=because)
