"""Payment runs for tests: three payees of Harbour and the council on 2 January 2027, with accounts in use."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, time
from uuid import UUID

from invoicing.bank_details.commands import confirm, propose
from invoicing.bank_details.rules import Account, Purpose
from invoicing.payment_runs.commands import approve_run, send_run
from invoicing.payment_runs.proposing import propose_run
from invoicing.runs.commands import issue_invoices
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from tests.invoicing.bank_details.making import second_broker, second_manager
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World, persona

DUE = date(2026, 12, 31)
TODAY = date(2027, 1, 2)
PETTYPOOL = Account("Pettypool Träume & Söhne", "089999", "66374958", "R 7/4")
ENABLE = Account("1st Enable Ltd", "180002", "00000190")
HARBOUR = Account("Harbour Brokerage", "118765", "64371389")


@dataclass
class Payers:
    """Who decides at Harbour; invoices issued on 1 December and due on 31 December."""

    world: World
    first: Actor
    second: Actor
    by_payee: dict[str, UUID]

    async def proposed(self) -> UUID:
        """A run with everything that is due."""
        return await propose_run(self.first, DUE, TODAY)

    async def approved(self) -> UUID:
        """The same, approved by the second person."""
        run = await self.proposed()
        await approve_run(self.second, run)
        return run

    async def sent(self) -> UUID:
        """The same, sent."""
        run = await self.approved()
        await send_run(self.first, run)
        return run


async def _account(first: Actor, second: Actor, purpose: Purpose, account: Account) -> None:
    await confirm(second, await propose(first, purpose, account, "First account"))


@asynccontextmanager
async def payers(world: World, *, accounts: bool = True) -> AsyncIterator[Payers]:
    """Two sessions of Pettypool and one of 1st Enable for Emma's ISF, billed; seen on 2 January 2027."""
    second = await second_broker(world)
    if accounts:
        enabler = await persona("Ernest Second", Role.PROVIDER_MANAGER, world.other_manager.organisation_id)
        await _account(world.manager, await second_manager(world), Purpose.INTO, PETTYPOOL)
        await _account(world.other_manager, enabler, Purpose.INTO, ENABLE)
        await _account(world.broker, second, Purpose.FROM, HARBOUR)
    garden = await world.activity()
    music = await world.activity(world.other_manager, title="Music", price="20.00")
    for day in (5, 6):
        await deliver(world, world.broker, world.emma_isf, november(day), activity=garden)
    await deliver(
        world, world.broker, world.emma_isf, november(9), activity=music, manager=world.other_manager
    )
    issued = (await issue_invoices(SYSTEM, NOVEMBER)).invoices
    with use_clock(FixedClock(from_wall(TODAY, time(9)))):
        yield Payers(world, world.broker, second, {each.number[:3]: each.invoice_id for each in issued})
