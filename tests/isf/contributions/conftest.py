"""People who pay something towards their support, and the days that go by."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from isf.commands import create_budget, create_person
from isf.commands.people import PersonDraft
from isf.rules import BudgetDraft, Collection, FundDraft
from marketplace.kernel import clock
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.world import World

WEEKS = 52


@dataclass(frozen=True)
class Payer:
    """Somebody whose budget is £200.00 a week from the council and £20.00 of their own, over 52 weeks from a Monday."""

    person: UUID
    funds: list[UUID]
    starts_on: date

    @property
    def fund(self) -> UUID:
        """The first of their funds."""
        return self.funds[0]


@contextmanager
def on_day(day: date) -> Iterator[None]:
    """It is noon on a day."""
    with use_clock(FixedClock(from_wall(day, time(12)))):
        yield


@pytest.fixture
def payer(world: World) -> Callable[..., Awaitable[Payer]]:
    """Makes one, with an ISF with Harbour unless other parts are given."""

    async def make(
        collection: Collection = Collection.NET, *funds: FundDraft, starts_on: date | None = None
    ) -> Payer:
        start = starts_on or clock.week_of(clock.today()) - timedelta(weeks=12)
        whole = Money(22_000 * WEEKS)
        parts = funds or (FundDraft(Route.ISF, whole, holder_organisation_id=world.harbour),)
        person = await create_person(world.care_manager, PersonDraft(name="Pat Payer", preferred_name="Pat"))
        made = await create_budget(
            world.care_manager,
            person,
            BudgetDraft(
                Money(20_000 * WEEKS), Money(2_000 * WEEKS), start, start + timedelta(weeks=WEEKS), parts,
                collection,
            ),
        )  # fmt: skip
        await world.agree_plan(person)
        return Payer(person, list(made.fund_ids), start)

    return make


def noon(day: date) -> datetime:
    """Twelve o'clock in London."""
    return from_wall(day, time(12))
