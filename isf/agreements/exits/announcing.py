"""Announcing the end of a fund: from its day on nothing is booked and nothing is paid in for later days."""

from uuid import UUID

from isf.agreements.exits.rules import ExitDraft, date_error, notice_error
from isf.agreements.queries import signed_agreement
from isf.budgets.commands import change_route
from isf.budgets.letters import tell_over_commitments
from isf.budgets.rules import NewShare, Standing, draft_of
from isf.budgets.standing import standing_after, standing_on
from isf.budgets.writing import Version, write_version
from isf.commands.own import own_person
from isf.rules import FundDraft
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route

db.explain_constraint(
    "fund_exit_fund_id_key", StateConflict("The end of this fund is announced already. Look at it again.")
)


async def exit_fund(actor: Actor, fund_id: UUID, draft: ExitDraft) -> UUID:
    """Announce the end of a fund of any route; answers the exit's id. The same again is refused with words.

    The budget for the days from then on goes to the fund named, or out of the person's budget; bookings on those days
    stand on the over-commitment worklist until they are cancelled or moved. A fund that another route has replaced, or
    whose days are over, is ended in the same way: only its money has to go on. Needs AGREEMENT_MANAGE and
    PERSON_MANAGE in the council. Raises NotFound, Invalid (fields), StateConflict.
    """
    require(actor, Permission.AGREEMENT_MANAGE)
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        person_id = await db.fetch_value("SELECT person_id FROM fund WHERE id = $1", fund_id)
        if person_id is None:
            raise NotFound
        person = await own_person(actor, person_id)
        fund = await _locked_fund(fund_id)
        notice_days = await _check(fund, draft)
        await _cut_budget(actor, person, fund, draft)
        exit_id = new_id()
        await db.execute(
            "INSERT INTO fund_exit (id, fund_id, person_id, council_id, to_fund_id, reason, because, announced_on,"
            " ends_on, notice_days, shorter_because, announced_by, announced_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            exit_id,
            fund_id,
            person_id,
            person["council_id"],
            draft.to_fund_id,
            str(draft.reason),
            draft.because.strip(),
            clock.today(),
            draft.ends_on,
            notice_days,
            draft.shorter_because.strip(),
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "fund_exit.announced",
            "fund_exit",
            exit_id,
            after={"fund": fund_id, "ends_on": draft.ends_on, "reason": draft.reason, "to": draft.to_fund_id},
            because=draft.because.strip(),
        )
    return exit_id


async def _locked_fund(fund_id: UUID) -> db.Row:
    fund = await db.fetch_one(
        "SELECT id, person_id, council_id, route, starts_on, ends_on, state, holder_organisation_id, holder_user_id"
        "  FROM fund WHERE id = $1 FOR UPDATE",
        fund_id,
    )
    assert fund is not None  # noqa: S101 - read a moment ago, and funds are never deleted
    if await db.fetch_value("SELECT EXISTS (SELECT 1 FROM fund_exit WHERE fund_id = $1)", fund_id):
        raise StateConflict("The end of this fund is announced already. Look at it again.")
    return fund


async def _check(fund: db.Row, draft: ExitDraft) -> int:
    """Raises Invalid with everything that is wrong; answers the notice in the agreement, in days."""
    today = clock.today()
    agreement = await signed_agreement(fund["id"], min(today, draft.ends_on))
    notice_days = agreement.notice_days if agreement is not None else 0
    wrong = {}
    told = date_error(draft, fund["starts_on"], fund["ends_on"], today)
    told = told or notice_error(draft, notice_days, fund["ends_on"], today)
    if told:
        wrong["ends_on"] = told
    if draft.to_fund_id is not None and (told := await _next_fund_error(fund, draft)):
        wrong["to"] = told
    if wrong:
        raise Invalid(wrong)
    return notice_days


async def _next_fund_error(fund: db.Row, draft: ExitDraft) -> str:
    if draft.to_fund_id == fund["id"]:
        return "Choose another fund"
    other = await db.fetch_one(
        "SELECT f.ends_on, EXISTS (SELECT 1 FROM fund_exit x WHERE x.fund_id = f.id) AS ending FROM fund f"
        " WHERE f.id = $1 AND f.person_id = $2 AND f.state = 'open'",
        draft.to_fund_id,
        fund["person_id"],
    )
    if other is None or other["ending"]:
        return "Choose another fund of the same person that goes on"
    return "Choose a fund that runs on that day" if other["ends_on"] < draft.ends_on else ""


async def _cut_budget(actor: Actor, person: db.Row, fund: db.Row, draft: ExitDraft) -> None:
    """Take the days from the end on out of the fund: to the next holder, or out of the budget."""
    if fund["ends_on"] <= draft.ends_on:
        return
    because = draft.because.strip() or draft.reason.label
    if draft.to_fund_id is not None:
        to = await db.fetch_one(
            "SELECT route, holder_user_id, holder_organisation_id FROM fund WHERE id = $1", draft.to_fund_id
        )
        assert to is not None  # noqa: S101 - checked above
        holder = FundDraft(Route(to["route"]), ZERO, to["holder_user_id"], to["holder_organisation_id"])
        await change_route(actor, fund["id"], draft.ends_on, holder, because)
        return
    standing = await standing_on(fund["person_id"], draft.ends_on)
    versions = [standing] if standing is not None else []
    for version in [*versions, *await standing_after(fund["person_id"], draft.ends_on)]:
        if any(share.fund_id == fund["id"] for share in version.shares):
            await _without(actor, person, version, fund["id"], draft, because)
    if await _still_runs(fund["id"], draft):
        raise Conflict(
            "You cannot end this fund here, because it is arranged support with its own end."
            " You can end that on the person’s page."
        )


async def _without(
    actor: Actor, person: db.Row, standing: Standing, fund_id: UUID, draft: ExitDraft, because: str
) -> None:
    """The next version of a budget without one fund; the parts of the others stay the same to the penny."""
    day = max(draft.ends_on, standing.starts_on)
    if day >= standing.ends_on:
        return
    rest = [
        NewShare(draft_of(share), share.rest(day)) for share in standing.shares if share.fund_id != fund_id
    ]
    written = await write_version(
        actor,
        person,
        standing,
        Version(new_id(), day, standing.ends_on, rest, standing.collection, because),
    )
    await tell_over_commitments(
        [effect.over_commitment_id for effect in written.effects if effect.over_commitment_id]
    )


async def _still_runs(fund_id: UUID, draft: ExitDraft) -> bool:
    runs: bool = await db.fetch_value("SELECT ends_on > $2 FROM fund WHERE id = $1", fund_id, draft.ends_on)
    return runs
