"""Arranging support that cannot wait, and ending it (row SP6)."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from isf.commands.own import own_person
from isf.endings.letters import mail_to_the_living
from isf.ledger.commands import open_fund, take_back_promise
from isf.parameters.queries import parameter
from isf.parameters.rules import Parameter
from isf.rules import last_day
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route


@dataclass(frozen=True, slots=True)
class UrgentDraft:
    """Support to be arranged now: how much in all, for which days (half-open), and why it cannot wait."""

    amount: Money
    starts_on: date
    ends_on: date
    because: str


async def arrange_urgent_support(actor: Actor, person_id: UUID, draft: UrgentDraft) -> UUID:
    """Give a person council-managed money at once, for a while, without the keys of a plan.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, and Invalid when it is longer than the council's
    limit, begins in the past, has no reason or amount, or other urgent support runs on these days.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        person = await own_person(actor, person_id)
        await _check(person["council_id"], person_id, draft)
        urgent_id, budget_id, fund_id = new_id(), new_id(), new_id()
        await _write_money(person, budget_id, fund_id, draft)
        await db.execute(
            "INSERT INTO urgent_support (id, reference, person_id, budget_id, fund_id, because, starts_on, ends_on,"
            " arranged_by, arranged_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            urgent_id,
            reference("US"),
            person_id,
            budget_id,
            fund_id,
            draft.because.strip(),
            draft.starts_on,
            draft.ends_on,
            actor.user_id,
            clock.now(),
        )
        await open_fund(actor, fund_id, draft.amount, ZERO, draft.starts_on, budget_id)
        await db.execute(
            "INSERT INTO fund_release (id, fund_id, urgent_support_id, released_by, released_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            new_id(),
            fund_id,
            urgent_id,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "urgent_support.arranged",
            "urgent_support",
            urgent_id,
            after={"person": person_id, "amount": draft.amount, "ends_on": draft.ends_on},
            because=draft.because.strip(),
        )
        await _tell(
            person["user_id"],
            "Support is arranged for you now",
            f"The council has arranged support for you from {formats.full_date(draft.starts_on)} to"
            f" {formats.full_date(last_day(draft.ends_on))}, until your plan is agreed.",
        )
    return urgent_id


async def _check(council_id: UUID, person_id: UUID, draft: UrgentDraft) -> None:
    wrong = {}
    weeks = await parameter(council_id, Parameter.URGENT_SUPPORT_MOST_WEEKS, clock.today())
    if draft.amount.pence <= 0:
        wrong["amount"] = "Enter an amount of more than £0.00"
    if not draft.because.strip():
        wrong["because"] = "Write why this cannot wait for the plan"
    if draft.starts_on < clock.today():
        wrong["starts_on"] = "The first day must be today or later"
    if draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    elif draft.ends_on > draft.starts_on + timedelta(weeks=weeks):
        latest = last_day(draft.starts_on + timedelta(weeks=weeks))
        wrong["ends_on"] = (
            f"Urgent support lasts {weeks} weeks at most: enter {formats.full_date(latest)} or an earlier day"
        )
    elif await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM personal_budget WHERE person_id = $1 AND kind = 'urgent'"
        " AND daterange(starts_on, ends_on) && daterange($2, $3))",
        person_id,
        draft.starts_on,
        draft.ends_on,
    ):
        wrong["starts_on"] = "Urgent support runs on some of these days already: choose days outside it"
    if wrong:
        raise Invalid(wrong)


async def _write_money(person: db.Row, budget_id: UUID, fund_id: UUID, draft: UrgentDraft) -> None:
    await db.execute(
        "INSERT INTO personal_budget (id, person_id, version, kind, council_share_pence, contribution_pence, starts_on,"
        " ends_on, because) SELECT $1, $2, coalesce(max(version), 0) + 1, 'urgent', $3, 0, $4, $5, $6"
        " FROM personal_budget WHERE person_id = $2",
        budget_id,
        person["id"],
        draft.amount.pence,
        draft.starts_on,
        draft.ends_on,
        draft.because.strip(),
    )
    await db.execute(
        "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence,"
        " starts_on, ends_on) VALUES ($1, $2, $3, $4, $5, $4, $6, $7, $8)",
        fund_id,
        budget_id,
        person["id"],
        person["council_id"],
        str(Route.COUNCIL_MANAGED),
        draft.amount.pence,
        draft.starts_on,
        draft.ends_on,
    )
    await db.execute(
        "INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, starts_on, ends_on)"
        " VALUES ($1, $2, $3, $4, 0, $5, $6)",
        new_id(),
        budget_id,
        fund_id,
        draft.amount.pence,
        draft.starts_on,
        draft.ends_on,
    )


async def end_urgent_support(actor: Actor, urgent_id: UUID, because: str) -> None:
    """End it now: nothing new is booked, what is booked stays, the rest of the money goes back to the council.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid without a reason, StateConflict when it has
    ended already.
    """
    require(actor, Permission.PERSON_MANAGE)
    if not because.strip():
        raise Invalid({"because": "Write why it ends"})
    async with db.unit_of_work():
        told = await db.fetch_one(
            "SELECT u.id, p.council_id FROM urgent_support u JOIN person p ON p.id = u.person_id WHERE u.id = $1",
            urgent_id,
        )
        if told is None or told["council_id"] != actor.council_id:
            raise NotFound
        if not await _end(actor, urgent_id, because.strip()):
            raise StateConflict("This has ended already. Look at it again.")


async def end_for_agreed_plan(who: audit.Who, person_id: UUID) -> None:
    """The plan is agreed, so urgent support ends. Joins the open unit of work; asks no permission."""
    for row in await db.fetch_all(
        "SELECT id FROM urgent_support WHERE person_id = $1 AND state = 'running'", person_id
    ):
        await _end(who, row["id"], "The plan is agreed")


async def end_what_is_over(limit: int = 500) -> int:
    """For the job: end urgent support whose days are over, and send on what became free after an end.

    Answers how many funds it touched; each in a transaction of its own, so that it can be stopped and run again.
    """
    rows = await db.fetch_all(
        "SELECT u.id, u.state FROM urgent_support u"
        "  JOIN account a ON a.fund_id = u.fund_id AND a.kind = 'available'"
        " WHERE (u.state = 'running' AND u.ends_on <= $1) OR (u.state = 'ended' AND a.balance_pence > 0)"
        " ORDER BY u.ends_on LIMIT $2",
        clock.today(),
        limit,
    )
    for row in rows:
        async with db.unit_of_work():
            if row["state"] == "running":
                await _end(audit.SYSTEM, row["id"], "Its days are over")
            else:
                await _give_back(audit.SYSTEM, row["id"], "Not needed after the end")
    return len(rows)


async def _end(who: audit.Who, urgent_id: UUID, because: str) -> bool:
    fund_id = await db.fetch_value(
        "UPDATE urgent_support SET state = 'ended', ended_on = $2, ended_by = $3, ended_because = $4"
        " WHERE id = $1 AND state = 'running' RETURNING fund_id",
        urgent_id,
        clock.today(),
        who.user_id,
        because,
    )
    if fund_id is None:
        return False
    # `place_booking` reads the open fund: after this nothing new is booked, and what is being booked comes first.
    await db.execute("UPDATE fund SET state = 'closed' WHERE id = $1", fund_id)
    left = await _give_back(who, urgent_id, because)
    await audit.record(
        who, "urgent_support.ended", "urgent_support", urgent_id, after={"left": left}, because=because
    )
    return True


async def _give_back(who: audit.Who, urgent_id: UUID, because: str) -> Money:
    """What is left goes out of the promise; answers how much. The head of the books is locked before it is read."""
    told = await db.fetch_one(
        "SELECT u.fund_id, u.budget_id, h.sequence FROM urgent_support u JOIN ledger_head h ON h.fund_id = u.fund_id"
        " WHERE u.id = $1 FOR UPDATE OF h",
        urgent_id,
    )
    assert told is not None  # noqa: S101 - it has a fund with books
    left = Money(
        await db.fetch_value(
            "SELECT balance_pence FROM account WHERE fund_id = $1 AND kind = 'available'", told["fund_id"]
        )
    )
    await take_back_promise(
        who,
        told["fund_id"],
        left,
        clock.today(),
        reference=f"urgent:{urgent_id}:after:{told['sequence']}",
        subject_id=told["budget_id"],
        because=because,
    )
    return left


async def _tell(user_id: UUID | None, subject: str, words: str) -> None:
    email = await db.fetch_value("SELECT email FROM app_user WHERE id = $1", user_id) if user_id else None
    await mail_to_the_living(email or "", subject, f"{words}\n\nSign in to Fairday to see it.\n")
