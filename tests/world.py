"""One council with named people, brokers and providers, made through the same commands as real ones.

Emma has an ISF with Harbour and some council-managed money; Dan has a direct payment; Vivo is owned by Northshire.
Their plans are agreed and have room for any activity.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from uuid import UUID

from isf.commands import create_budget, create_person, give_authority
from isf.commands.people import PersonDraft
from isf.parameters.commands import adopt_usual_values
from isf.rules import BudgetDraft, FundDraft
from marketplace.identity.access import Actor
from marketplace.identity.commands import create_council, create_organisation, create_user, grant_role
from marketplace.identity.credentials import actor_of_session, begin_session, create_token, hash_password
from marketplace.identity.rules import AuthorityKind, Role, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import (
    ActivityDraft,
    ProviderDraft,
    SessionDraft,
    VenueDraft,
    add_single_session,
    add_venue,
    apply_to_lot,
    create_activity,
    create_framework,
    create_provider,
    decide_commission,
    publish_activity,
    record_ownership,
    set_rate,
)
from providers.commissions.commands import Decision
from providers.rules import Category, SellerType, Terms
from tests import plans

PASSWORD = "correct horse battery staple"


@lru_cache(maxsize=1)
def _password_hash() -> str:
    return hash_password(PASSWORD)


def email_of(name: str) -> str:
    """The address with which a persona signs in."""
    return f"{name.split(maxsplit=1)[0].lower()}@example.com"


async def persona(name: str, role: Role, organisation_id: UUID | None = None) -> Actor:
    """A user with one role, as an actor."""
    async with db.unit_of_work():
        user_id = await create_user(SYSTEM, email_of(name), name, None)
        await grant_role(
            SYSTEM, user_id, role, organisation_id, starts_on=clock.today() - timedelta(days=400)
        )
        await db.execute("UPDATE app_user SET password_hash = $2 WHERE id = $1", user_id, _password_hash())
    return await actor_again(user_id)


async def actor_again(user_id: UUID) -> Actor:
    """The actor as a fresh sign-in would make it."""
    found = await actor_of_session(await begin_session(user_id))
    assert found is not None
    return found[0]


@dataclass
class World:
    """Everybody by name. Money and dates as written below."""

    council: UUID
    other_council: UUID
    harbour: UUID
    lighthouse: UUID
    care_manager: Actor
    second_care_manager: Actor
    finance_officer: Actor
    commissioner: Actor
    monitoring_officer: Actor
    other_care_manager: Actor
    other_commissioner: Actor
    broker: Actor
    stranger: Actor
    emma_user: Actor
    dan_user: Actor
    sister: Actor
    manager: Actor
    staff: Actor
    other_manager: Actor
    in_house_manager: Actor
    pettypool: UUID
    vivo: UUID
    first_enable: UUID
    emma: UUID
    dan: UUID
    emma_isf: UUID
    emma_managed: UUID
    dan_direct: UUID
    starts_on: date
    ends_on: date

    def personas(self) -> dict[str, Actor]:
        """Every actor by its name here."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Actor)}

    async def activity(
        self,
        manager: Actor | None = None,
        *,
        title: str = "Garden group",
        price: str = "38.50",
        routes: frozenset[Route] = frozenset(Route),
        terms: Terms | None = None,
        vat: tuple[VatCategory, int] = (VatCategory.EXEMPT, 0),
        category: Category = Category.GARDENING,
        summary: str = "Grow vegetables and flowers with others.",
    ) -> UUID:
        """A published activity with a place and a price; free when the price is 0."""
        manager = manager or self.manager
        venue = await add_venue(
            manager,
            VenueDraft(name="The Hall", town="Sandiway", postcode="CW8 2EA", easting=360400, northing=371500),
        )
        activity_id = await create_activity(
            manager,
            ActivityDraft(
                title=title, category=category, summary=summary, easy_read="You grow plants with other people.",
                venue_id=venue, routes_accepted=routes, capacity=8, terms=terms or Terms(48, 50),
            ),
        )  # fmt: skip
        await set_rate(manager, activity_id, self.starts_on, Money.parse(price), *vat)
        await publish_activity(manager, activity_id)
        return activity_id

    async def session(
        self,
        activity_id: UUID | None = None,
        *,
        manager: Actor | None = None,
        day: date | None = None,
        at: time = time(10),
        minutes: int = 120,
        capacity: int = 8,
    ) -> UUID:
        """One date of an activity (made when not given); in three days at 10:00 by default."""
        manager = manager or self.manager
        activity_id = activity_id or await self.activity(manager)
        day = day or clock.today() + timedelta(days=3)
        return await add_single_session(manager, activity_id, SessionDraft(day, at, minutes, capacity))

    async def session_today(self, activity_id: UUID | None = None, *, capacity: int = 8) -> UUID:
        """A session of today that is not over yet: it can be booked and attended now."""
        now = clock.now().astimezone(clock.LONDON)
        # In 40 minutes, so that a slow journey still books it; late in the evening the last one that begins today.
        later = now + timedelta(minutes=40)
        if later.date() != now.date() or later.hour == 23:
            return await self.session(
                activity_id, day=now.date(), at=time(23, 54), minutes=5, capacity=capacity
            )
        return await self.session(
            activity_id, day=later.date(), at=time(later.hour, later.minute), minutes=55, capacity=capacity
        )

    async def person_with_fund(
        self, name: str, route: Route, amount: str, *, holder: UUID | None = None
    ) -> tuple[UUID, UUID]:
        """A further person with one fund whose plan is agreed; answers both ids.

        ISF with Harbour unless another holder is given.
        """
        person, fund_id = await self.person_with_locked_fund(name, route, amount, holder=holder)
        await self.agree_plan(person)
        return person, fund_id

    async def agree_plan(self, person_id: UUID, *, budget_id: UUID | None = None) -> UUID:
        """The care manager writes a plan, the second one and the finance officer turn its keys. Answers the version."""
        return await plans.agree(
            self.care_manager, self.second_care_manager, self.finance_officer, person_id, budget_id=budget_id
        )

    async def person_with_locked_fund(
        self, name: str, route: Route, amount: str, *, holder: UUID | None = None
    ) -> tuple[UUID, UUID]:
        """A further person with one fund and no plan yet, so that nothing can be booked; answers both ids."""
        person = await create_person(self.care_manager, PersonDraft(name=name))
        fund = FundDraft(route, Money.parse(amount), holder_organisation_id=holder or self.harbour)
        if route is Route.COUNCIL_MANAGED:
            fund = FundDraft(route, Money.parse(amount), holder_organisation_id=self.council)
        if route is Route.DIRECT_PAYMENT:
            user = await persona(name, Role.DIRECT_PAYMENT_HOLDER)
            fund = FundDraft(route, Money.parse(amount), holder_user_id=user.user_id)
        made = await create_budget(
            self.care_manager,
            person,
            BudgetDraft(fund.amount, Money(0), self.starts_on, self.ends_on, [fund]),
        )
        return person, made.fund_ids[0]

    async def token(self, actor: Actor) -> str:
        """An API token of a persona."""
        email = await db.fetch_value("SELECT email FROM app_user WHERE id = $1", actor.user_id)
        return await create_token(email, "test")


async def balances(fund_id: UUID) -> dict[str, int]:
    """The balance of each account of a fund in pence."""
    rows = await db.fetch_all("SELECT kind, balance_pence FROM account WHERE fund_id = $1", fund_id)
    return {row["kind"]: row["balance_pence"] for row in rows}


async def name_safeguarding_contact(provider_id: UUID) -> None:
    """The provider has said whom councils call about safeguarding, so it can apply."""
    await db.execute(
        "UPDATE provider SET safeguarding_name = 'Sue Safe', safeguarding_email = 'safe@example.com',"
        " safeguarding_phone = '01606 000001' WHERE id = $1",
        provider_id,
    )


async def _provider(name: str, kind: SellerType, email: str, council: UUID) -> UUID:
    provider_id = await create_provider(
        SYSTEM,
        ProviderDraft(name=name, seller_type=kind, description=f"{name} offers day support.", email=email),
    )
    await name_safeguarding_contact(provider_id)
    return provider_id


async def _manager_of(provider_id: UUID, name: str, role: Role = Role.PROVIDER_MANAGER) -> Actor:
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", provider_id)
    return await persona(name, role, organisation)


async def _approve(
    manager: Actor, provider_id: UUID, lot: UUID, commissioner: Actor, starts_on: date
) -> None:
    asked = await apply_to_lot(manager, provider_id, lot)
    await decide_commission(commissioner, asked, Decision.APPROVE, starts_on)


async def make_world() -> World:
    """Make everybody; money is £1,000 in Emma's ISF, £600 council-managed, £500 in Dan's direct payment."""
    today = clock.today()
    starts_on, ends_on = today - timedelta(days=60), today + timedelta(days=300)
    council = await create_council(SYSTEM, "Northshire Council", "northshire")
    other_council = await create_council(SYSTEM, "Southshire Council", "southshire")
    for each in (council, other_council):
        await adopt_usual_values(SYSTEM, each, today - timedelta(days=1000))
    async with db.unit_of_work():
        harbour = await create_organisation(SYSTEM, "Harbour Brokerage", email="accounts@harbour.example")
        lighthouse = await create_organisation(SYSTEM, "Lighthouse Brokerage")
    pettypool = await _provider("Pettypool", SellerType.VOLUNTARY, "bookings@pettypool.example", council)
    vivo = await _provider("Vivo Care Choices", SellerType.IN_HOUSE, "bookings@vivo.example", council)
    first_enable = await _provider("1st Enable", SellerType.PRIVATE, "", council)
    care_manager = await persona("Carol Manager", Role.CARE_MANAGER, council)
    commissioner = await persona("Colin Commissioner", Role.COMMISSIONER, council)
    manager = await _manager_of(pettypool, "Petra Manager")
    emma_user = await persona("Emma Example", Role.DIRECT_PAYMENT_HOLDER)
    dan_user = await persona("Dan Example", Role.DIRECT_PAYMENT_HOLDER)
    sister = await persona("Sally Sister", Role.REPRESENTATIVE)

    await create_framework(
        SYSTEM, council, "Day opportunities", ["Community activities"], today - timedelta(days=400)
    )
    lot = await db.fetch_value("SELECT id FROM lot")
    other_manager = await _manager_of(first_enable, "Oscar Manager")
    await _approve(manager, pettypool, lot, commissioner, today - timedelta(days=300))
    await _approve(other_manager, first_enable, lot, commissioner, today - timedelta(days=300))
    await record_ownership(commissioner, vivo, council, today - timedelta(days=1000), None)

    emma = await create_person(
        care_manager,
        PersonDraft(name="Emma Example", preferred_name="Emma", communication_needs="Easy Read, one idea at a time",
                    prefers_easy_read=True, user_id=emma_user.user_id, needs_shared_on=today),
    )  # fmt: skip
    dan = await create_person(
        care_manager, PersonDraft(name="Dan Example", preferred_name="Dan", user_id=dan_user.user_id)
    )
    emma_funds = await create_budget(
        care_manager, emma,
        BudgetDraft(Money(140_000), Money(20_000), starts_on, ends_on, [
            FundDraft(Route.ISF, Money(100_000), holder_organisation_id=harbour),
            FundDraft(Route.COUNCIL_MANAGED, Money(60_000), holder_organisation_id=council),
        ]),
    )  # fmt: skip
    dan_funds = await create_budget(
        care_manager, dan,
        BudgetDraft(Money(50_000), Money(0), starts_on, ends_on,
                    [FundDraft(Route.DIRECT_PAYMENT, Money(50_000), holder_user_id=dan_user.user_id)]),
    )  # fmt: skip
    await give_authority(
        care_manager, emma, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.BOOK],
        user_id=sister.user_id, starts_on=today - timedelta(days=30),
    )  # fmt: skip
    second_care_manager = await persona("Cora Keyholder", Role.CARE_MANAGER, council)
    finance_officer = await persona("Fiona Finance", Role.FINANCE_OFFICER, council)
    for person in (emma, dan):
        await plans.agree(care_manager, second_care_manager, finance_officer, person)
    return World(
        council=council, other_council=other_council, harbour=harbour, lighthouse=lighthouse,
        care_manager=care_manager, second_care_manager=second_care_manager, finance_officer=finance_officer,
        commissioner=commissioner,
        monitoring_officer=await persona("Mona Monitoring", Role.MONITORING_OFFICER, council),
        other_care_manager=await persona("Olga Othercouncil", Role.CARE_MANAGER, other_council),
        other_commissioner=await persona("Otto Othercouncil", Role.COMMISSIONER, other_council),
        broker=await persona("Brenda Broker", Role.BROKER, harbour),
        stranger=await persona("Stan Stranger", Role.BROKER, lighthouse),
        emma_user=emma_user, dan_user=dan_user, sister=sister, manager=manager,
        staff=await _manager_of(pettypool, "Stella Staff", Role.PROVIDER_STAFF),
        other_manager=other_manager,
        in_house_manager=await _manager_of(vivo, "Vera Manager"),
        pettypool=pettypool, vivo=vivo, first_enable=first_enable, emma=emma, dan=dan,
        emma_isf=emma_funds.fund_ids[0], emma_managed=emma_funds.fund_ids[1], dan_direct=dan_funds.fund_ids[0],
        starts_on=starts_on, ends_on=ends_on,
    )  # fmt: skip
