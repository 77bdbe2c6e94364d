"""Money waits for its agreement: not paid, listed, and all of it with the first payment after (rows F7, I2)."""

from datetime import timedelta

import pytest
import pytest_asyncio

from isf.agreements.commands import declare_account, end_agreements, sign_agreement
from isf.agreements.queries import agreements_of
from isf.agreements.rules import Acknowledged, Terms
from isf.ledger.verify import verify
from isf.parameters import Parameter
from isf.parameters.commands import set_parameter
from isf.payments.paying_in import commands, proposing, queries
from isf.payments.paying_in.rules import LineState
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from tests.asking import Client, plain, sign_in
from tests.isf.agreements.agreed import agreed_direct_payment, agreed_isf, offered, shown, sign_all, terms
from tests.isf.payments.making import line_of, on, paid_into, pay, proposed, second_officer
from tests.world import World

AFTER_84_DAYS = 87_500 * 84 // 360
"""What the council owes Emma's ISF by the end of the cycle that is due today, in pence."""


@pytest_asyncio.fixture
async def gated(world: World) -> World:
    """From yesterday on, the council pays only into what is agreed."""
    yesterday = clock.today() - timedelta(days=1)
    await set_parameter(world.finance_officer, Parameter.AGREEMENT_BEFORE_PAYMENT, 1, yesterday)
    return world


async def waiting_funds(officer: Actor) -> dict[object, int]:
    return {each.fund_id: each.owed_pence for each in await queries.waiting(officer) if each.for_agreement}


@pytest.mark.row("I2")
@pytest.mark.row("F7")
async def test_money_waits_until_everybody_signed_and_then_nothing_is_lost(gated: World) -> None:
    world, frank = gated, await second_officer(gated)
    payment = await pay(world, frank)
    assert payment is not None
    # What the council manages itself needs no agreement.
    assert (await queries.payment(frank, payment)).lines == 1
    assert (await line_of(payment, world.emma_managed))["state"] == LineState.PAID
    assert await paid_into(world.emma_isf) == await paid_into(world.dan_direct) == 0
    assert await waiting_funds(frank) == {world.emma_isf: AFTER_84_DAYS, world.dan_direct: 50_000 * 84 // 360}

    # Two of three signatures are not enough.
    agreement = await offered(world, world.emma_isf, terms(world.starts_on))
    for actor in (world.emma_user, world.care_manager):
        await sign_agreement(actor, agreement, await shown(agreement), acknowledged=Acknowledged.YES)
    async with on(clock.today() + timedelta(days=28)):
        await pay(world, frank)
        assert await paid_into(world.emma_isf) == 0
        waiting = {each.fund_id: each for each in await queries.waiting(frank)}
        assert waiting[world.emma_isf].agreement_id == agreement
        assert waiting[world.dan_direct].agreement_id is None
        await sign_agreement(world.broker, agreement, await shown(agreement))
    # The next run has every cycle that was missed, in one line.
    async with on(clock.today() + timedelta(days=29)):
        caught_up = await pay(world, frank)
        assert caught_up is not None
        line = await line_of(caught_up, world.emma_isf)
        assert (line["covers_from"], line["amount_pence"]) == (world.starts_on, 87_500 * 112 // 360)
        assert set(await waiting_funds(frank)) == {world.dan_direct}
        assert await proposing.propose(SYSTEM, world.council) is None
    assert await paid_into(world.emma_isf) == 87_500 * 112 // 360
    assert await verify() == []


@pytest.mark.row("F7")
async def test_a_direct_payment_with_its_agreement_is_paid(gated: World) -> None:
    await agreed_direct_payment(gated)
    await pay(gated, await second_officer(gated))
    assert await paid_into(gated.dan_direct) == 50_000 * 84 // 360


async def test_an_agreement_for_the_first_day_is_enough_before_it_and_one_for_later_is_not(
    gated: World,
) -> None:
    world, frank = gated, await second_officer(gated)
    async with on(world.starts_on - timedelta(days=3)):
        await set_parameter(
            world.finance_officer, Parameter.AGREEMENT_BEFORE_PAYMENT, 1, world.starts_on - timedelta(days=4)
        )
    agreement = await offered(world, world.emma_isf, terms(world.starts_on))
    for actor in (world.emma_user, world.care_manager, world.broker):
        await sign_agreement(actor, agreement, await shown(agreement), acknowledged=Acknowledged.YES)
    async with on(world.starts_on - timedelta(days=3)):
        assert await line_of(await proposed(world), world.emma_isf)
    later = await offered(world, world.dan_direct, Terms(starts_on=clock.today() + timedelta(days=5)))
    await declare_account(world.dan_user, later, 1, "Weaver Bank", "4821")
    await sign_all(world, later, world.dan_user)
    assert world.dan_direct in await waiting_funds(frank)
    async with on(clock.today() + timedelta(days=5)):
        assert world.dan_direct not in await waiting_funds(frank)


async def test_what_is_approved_after_the_agreement_ended_is_let_go(gated: World) -> None:
    world, frank = gated, await second_officer(gated)
    await agreed_isf(world)
    payment = await proposed(world)
    await commands.check_payment(frank, payment)
    async with db.unit_of_work():
        await end_agreements(SYSTEM, world.emma_isf, clock.today(), "A test")
    await commands.approve_payment(world.finance_officer, payment)
    line = await line_of(payment, world.emma_isf)
    assert (line["state"], line["because"]) == (
        LineState.RELEASED,
        "The agreement is not in force any more.",
    )
    assert await waiting_funds(frank) == {
        world.emma_isf: AFTER_84_DAYS,
        world.dan_direct: 50_000 * 84 // 360,
    }


async def test_a_council_that_does_not_wait_pays_at_once(gated: World) -> None:
    await set_parameter(gated.finance_officer, Parameter.AGREEMENT_BEFORE_PAYMENT, 0, clock.today())
    frank = await second_officer(gated)
    await pay(gated, frank)
    assert await paid_into(gated.emma_isf) == AFTER_84_DAYS
    assert await queries.waiting(frank) == []


async def test_a_fund_can_wait_for_its_plan_and_its_agreement(gated: World) -> None:
    _, fund = await gated.person_with_locked_fund("Lena Locked", Route.ISF, "360.00")
    found = {each.fund_id: each for each in await queries.waiting(gated.finance_officer)}
    assert found[fund].for_keys
    assert found[fund].for_agreement
    assert Money(found[fund].owed_pence) == Money(8_400)


async def test_the_pages_say_what_waits_and_lead_to_it(client: Client, gated: World) -> None:
    agreement = await offered(gated, gated.emma_isf, terms(gated.starts_on))
    await sign_in(client, gated.finance_officer)
    listed = (await client.get("/council/payments-in")).text
    assert "Waiting for the agreement" in listed
    assert f'href="/agreements/{agreement}"' in listed
    assert f'href="/people/{gated.dan}/agreements"' in listed
    for path in (f"/agreements/{agreement}", f"/people/{gated.dan}/agreements"):
        assert (await client.get(path)).status_code == 200
    told = plain((await client.get(f"/people/{gated.dan}/agreements")).text)
    assert "The council pays nothing in until everybody has signed an agreement." in told
    told = plain((await client.get(f"/people/{gated.emma}/agreements")).text)
    assert "until an agreement is signed by all and in force" in told
    await agreed_direct_payment(gated)
    [fund] = await agreements_of(gated.finance_officer, gated.dan)
    assert not fund.unpaid
