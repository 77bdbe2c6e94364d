"""A small world for the model of all money that leaves: four funds of three payers, three sellers, accounts in use."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from invoicing.bank_details.commands import confirm, propose
from invoicing.bank_details.rules import Account, Purpose
from invoicing.connect.commands import connect_account
from invoicing.self_billing import commands as self_billing
from invoicing.self_billing import queries as self_billed
from invoicing.self_billing.rules import Dates
from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.queries import AS_USUAL, Wish
from marketplace.bookings.rules import Reason
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import LONDON, FixedClock, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import set_transport_rate
from providers.rules import Terms
from tests.database import empty_database
from tests.invoicing.bank_details.making import OTHER
from tests.invoicing.cards.table import ACCOUNT
from tests.invoicing.payment_runs.making import ENABLE, HARBOUR, PETTYPOOL
from tests.kept_world import Rows, copy_in, copy_out
from tests.providers.vat.registered import registered_for_vat
from tests.world import World, actor_again, make_world, persona

# A Monday at the end of a month, so that months end, are billed and are closed within some days.
START = datetime(2027, 5, 24, 9, tzinfo=LONDON)
BEFORE = START - timedelta(days=40)


@dataclass(frozen=True)
class Somebody:
    """A person, the fund that pays for them, and who books with it."""

    person: UUID
    fund: UUID
    books: Actor
    route: Route
    payer: UUID
    """An organisation, or the person's own user."""


@dataclass(frozen=True)
class Offer:
    """An activity, who sells it, and how people book it."""

    activity: UUID
    provider: UUID
    manager: Actor
    wish: Wish = AS_USUAL


@dataclass(frozen=True)
class Office:
    """An organisation that pays: its two finance people."""

    organisation: UUID
    first: Actor
    second: Actor

    def who(self, second: bool) -> Actor:
        """One of the two."""
        return self.second if second else self.first


@dataclass
class Scene:
    """Who and what there is."""

    world: World
    people: list[Somebody] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    offices: list[Office] = field(default_factory=list)

    def payer(self, organisation: UUID | None) -> Actor:
        """Who pays for an organisation; Ben for himself."""
        for office in self.offices:
            if office.organisation == organisation:
                return office.first
        return self.people[1].books

    def seller(self, provider: UUID) -> Actor:
        """Who bills for a provider."""
        return next(each.manager for each in self.offers if each.provider == provider)


async def make_scene() -> Scene:
    """Two ISFs at Harbour, a direct payment and council-managed money; 1st Enable is self-billed by Harbour."""
    world = await make_world()
    scene = Scene(world)
    for name, route, amount in (
        ("Ada", Route.ISF, "600.00"), ("Ben", Route.DIRECT_PAYMENT, "500.00"),
        ("Cal", Route.COUNCIL_MANAGED, "500.00"), ("Dot", Route.ISF, "220.00"),
    ):  # fmt: skip
        person, fund = await world.person_with_fund(name, route, amount)
        scene.people.append(await _somebody(world, person, fund, route))
    scene.offices = [
        Office(world.harbour, world.broker, await persona("Bella Broker", Role.BROKER, world.harbour)),
        Office(
            world.council, world.finance_officer, await persona("Finn Second", Role.FINANCE_OFFICER, world.council)
        ),
    ]  # fmt: skip
    await registered_for_vat(world.first_enable)
    scene.offers = [await _garden(world), await _music(world), await _own(world)]
    await connect_account(SYSTEM, world.pettypool, ACCOUNT)
    await _accounts(scene)
    await _self_billing(scene)
    return scene


async def _somebody(world: World, person: UUID, fund: UUID, route: Route) -> Somebody:
    if route is Route.ISF:
        return Somebody(person, fund, world.broker, route, world.harbour)
    if route is Route.COUNCIL_MANAGED:
        return Somebody(person, fund, world.care_manager, route, world.council)
    own = await actor_again(await db.fetch_value("SELECT holder_user_id FROM fund WHERE id = $1", fund))
    return Somebody(person, fund, own, route, own.user_id)


async def _garden(world: World) -> Offer:
    """£38.50, exempt; half is charged of what is given up late."""
    activity = await world.activity(terms=Terms(48, 50))
    return Offer(activity, world.pettypool, world.manager)


async def _music(world: World) -> Offer:
    """£21.99 with VAT and a journey at £6.00 without: two lines on an invoice."""
    seller = world.other_manager
    activity = await world.activity(
        seller, title="Music", price="21.99", vat=(VatCategory.STANDARD, 2000), terms=Terms(24, 100)
    )
    await set_transport_rate(seller, activity, world.starts_on, Money(6_00), VatCategory.ZERO)
    return Offer(activity, world.first_enable, seller, Wish(None, True))


async def _own(world: World) -> Offer:
    """£12.00 at the council's own service: for council-managed money only."""
    seller = world.in_house_manager
    activity = await world.activity(seller, title="Woodwork", price="12.00")
    return Offer(activity, world.vivo, seller)


async def _accounts(scene: Scene) -> None:
    """Everybody has said long ago where they are paid and pay from."""
    world = scene.world
    sellers = {
        world.manager: PETTYPOOL,
        world.other_manager: ENABLE,
        world.in_house_manager: OTHER,
    }
    for number, (seller, account) in enumerate(sellers.items()):
        second = await persona(f"Second{number} Seller", Role.PROVIDER_MANAGER, seller.organisation_id)
        await confirm(second, await propose(seller, Purpose.INTO, account, "First account"))
    for office, account in zip(
        scene.offices, (HARBOUR, Account("Northshire Council", "202959", "63748472")), strict=True
    ):  # fmt: skip
        await confirm(office.second, await propose(office.first, Purpose.FROM, account, "First account"))


async def _self_billing(scene: Scene) -> None:
    """Harbour writes 1st Enable's invoices, in its own series: they know each other by a date that was called off."""
    somebody, offer, first = scene.people[3], scene.offers[1], clock.today()
    session = await scene.world.session(
        offer.activity, manager=offer.manager, day=first, at=time(20), minutes=5
    )
    given = await book(somebody.books, session, somebody.fund)
    agreement = await self_billing.propose(
        scene.offices[0].first, offer.provider, Dates(first, first + timedelta(days=360))
    )
    words = (await self_billed.agreement(offer.manager, agreement)).row["terms"]
    await self_billing.accept(offer.manager, agreement, words)
    await cancel_booking(offer.manager, given.id, Reason.PROVIDER)


_kept: dict[str, tuple[Scene, Rows]] = {}


async def laid_again(dsn: str) -> Scene:
    """The scene in an emptied database: by its commands the first time, later by laying its rows back."""
    await empty_database()
    if dsn not in _kept:
        with use_clock(FixedClock(BEFORE)):
            _kept[dsn] = await make_scene(), await copy_out()
    else:
        await copy_in(_kept[dsn][1])
    return _kept[dsn][0]


def month_before(day: date) -> date:
    """The first day of the month before a day's own."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
