"""Who has to sign is told that an agreement waits; a fee on the fund's page leads to what was agreed (row I2)."""

import pytest

from isf.agreements.fees.commands import take_fees
from isf.agreements.rules import Terms
from isf.commands import give_authority
from marketplace.identity.rules import AuthorityKind, Role, Scope
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from tests.asking import Client, sign_in
from tests.isf.agreements.agreed import agreed_isf, offered, terms
from tests.world import World, persona

LETTERS = "SELECT recipient, body FROM outbox_message WHERE subject = 'An agreement waits for you' ORDER BY recipient"


@pytest.mark.row("I2")
async def test_the_person_their_side_and_the_holder_are_told_once_without_a_name_or_amount(
    world: World,
) -> None:
    nominated = await persona("Nell Nominated", Role.REPRESENTATIVE)
    await give_authority(
        world.care_manager, world.emma, AuthorityKind.NOMINATED_PERSON, [Scope.SEE],
        user_id=nominated.user_id, starts_on=world.starts_on,
    )  # fmt: skip
    agreement = await offered(world, world.emma_isf, terms(world.starts_on))
    letters = await db.fetch_all(LETTERS)
    # Her sister may only book: there is nothing for her to sign.
    assert [each["recipient"] for each in letters] == [
        "accounts@harbour.example",
        "emma@example.com",
        "nell@example.com",
    ]
    assert all(f"/agreements/{agreement}" in each["body"] for each in letters)
    assert not any("Emma" in each["body"] or "£" in each["body"] for each in letters)
    assert "An agreement says what everybody promises." in letters[1]["body"]
    assert "waits for you" in letters[2]["body"]


@pytest.mark.row("F7")
async def test_who_holds_their_own_direct_payment_gets_one_letter(world: World) -> None:
    await offered(world, world.dan_direct, Terms(starts_on=world.starts_on))
    assert [each["recipient"] for each in await db.fetch_all(LETTERS)] == ["dan@example.com"]


@pytest.mark.row("I2")
async def test_a_fee_on_the_fund_page_leads_to_its_agreement(client: Client, world: World) -> None:
    agreement = await agreed_isf(world)
    await take_fees(SYSTEM)
    await sign_in(client, world.broker)
    shown = await client.get(f"/funds/{world.emma_isf}")
    assert f'<a class="govuk-link" href="/agreements/{agreement}">Agreement, version 1</a>' in shown.text
    assert (await client.get(f"/agreements/{agreement}")).status_code == 200
