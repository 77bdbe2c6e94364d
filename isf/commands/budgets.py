"""A person's budget and the funds it is shared out to (rows F2, F3, I1)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from isf.commands.authorities import let_act, write_self_authority
from isf.commands.own import own_person
from isf.ledger.commands import open_fund
from isf.rules import BudgetDraft, Collection, FundDraft, Parts, check_budget, parts_of
from marketplace.identity.access import Actor, require
from marketplace.identity.commands import write_authority
from marketplace.identity.rules import AuthorityKind, Permission, Role, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import total
from marketplace.kernel.routes_of_money import Route

db.explain_constraint(
    "personal_budget_one_at_a_time",
    Invalid({"starts_on": "There is already a budget for some of these days: choose days outside it"}),
)
db.explain_constraint(
    "fund_shares_are_the_budget", Conflict("The parts do not add up to the budget. Share out all of it.")
)

HELD_BY_BUDGET = "With the budget"
"""How the evidence of an authority begins that came with a fund."""

_HOLDS = frozenset({Scope.SEE, Scope.BOOK, Scope.PAY})
_ISF_SCOPES = frozenset(Scope)
_PREPARES = frozenset({Scope.SEE, Scope.PLAN})


class BudgetCreated(NamedTuple):
    """The keys of a new budget and of its funds, in the order of the draft."""

    budget_id: UUID
    fund_ids: tuple[UUID, ...]


async def create_budget(actor: Actor, person_id: UUID, draft: BudgetDraft) -> BudgetCreated:
    """A budget with its funds, their ledgers opened and the money promised (`rules.md` 5).

    Whoever holds a part may act for the person from then on. Needs PERSON_MANAGE in the person's council. Raises
    NotFound for another council's person, and Invalid when the parts differ from the whole, a holder does not fit the
    route, or another budget runs on the same days.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        person = await own_person(actor, person_id)
        check_budget(draft, person["council_id"])
        await check_holders(person["council_id"], draft.funds, draft.starts_on, draft.ends_on)
        shares = parts_of(draft)
        budget_id = await write_budget(
            person_id, new_id(), shares, draft.starts_on, draft.ends_on, draft.collection, ""
        )
        fund_ids = []
        for fund, parts in zip(draft.funds, shares, strict=True):
            fund_id = await open_part(actor, person, budget_id, fund, parts, draft.starts_on, draft.ends_on)
            fund_ids.append(fund_id)
        await audit.record(
            actor,
            "budget.created",
            "personal_budget",
            budget_id,
            after={
                "person": person_id,
                "council_share": total(parts.council_share for parts in shares),
                "contribution": total(parts.contribution for parts in shares),
                "starts_on": draft.starts_on,
                "ends_on": draft.ends_on,
                "per": draft.per,
                "funds": [str(fund_id) for fund_id in fund_ids],
            },
        )
    return BudgetCreated(budget_id, tuple(fund_ids))


async def write_budget(
    person_id: UUID,
    budget_id: UUID,
    shares: Sequence[Parts],
    starts_on: date,
    ends_on: date,
    collection: Collection,
    because: str,
) -> UUID:
    """The next version of a person's budget: the sum of its shares. Joins the open unit of work."""
    await db.execute(
        "INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on,"
        " ends_on, collection, because) SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7, $8"
        " FROM personal_budget WHERE person_id = $2",
        budget_id,
        person_id,
        total(parts.council_share for parts in shares).pence,
        total(parts.contribution for parts in shares).pence,
        starts_on,
        ends_on,
        str(collection),
        because,
    )
    return budget_id


async def open_part(
    actor: Actor,
    person: db.Row,
    budget_id: UUID,
    fund: FundDraft,
    parts: Parts,
    starts_on: date,
    ends_on: date,
) -> UUID:
    """A new fund of a budget with its ledger; its holder may act from its first day. Joins the open unit of work."""
    fund_id = new_id()
    await db.execute(
        "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, holder_user_id,"
        " amount_pence, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        fund_id,
        budget_id,
        person["id"],
        person["council_id"],
        str(fund.route),
        fund.holder_organisation_id,
        fund.holder_user_id,
        parts.whole.pence,
        starts_on,
        ends_on,
    )
    await write_share(budget_id, fund_id, parts, starts_on, ends_on)
    await open_fund(actor, fund_id, parts.council_share, parts.contribution, starts_on, budget_id)
    await audit.record(
        actor,
        "fund.opened",
        "fund",
        fund_id,
        after={
            "person": person["id"],
            "route": fund.route,
            "holder": fund.holder_organisation_id or fund.holder_user_id,
            "amount": parts.whole,
        },
    )
    await let_holder_act(actor, person, fund, starts_on, ends_on)
    return fund_id


async def write_share(budget_id: UUID, fund_id: UUID, parts: Parts, starts_on: date, ends_on: date) -> None:
    """What a version of a budget gives to a fund. Joins the open unit of work."""
    await db.execute(
        "INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence,"
        " council_weekly_pence, contribution_weekly_pence, starts_on, ends_on)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(),
        budget_id,
        fund_id,
        parts.council_share.pence,
        parts.contribution.pence,
        None if parts.council_weekly is None else parts.council_weekly.pence,
        None if parts.contribution_weekly is None else parts.contribution_weekly.pence,
        starts_on,
        ends_on,
    )


async def check_holders(council_id: UUID, funds: Sequence[FundDraft], starts_on: date, ends_on: date) -> None:
    """Holders exist, and no ISF lies with a council or with the funding council's own service. Raises Invalid."""
    wrong = {}
    for fund in funds:
        if fund.route is Route.ISF:
            told = await _isf_holder_error(council_id, fund, starts_on, ends_on)
        elif fund.route is Route.DIRECT_PAYMENT:
            known = await db.fetch_value(
                "SELECT true FROM app_user WHERE id = $1 AND active", fund.holder_user_id
            )
            told = "" if known else "Choose somebody who can sign in"
        else:
            told = ""  # The council itself, as `check_budget` saw.
        if told:
            wrong[f"{fund.route}-holder"] = told
    if wrong:
        raise Invalid(wrong)


async def _isf_holder_error(council_id: UUID, fund: FundDraft, starts_on: date, ends_on: date) -> str:
    row = await db.fetch_one(
        "SELECT EXISTS (SELECT 1 FROM council c WHERE c.id = o.id) AS council,"
        "       EXISTS (SELECT 1 FROM provider p JOIN ownership w ON w.provider_id = p.id"
        "                WHERE p.organisation_id = o.id AND w.council_id = $2"
        "                  AND daterange(w.starts_on, w.ends_on) && daterange($3, $4)) AS in_house"
        "  FROM organisation o WHERE o.id = $1",
        fund.holder_organisation_id,
        council_id,
        starts_on,
        ends_on,
    )
    if row is None or row["council"]:
        return "Choose an organisation from the list"
    # A council that holds the money through its own service would pay itself (`rules.md` 1, 4).
    return "This service belongs to the council: choose another organisation" if row["in_house"] else ""


async def let_holder_act(
    actor: Actor, person: db.Row, fund: FundDraft, starts_on: date, ends_on: date
) -> None:
    """Let whoever holds a part act for the person on its days. Joins the open unit of work.

    An ISF holder that begins later sees the person from today, to plan and to sign before money is paid in advance.
    """
    evidence = f"{HELD_BY_BUDGET} from {formats.full_date(starts_on)}"
    if fund.route is Route.ISF:
        if starts_on > clock.today():
            await write_authority(
                actor,
                person["id"],
                AuthorityKind.ISF_HOLDER,
                _PREPARES,
                organisation_id=fund.holder_organisation_id,
                starts_on=clock.today(),
                ends_on=starts_on,
                evidence=evidence,
            )
        await write_authority(
            actor,
            person["id"],
            AuthorityKind.ISF_HOLDER,
            _ISF_SCOPES,
            organisation_id=fund.holder_organisation_id,
            starts_on=starts_on,
            ends_on=ends_on,
            evidence=evidence,
        )
    elif fund.route is Route.DIRECT_PAYMENT and fund.holder_user_id is not None:
        await _let_user_act(actor, person, fund.holder_user_id, starts_on, ends_on, evidence)


async def _let_user_act(
    actor: Actor, person: db.Row, user_id: UUID, starts_on: date, ends_on: date, evidence: str
) -> None:
    themselves = user_id == person["user_id"]
    await let_act(actor, user_id, Role.DIRECT_PAYMENT_HOLDER if themselves else Role.REPRESENTATIVE)
    scopes = await db.fetch_value(
        "SELECT array_agg(DISTINCT scope) FROM authority, unnest(scopes) AS scope"
        " WHERE person_id = $1 AND user_id = $2 AND starts_on <= $3 AND (ends_on IS NULL OR ends_on >= $4)",
        person["id"],
        user_id,
        max(starts_on, clock.today()),
        ends_on,
    )
    if set(scopes or ()) >= _HOLDS:
        return
    if themselves:
        await write_self_authority(actor, person["id"], user_id, scopes=frozenset(Scope), evidence=evidence)
    else:
        await write_authority(
            actor,
            person["id"],
            AuthorityKind.REPRESENTATIVE,
            _HOLDS,
            user_id=user_id,
            starts_on=starts_on,
            ends_on=ends_on,
            evidence=evidence,
        )
