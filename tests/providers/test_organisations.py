"""Registering a seller, its places, and being approved."""

from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, NotSignedIn, StateConflict
from providers.commands import (
    AlreadyApplied,
    Decision,
    ProviderDraft,
    VenueDraft,
    add_venue,
    apply_to_lot,
    create_framework,
    decide_commission,
    edit_provider,
    edit_venue,
    end_commission,
    open_framework,
    register_provider,
)
from providers.queries import applications_of, commissioned_on, lots_of, provider, provider_of, venues_of
from providers.rules import AccessFeature, SellerType
from tests.world import World, actor_again

pytestmark = pytest.mark.row("P1")

CHOIR = ProviderDraft(
    name="Sing Together", seller_type=SellerType.COMMUNITY_GROUP, email="hello@sing.example"
)


async def test_anyone_signed_in_registers_and_becomes_the_manager(world: World) -> None:
    provider_id = await register_provider(world.sister, CHOIR)
    shown = await provider(provider_id)
    assert (shown.name, shown.slug, shown.seller_type) == (
        "Sing Together",
        "sing-together",
        CHOIR.seller_type,
    )
    await db.execute("DELETE FROM login_session")
    grants = await db.fetch_all(
        "SELECT role, organisation_id FROM role_grant WHERE user_id = $1", world.sister.user_id
    )
    assert {"role": Role.PROVIDER_MANAGER, "organisation_id": shown.organisation_id} in grants
    manager = Actor(world.sister.user_id, shown.organisation_id, frozenset({Role.PROVIDER_MANAGER}))
    assert (await provider_of(manager)).id == provider_id


async def test_nobody_registers_without_signing_in() -> None:
    with pytest.raises(NotSignedIn):
        await register_provider(None, CHOIR)  # type: ignore[arg-type]


async def test_two_sellers_of_one_name_have_two_addresses(world: World) -> None:
    first, second, third = [await register_provider(world.sister, CHOIR) for _ in range(3)]
    slugs = [(await provider(one)).slug for one in (first, second, third)]
    assert slugs == ["sing-together", "sing-together-2", "sing-together-3"]


@pytest.mark.row("P8")
async def test_nobody_calls_themselves_a_councils_own_service(world: World) -> None:
    draft = ProviderDraft(name="Cheap Care", seller_type=SellerType.IN_HOUSE)
    with pytest.raises(Invalid) as refused:
        await register_provider(world.sister, draft)
    assert set(refused.value.fields) == {"seller_type"}
    await register_provider(world.commissioner, draft)


async def test_what_is_missing_is_said_field_by_field(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await register_provider(
            world.sister,
            ProviderDraft(name=" ", seller_type=SellerType.PRIVATE, email="nobody", website="javascript:x"),
        )
    assert set(refused.value.fields) == {"name", "email", "website"}


async def test_a_manager_changes_only_their_own_organisation(world: World) -> None:
    await edit_provider(world.manager, ProviderDraft(name="Pettypool Farm", seller_type=SellerType.PRIVATE))
    shown = await provider(world.pettypool)
    assert (shown.name, shown.seller_type, shown.slug) == (
        "Pettypool Farm",
        SellerType.VOLUNTARY,
        "pettypool",
    )
    with pytest.raises(Forbidden):
        await edit_provider(world.staff, CHOIR)


@pytest.mark.row("D1")
async def test_a_place_is_found_by_its_postcode(world: World) -> None:
    venue_id = await add_venue(
        world.manager,
        VenueDraft(
            "Town hall",
            town="Chester",
            postcode="ch12hj",
            access_features=frozenset({AccessFeature.STEP_FREE}),
        ),
    )
    (venue,) = [row for row in await venues_of(world.manager) if row["id"] == venue_id]
    assert venue["postcode"] == "CH1 2HJ"
    assert 335_000 < venue["easting"] < 345_000
    assert venue["access_features"] == ["step_free"]


async def test_another_providers_place_cannot_be_changed(world: World) -> None:
    venue_id = await add_venue(world.manager, VenueDraft("Barn", town="Sandiway"))
    with pytest.raises(NotFound):
        await edit_venue(world.other_manager, venue_id, VenueDraft("Mine now"))


async def _lot(world: World) -> UUID:
    framework_id = await open_framework(world.commissioner, "Skills", ["Cooking"], clock.today())
    return (await lots_of(framework_id))["Cooking"]


async def test_a_council_approves_with_dates_and_the_provider_gets_a_letter(world: World) -> None:
    today = clock.today()
    asked = await apply_to_lot(world.manager, world.pettypool, await _lot(world))
    assert asked in {row["id"] for row in await applications_of(world.commissioner)}
    starts_on, ends_on = today + timedelta(days=10), today + timedelta(days=100)
    await db.execute(
        "UPDATE commission SET starts_on = $2::date, ends_on = $2::date + 1 WHERE id <> $1",
        asked,
        today - timedelta(days=500),
    )
    await decide_commission(world.commissioner, asked, Decision.APPROVE, starts_on, ends_on)
    told = [
        await commissioned_on(world.pettypool, world.council, day)
        for day in (today, starts_on, ends_on - timedelta(days=1), ends_on)
    ]
    assert told == [False, True, True, False]
    letter = await db.fetch_value(
        "SELECT body FROM outbox_message ORDER BY body LIKE '%Cooking%' DESC LIMIT 1"
    )
    assert "The council has approved Pettypool for Cooking (Skills)" in letter


async def test_a_refusal_needs_a_reason(world: World) -> None:
    asked = await apply_to_lot(world.manager, world.pettypool, await _lot(world))
    with pytest.raises(Invalid):
        await decide_commission(world.commissioner, asked, Decision.REFUSE)
    await decide_commission(world.commissioner, asked, Decision.REFUSE, reason="No insurance yet.")
    with pytest.raises(StateConflict):
        await decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today())


async def test_another_council_does_not_even_see_the_application(world: World) -> None:
    asked = await apply_to_lot(world.manager, world.pettypool, await _lot(world))
    with pytest.raises(NotFound):
        await decide_commission(world.other_commissioner, asked, Decision.APPROVE, clock.today())
    with pytest.raises(Forbidden):
        await decide_commission(world.care_manager, asked, Decision.APPROVE, clock.today())


async def test_an_approval_stays_within_the_framework(world: World) -> None:
    today = clock.today()
    framework_id = await create_framework(
        world.commissioner, world.council, "Short", ["One"], today, today + timedelta(days=30)
    )
    asked = await apply_to_lot(world.manager, world.pettypool, (await lots_of(framework_id))["One"])
    with pytest.raises(Invalid) as refused:
        await decide_commission(world.commissioner, asked, Decision.APPROVE, today - timedelta(days=1))
    assert set(refused.value.fields) == {"starts_on", "ends_on"}


async def test_an_application_waits_only_once(world: World) -> None:
    lot = await _lot(world)
    asked = await apply_to_lot(world.manager, world.pettypool, lot)
    with pytest.raises(AlreadyApplied):
        await apply_to_lot(world.manager, world.pettypool, lot)
    await decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today())
    with pytest.raises(AlreadyApplied):
        await apply_to_lot(world.manager, world.pettypool, lot)
    with pytest.raises(NotFound):
        await apply_to_lot(world.manager, world.first_enable, lot)


async def test_approvals_of_one_lot_never_overlap(world: World) -> None:
    lot, today = await _lot(world), clock.today()
    asked = await apply_to_lot(world.manager, world.pettypool, lot)
    await decide_commission(world.commissioner, asked, Decision.APPROVE, today, today + timedelta(days=50))
    again = await apply_to_lot(world.manager, world.pettypool, lot)
    with pytest.raises(Conflict):
        await decide_commission(world.commissioner, again, Decision.APPROVE, today + timedelta(days=49))
    await decide_commission(world.commissioner, again, Decision.APPROVE, today + timedelta(days=50))


async def test_an_approval_ends_on_a_day_and_another_council_cannot_end_it(world: World) -> None:
    lot, today = await _lot(world), clock.today()
    asked = await apply_to_lot(world.manager, world.pettypool, lot)
    await decide_commission(world.commissioner, asked, Decision.APPROVE, today)
    with pytest.raises(NotFound):
        await end_commission(world.other_commissioner, asked, today + timedelta(days=5), "Not ours")
    await end_commission(world.commissioner, asked, today + timedelta(days=5), "Agreed")
    ends_on = await db.fetch_value("SELECT ends_on FROM commission WHERE id = $1", asked)
    assert ends_on == today + timedelta(days=5)


async def test_a_fresh_sign_in_after_registering_manages_offers(world: World) -> None:
    await register_provider(world.sister, CHOIR)
    again = await actor_again(world.sister.user_id)
    assert Permission.OFFER_MANAGE in again.permissions
