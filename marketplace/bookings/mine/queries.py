"""Everything on a person's own page, in a number of statements that does not grow with their bookings or movements."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from isf import queries as isf_queries
from isf.agreements.waiting import todos_of as agreements_to_sign
from isf.budgets.reports.queries import todos_of as answers_about_changes
from isf.coming import Coming, coming
from isf.contributions.queries import todos_of as contributions_to_pay
from isf.disagreements.queries import todos_of as answers_to_read
from isf.plans.queries.waiting import todos_of as plans_to_bring_on
from isf.queries import FundMoney, PersonRecord
from isf.todo import Todo
from marketplace.bookings.checks.queries import todos_of as visits_to_check
from marketplace.bookings.mine.rules import BudgetDays, Change, change_of
from marketplace.bookings.reprovision.queries import todos_of as lost_bookings
from marketplace.bookings.transitions.queries import todos_of as moves_to_think_about
from marketplace.bookings.waitlist.queries import todos_of as offers_to_answer
from marketplace.bookings.week.queries import BookingLine, IdeaLine, bookings_of_week, ideas_of_week
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import week_of

# Each part of a person's affairs tells what they have to do about it.
TODOS: Sequence[Callable[[Actor, UUID], Awaitable[list[Todo]]]] = (
    offers_to_answer,
    plans_to_bring_on,
    agreements_to_sign,
    contributions_to_pay,
    answers_to_read,
    answers_about_changes,
    lost_bookings,
    moves_to_think_about,
    visits_to_check,
)


class Helper(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who can help a person, and how to reach them; empty where it is not known."""

    name: str
    what: str
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A person's money and week, as today. `own`: the actor is the person."""

    person: PersonRecord
    own: bool
    monday: date
    funds: Sequence[FundMoney]
    coming: Mapping[UUID, Coming]
    short: Mapping[UUID, Sequence[str]]
    waits: str
    """What is still to be done before locked money opens; empty when nothing is locked."""

    bookings: Sequence[BookingLine]
    ideas: Sequence[IdeaLine]
    todos: Sequence[Todo]
    change: Change | None
    helpers: Sequence[Helper]


async def money_and_week(actor: Actor, person_id: UUID) -> Mine:
    """A person's own page; the view is audited. Raises NotFound when they are not the actor's to see."""
    person = await isf_queries.person(actor, person_id)
    today = clock.today()
    monday = week_of(today)
    funds = _shown(await isf_queries.funds_of(actor, person_id), today)
    ids = [fund.id for fund in funds]
    bookings = await bookings_of_week(person_id, monday)
    return Mine(
        person=person,
        own=await db.fetch_value("SELECT user_id = $2 FROM person WHERE id = $1", person_id, actor.user_id)
        is True,
        monday=monday,
        funds=funds,
        coming=await coming(ids),
        short=await isf_queries.shortfalls(ids),
        waits=await isf_queries.plan_words(person_id) if any(fund.locked for fund in funds) else "",
        bookings=[line for line in bookings if line.live],
        ideas=await ideas_of_week(person_id, monday),
        todos=await todos(actor, person_id),
        change=change_of(await _budgets(person_id), today),
        helpers=await _helpers(person_id),
    )


async def todos(actor: Actor, person_id: UUID) -> list[Todo]:
    """What is to do for a person, what is due first at the top."""
    found = [todo for ask in TODOS for todo in await ask(actor, person_id)]
    return sorted(found, key=lambda todo: (todo.due_on is None, todo.due_on or date.max))


def _shown(funds: Sequence[FundMoney], today: date) -> list[FundMoney]:
    """The money of today; when there is none, the money that comes next."""
    running = [fund for fund in funds if fund.current]
    if running:
        return running
    later = [fund for fund in funds if fund.starts_on > today]
    return [fund for fund in later if fund.starts_on == min(each.starts_on for each in later)]


async def _budgets(person_id: UUID) -> list[BudgetDays]:
    """The versions of a person's budget with what each comes to, the first day first."""
    rows = await db.fetch_all(
        "SELECT b.starts_on, b.ends_on, sum(s.council_share_pence + s.contribution_pence)::bigint AS pence,"
        "       sum(s.council_weekly_pence + s.contribution_weekly_pence)::bigint AS weekly_pence,"
        "       bool_or(s.council_weekly_pence IS NULL OR s.contribution_weekly_pence IS NULL) AS whole"
        "  FROM personal_budget b JOIN fund_share s ON s.budget_id = b.id WHERE b.person_id = $1"
        "   AND b.kind = 'agreed' GROUP BY b.id ORDER BY b.starts_on",
        person_id,
    )
    return [
        BudgetDays(
            row["starts_on"], row["ends_on"], row["pence"], None if row["whole"] else row["weekly_pence"]
        )
        for row in rows
    ]


# Who looks after the money, who plans with the person, who is to be called, and the council last.
_HELPERS = """
    SELECT name, what, email, phone FROM (
        SELECT 1 AS rank, o.name, CASE WHEN bool_or(a.kind = 'isf_holder') THEN 'holds the money'
                                       ELSE 'helps to plan' END AS what, o.email, '' AS phone
          FROM authority a JOIN organisation o ON o.id = a.organisation_id
         WHERE a.person_id = $1 AND a.starts_on <= $2 AND (a.ends_on IS NULL OR a.ends_on > $2)
         GROUP BY o.id
        UNION ALL
        SELECT 2, m.name, coalesce(nullif(m.relationship, ''), 'somebody close'), m.email, m.phone
          FROM circle_member m
         WHERE m.person_id = $1 AND (m.emergency_contact OR m.next_of_kin)
           AND (m.ended_on IS NULL OR m.ended_on > $2)
        UNION ALL
        SELECT 3, o.name, 'gives the money', o.email, '' FROM person p JOIN organisation o ON o.id = p.council_id
         WHERE p.id = $1) h
     ORDER BY rank, name
"""


async def _helpers(person_id: UUID) -> list[Helper]:
    rows = await db.fetch_all(_HELPERS, person_id, clock.today())
    return [msgspec.convert(row, Helper) for row in rows]
