"""Funds with any versions of a budget behind them, paid by the clock; and the officers who look at it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from isf.commands.people import PersonDraft, create_person
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from isf.payments.paying_in import commands
from isf.payments.paying_in.proposing import propose
from isf.rules import Collection, Spread
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO, Money
from tests.world import World, persona


@dataclass(frozen=True)
class Version:
    """A budget from a day on: what the council and the person give, for the whole time or by the week."""

    starts_on: date
    ends_on: date
    council: Money
    contribution: Money = ZERO
    council_weekly: Money | None = None
    contribution_weekly: Money | None = None
    collection: Collection = Collection.NET

    def council_part(self) -> list[Spread]:
        """What the council pays in of it."""
        spreads = [Spread(self.council, self.starts_on, self.ends_on, self.council_weekly)]
        if self.collection is Collection.GROSS:
            spreads.append(Spread(self.contribution, self.starts_on, self.ends_on, self.contribution_weekly))
        return spreads


async def second_officer(world: World) -> Actor:
    """Another finance officer of the council."""
    return await persona("Frank Finance", Role.FINANCE_OFFICER, world.council)


async def pays_unsigned(world: World) -> None:
    """The council pays in without waiting for agreements: for tests about anything else."""
    await set_parameter(
        world.finance_officer,
        Parameter.AGREEMENT_BEFORE_PAYMENT,
        0,
        clock.today() - timedelta(days=999),
        "For a test",
    )


@asynccontextmanager
async def on(day: date, at: time = time(9)) -> AsyncIterator[None]:
    """Do something at nine in the morning of a day."""
    with use_clock(FixedClock(from_wall(day, at))):
        yield


async def fund_with(world: World, name: str, versions: list[Version]) -> tuple[UUID, UUID]:
    """A person with an ISF that has these versions behind it, its plan taken as agreed; answers person and fund."""
    person = await create_person(world.care_manager, PersonDraft(name=name))
    fund = new_id()
    first, last = versions[0], versions[-1]
    async with db.unit_of_work():
        budgets = [await _budget(person, number, version) for number, version in enumerate(versions, start=1)]
        await db.execute(
            "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence,"
            " starts_on, ends_on) VALUES ($1, $2, $3, $4, 'isf', $5, $6, $7, $8)",
            fund, budgets[0], person, world.council, world.harbour,
            sum((version.council + version.contribution).pence for version in versions), first.starts_on, last.ends_on,
        )  # fmt: skip
        for budget, version in zip(budgets, versions, strict=True):
            await write_share(budget, fund, version)
        await db.execute("SELECT open_ledger($1)", fund)
    await unlock(fund)
    return person, fund


async def _budget(person: UUID, number: int, version: Version) -> UUID:
    budget = new_id()
    await db.execute(
        "INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, collection,"
        " starts_on, ends_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        budget, person, number, version.council.pence, version.contribution.pence, str(version.collection),
        version.starts_on, version.ends_on,
    )  # fmt: skip
    return budget


async def write_share(budget: UUID, fund: UUID, version: Version) -> None:
    """What a version gives to a fund."""
    await db.execute(
        "INSERT INTO fund_share (id, budget_id, fund_id, council_share_pence, contribution_pence, council_weekly_pence,"
        " contribution_weekly_pence, starts_on, ends_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(), budget, fund, version.council.pence, version.contribution.pence,
        version.council_weekly and version.council_weekly.pence,
        version.contribution_weekly and version.contribution_weekly.pence, version.starts_on, version.ends_on,
    )  # fmt: skip


async def change(fund: UUID, cut: Version, then: Version | None) -> None:
    """End a fund's last version as told, and let another follow; without one the fund ends there."""
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT s.id, s.budget_id, f.person_id, b.version FROM fund_share s JOIN fund f ON f.id = s.fund_id"
            " JOIN personal_budget b ON b.id = s.budget_id WHERE s.fund_id = $1 ORDER BY s.starts_on DESC LIMIT 1",
            fund,
        )
        assert row is not None
        await db.execute(
            "UPDATE personal_budget SET ends_on = $2, council_share_pence = $3, contribution_pence = $4 WHERE id = $1",
            row["budget_id"], cut.ends_on, cut.council.pence, cut.contribution.pence,
        )  # fmt: skip
        await db.execute(
            "UPDATE fund_share SET ends_on = $2, council_share_pence = $3, contribution_pence = $4 WHERE id = $1",
            row["id"], cut.ends_on, cut.council.pence, cut.contribution.pence,
        )  # fmt: skip
        if then is not None:
            await write_share(await _budget(row["person_id"], row["version"] + 1, then), fund, then)
        await db.execute(
            "UPDATE fund SET ends_on = $2, amount_pence = (SELECT sum(council_share_pence + contribution_pence)"
            " FROM fund_share WHERE fund_id = $1) WHERE id = $1",
            fund, (then or cut).ends_on,
        )  # fmt: skip


async def unlock(fund: UUID) -> None:
    """As if the plan's keys were turned; what turns them is proved elsewhere."""
    async with db.connection() as conn:
        await conn.execute(
            "SET session_replication_role = replica;"
            f" UPDATE account SET locked = false WHERE fund_id = '{fund}';"
            " SET session_replication_role = DEFAULT"
        )


async def proposed(world: World) -> UUID:
    """Today's proposal, which there is."""
    made = await propose(SYSTEM, world.council)
    assert made is not None
    return made


async def pay(world: World, second: Actor) -> UUID | None:
    """Today's proposal looked at, approved and paid; None when nothing is due."""
    made = await propose(SYSTEM, world.council)
    if made is not None:
        await commands.check_payment(second, made)
        await commands.approve_payment(world.finance_officer, made)
    return made


async def paid_into(fund: UUID) -> int:
    """What the council paid into a fund by its books, in pence."""
    pence: int = await db.fetch_value(
        "SELECT -balance_pence FROM account WHERE fund_id = $1 AND kind = 'funding'", fund
    )
    return pence


async def line_of(payment: UUID, fund: UUID) -> db.Row:
    """A fund's line in a proposal."""
    row = await db.fetch_one(
        "SELECT * FROM payment_in_line WHERE payment_in_id = $1 AND fund_id = $2", payment, fund
    )
    assert row is not None
    return row
