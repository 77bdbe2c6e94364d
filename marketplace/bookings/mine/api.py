"""The API about a person's money and week: the same query as the page."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import get

from marketplace.bookings.mine import queries
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

SEES = {"permission": Permission.PERSON_SEE}


class FundNowOut(msgspec.Struct, frozen=True, kw_only=True):
    """A fund as it stands today; money in pence. `standing` is how money and time go together, with its words."""

    id: UUID
    title: str
    left_pence: int
    booked_pence: int
    used_pence: int
    locked: bool
    standing: str
    words: str
    ends_on: date
    next_payment_pence: int | None
    next_payment_on: date | None


class BookedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A booking of this week."""

    id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    price_pence: int
    fund_id: UUID


class TodoOut(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do, where, and by when if there is a day."""

    words: str
    href: str
    due_on: date | None


class MoneyOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person's money and this week. `waits` says what is to be done before locked money opens."""

    person_id: UUID
    called: str
    week_starts_on: date
    week_pence: int
    funds: list[FundNowOut]
    bookings: list[BookedOut]
    todos: list[TodoOut]
    waits: str
    change: str


@get("/people/{person_id:uuid}/money", opt=SEES)
async def money(actor: Actor, person_id: UUID) -> MoneyOut:
    """What money is there, what it does this week, what is left, what is to do."""
    mine = await queries.money_and_week(actor, person_id)
    return MoneyOut(
        person_id=person_id,
        called=mine.person.called,
        week_starts_on=mine.monday,
        week_pence=sum(line.cost_pence for line in mine.bookings),
        funds=[
            FundNowOut(
                id=fund.id,
                title=fund.title,
                left_pence=fund.available_pence,
                booked_pence=fund.committed_pence,
                used_pence=fund.used_pence,
                locked=fund.locked,
                standing=str(fund.standing.kind),
                words=fund.standing.words,
                ends_on=fund.ends_on,
                next_payment_pence=mine.coming[fund.id].amount.pence if fund.id in mine.coming else None,
                next_payment_on=mine.coming[fund.id].on if fund.id in mine.coming else None,
            )
            for fund in mine.funds
        ],
        bookings=[
            BookedOut(
                id=line.id,
                title=line.title,
                starts_at=line.starts_at,
                ends_at=line.ends_at,
                price_pence=line.price_pence,
                fund_id=line.fund_id,
            )
            for line in mine.bookings
        ],
        todos=[TodoOut(words=todo.words, href=todo.href, due_on=todo.due_on) for todo in mine.todos],
        waits=mine.waits,
        change=mine.change.words if mine.change else "",
    )
