"""Writing an agreement, offering it, taking it back: the council's care manager does it (rows I2, F7)."""

from dataclasses import replace
from uuid import UUID

import msgspec

from isf.agreements.letters import tell_of_offer
from isf.agreements.records import Record, find_locked, services_json
from isf.agreements.rules import (
    PARTIES,
    TRANSITIONS,
    AgreementState,
    Terms,
    account_errors,
    check_terms,
)
from isf.agreements.standing import standing_of
from isf.agreements.wording import document_of
from isf.rules import FundState, last_day
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.states import transition

db.explain_constraint(
    "agreement_one_open",
    StateConflict(
        "Another version of this agreement is on its way already. Finish that one, or withdraw it, first."
    ),
)
CHANGED = "The terms changed while you had them open. Read them again: what you typed is still here."


async def draft_agreement(actor: Actor, fund_id: UUID, terms: Terms) -> UUID:
    """A new version of the agreement about a fund. Needs AGREEMENT_MANAGE in the council that funds it.

    Raises NotFound for another council's fund, Conflict where no agreement is needed or one is on its way, and Invalid
    for terms that cannot be.
    """
    require(actor, Permission.AGREEMENT_MANAGE)
    async with db.unit_of_work():
        fund = await _own_fund(actor, fund_id)
        kind = Route(fund["route"])
        check_terms(terms, kind)
        await _check_dates(fund_id, terms)
        agreement_id = new_id()
        version = await db.fetch_value(
            "SELECT coalesce(max(version), 0) + 1 FROM agreement WHERE fund_id = $1", fund_id
        )
        await db.execute(
            "INSERT INTO agreement (id, fund_id, person_id, council_id, kind, version, starts_on, drafted_by)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            agreement_id,
            fund_id,
            fund["person_id"],
            fund["council_id"],
            str(kind),
            version,
            terms.starts_on,
            actor.user_id,
        )
        await _write_terms(agreement_id, terms)
        await audit.record(
            actor,
            "agreement.drafted",
            "agreement",
            agreement_id,
            after={"person": fund["person_id"], "fund": fund_id, "version": version},
        )
    return agreement_id


async def edit_agreement(actor: Actor, agreement_id: UUID, edit: int, terms: Terms) -> None:
    """Change the terms of a draft. `edit` is the one that was open: when somebody was quicker, StateConflict.

    Needs AGREEMENT_MANAGE. Raises NotFound, StateConflict for one that is offered or older, Invalid.
    """
    async with db.unit_of_work():
        agreement = await _own_locked(actor, agreement_id)
        if agreement.state is not AgreementState.DRAFT:
            raise StateConflict("This is not a draft any more. Take it back first, or write a new version.")
        if agreement.edit != edit:
            raise StateConflict(CHANGED)
        check_terms(terms, agreement.kind)
        await _check_dates(agreement.fund_id, terms)
        await _write_terms(agreement_id, terms)
        await db.execute(
            "UPDATE agreement SET edit = edit + 1, drafted_by = $2 WHERE id = $1", agreement_id, actor.user_id
        )
        await audit.record(
            actor,
            "agreement.edited",
            "agreement",
            agreement_id,
            before={"edit": edit},
            after={"edit": edit + 1},
        )


async def offer_agreement(actor: Actor, agreement_id: UUID) -> None:
    """Put a draft before everybody, its words frozen, and write to who signs. Needs AGREEMENT_MANAGE.

    Raises NotFound, StateConflict.
    """
    async with db.unit_of_work():
        agreement = await _own_locked(actor, agreement_id)
        await _check_dates(agreement.fund_id, agreement.terms)
        if agreement.state is AgreementState.DRAFT:
            await db.execute(
                "UPDATE agreement SET document = $2::jsonb WHERE id = $1",
                agreement_id,
                _frozen(agreement, agreement.terms),
            )
        await transition(
            actor,
            "agreement",
            agreement_id,
            agreement.state,
            AgreementState.OFFERED,
            TRANSITIONS,
            action="agreement.offered",
            also={"offered_at": clock.now()},
        )
        await tell_of_offer(agreement)


async def take_back(actor: Actor, agreement_id: UUID) -> None:
    """Make an offered agreement a draft again; signatures on it stay in the records and count no more.

    Needs AGREEMENT_MANAGE. Raises NotFound, StateConflict.
    """
    async with db.unit_of_work():
        agreement = await _own_locked(actor, agreement_id)
        await transition(
            actor,
            "agreement",
            agreement_id,
            agreement.state,
            AgreementState.DRAFT,
            TRANSITIONS,
            action="agreement.taken_back",
            also={"edit": agreement.edit + 1, "offered_at": None},
        )
        await db.execute("UPDATE agreement SET document = NULL WHERE id = $1", agreement_id)


async def withdraw_agreement(actor: Actor, agreement_id: UUID) -> None:
    """Give up a version that is not signed by all. Needs AGREEMENT_MANAGE. Raises NotFound, StateConflict."""
    async with db.unit_of_work():
        agreement = await _own_locked(actor, agreement_id)
        await transition(
            actor,
            "agreement",
            agreement_id,
            agreement.state,
            AgreementState.WITHDRAWN,
            TRANSITIONS,
            action="agreement.withdrawn",
        )


async def declare_account(
    actor: Actor, agreement_id: UUID, edit: int, bank_name: str, last_four: str
) -> None:
    """Say in which separate account a direct payment is kept: the bank and the last four digits, never more (F7).

    The person's side says it on an offered agreement, whose terms change by it: who signed before signs again.
    Raises NotFound, Forbidden for everybody else, StateConflict, Invalid.
    """
    require(actor, Permission.AGREEMENT_SIGN)
    bank_name, last_four = bank_name.strip(), last_four.strip()
    wrong = account_errors(bank_name, last_four)
    if not bank_name:
        wrong["bank_name"] = "Enter the name of the bank"
    if not last_four:
        wrong["account_last_four"] = "Enter only the last 4 digits of the account number, like 1234"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        agreement = await find_locked(agreement_id)
        await require_person(actor, agreement.person_id, Scope.SEE)
        if agreement.kind is not Route.DIRECT_PAYMENT:
            raise NotFound
        if not (await standing_of(actor, agreement)).signs_as_person:
            raise Forbidden("Only the person, or somebody who signs for them, says which account it is.")
        if agreement.state is not AgreementState.OFFERED or agreement.edit != edit:
            raise StateConflict(CHANGED)
        terms = replace(agreement.terms, bank_name=bank_name, account_last_four=last_four)
        await db.execute(
            "UPDATE agreement SET edit = edit + 1, bank_name = $2, account_last_four = $3, document = $4::jsonb"
            " WHERE id = $1",
            agreement_id,
            bank_name,
            last_four,
            _frozen(agreement, terms),
        )
        await audit.record(
            actor, "agreement.account_declared", "agreement", agreement_id, after={"edit": edit + 1}
        )


async def _own_locked(actor: Actor, agreement_id: UUID) -> Record:
    """The agreement, locked, of the actor's own council. Raises Forbidden, NotFound."""
    require(actor, Permission.AGREEMENT_MANAGE)
    agreement = await find_locked(agreement_id)
    if agreement.council_id != actor.council_id:
        raise NotFound
    return agreement


async def _own_fund(actor: Actor, fund_id: UUID) -> db.Row:
    fund = await db.fetch_one(
        "SELECT id, person_id, council_id, route, state FROM fund WHERE id = $1 AND council_id = $2 FOR KEY SHARE",
        fund_id,
        actor.council_id,
    )
    if fund is None:
        raise NotFound
    if Route(fund["route"]) not in PARTIES:
        raise Conflict("Money that the council manages itself needs no agreement.")
    if fund["state"] != FundState.OPEN:
        raise Conflict("You cannot write an agreement about this fund, because it has ended.")
    return fund


async def _check_dates(fund_id: UUID, terms: Terms) -> None:
    """A version begins within its fund, after the one in force, and after the last reckoned fee. Raises Invalid."""
    row = await db.fetch_one(
        "SELECT f.starts_on, f.ends_on,"
        "       (SELECT max(a.starts_on) FROM agreement a WHERE a.fund_id = f.id"
        "           AND a.state IN ('signed', 'superseded', 'ended')) AS began,"
        "       (SELECT max(h.ends_on) FROM holder_fee h WHERE h.fund_id = f.id AND h.state <> 'let_go') AS fee_until"
        "  FROM fund f WHERE f.id = $1",
        fund_id,
    )
    assert row is not None  # noqa: S101 - an agreement has a fund
    if not row["starts_on"] <= terms.starts_on < row["ends_on"]:
        runs = f"{formats.full_date(row['starts_on'])} to {formats.full_date(last_day(row['ends_on']))}"
        raise Invalid({"starts_on": f"The fund runs from {runs}: choose one of those days"})
    if row["began"] is not None and terms.starts_on <= row["began"]:
        began = formats.full_date(row["began"])
        raise Invalid({"starts_on": f"The agreement before began on {began}: choose a later day"})
    if row["fee_until"] is not None and terms.starts_on < row["fee_until"]:
        until = formats.full_date(last_day(row["fee_until"]))
        raise Invalid({"starts_on": f"The fee is reckoned up to {until} already: choose a later day"})


async def _write_terms(agreement_id: UUID, terms: Terms) -> None:
    await db.execute(
        "UPDATE agreement SET starts_on = $2, ends_on = $3, fee_kind = $4, fee_basis_points = $5, fee_pence = $6,"
        " fee_vat_basis_points = $7, payment_weeks = $8, surplus_times = $9, surplus_weeks = $10, notice_days = $11,"
        " services = $12::jsonb, sells_too = $13, exit_words = $14, bank_name = $15, account_last_four = $16"
        " WHERE id = $1",
        agreement_id,
        terms.starts_on,
        terms.ends_on,
        str(terms.fee.kind),
        terms.fee.basis_points,
        terms.fee.amount.pence,
        terms.fee.vat_basis_points,
        terms.payment_weeks,
        terms.surplus_times,
        terms.surplus_weeks,
        terms.notice_days,
        services_json(terms.services),
        bool(terms.services),
        terms.exit_words.strip(),
        terms.bank_name.strip(),
        terms.account_last_four.strip(),
    )


def _frozen(agreement: Record, terms: Terms) -> str:
    document = document_of(terms, agreement.kind, agreement.names, agreement.version)
    return msgspec.json.encode(document).decode()
