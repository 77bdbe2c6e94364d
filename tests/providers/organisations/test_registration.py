"""Getting on: what is asked fits the seller, people are let in once, and councils know whom to call."""

import asyncio
from datetime import timedelta

import pytest

from marketplace.identity.access import Actor
from marketplace.identity.credentials import sign_in as sign_in_with
from marketplace.identity.invitations.commands import InvitationOver, LastManager, join
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from providers.commands import ProviderDraft, apply_to_lot, register_provider
from providers.organisations.registering import (
    Contact,
    NoSafeguardingContact,
    Standing,
    checked,
    registration,
    set_safeguarding_contact,
    set_standing,
    tasks_of,
)
from providers.people.commands import (
    end_role_at_provider,
    invite_to_provider,
    people_of_provider,
    withdraw_from_provider,
)
from providers.rules import SellerType
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.providers.organisations.living import link_to
from tests.world import PASSWORD, World, actor_again

CONTACT = Contact("Sam Safe", "sam@sing.example", "01606 123456")


async def _new_seller(world: World, kind: SellerType) -> Actor:
    provider_id = await register_provider(
        world.sister, ProviderDraft(name="Sing Together", seller_type=kind, email="hello@sing.example")
    )
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", provider_id)
    return Actor(world.sister.user_id, organisation, frozenset({Role.PROVIDER_MANAGER}))


@pytest.mark.row("D2")
@pytest.mark.parametrize(
    ("kind", "said", "wrong"),
    [
        (SellerType.PRIVATE, Standing("123"), {"registration_number"}),
        (SellerType.PRIVATE, Standing(), set()),
        (SellerType.VOLUNTARY, Standing(), {"registration_number"}),
        (SellerType.VOLUNTARY, Standing("01234567890"), {"registration_number"}),
        (SellerType.COMMUNITY_GROUP, Standing(), {"contact_name"}),
        (SellerType.USER_LED, Standing(), {"contact_name"}),
        (SellerType.INDIVIDUAL, Standing(), {"self_employed"}),
        (SellerType.INDIVIDUAL, Standing("nonsense", self_employed=False), set()),
    ],
)
def test_what_is_asked_fits_the_seller(kind: SellerType, said: Standing, wrong: set[str]) -> None:
    if not wrong:
        assert checked(said, kind)["registration_number"] == ""
        return
    with pytest.raises(Invalid) as refused:
        checked(said, kind)
    assert set(refused.value.fields) == wrong


@pytest.mark.row("D2")
async def test_a_neighbour_is_asked_no_company_questions(world: World, client: Client) -> None:
    await _new_seller(world, SellerType.INDIVIDUAL)
    await sign_in(client, await actor_again(world.sister.user_id))
    neighbour = await db.fetch_value("SELECT organisation_id FROM provider WHERE name = 'Sing Together'")
    await db.execute("UPDATE login_session SET organisation_id = $1", neighbour)
    page = await words_of(client, "/provider/organisation/standing")
    assert "Are you self-employed?" in page
    assert "Your home address is not published" in page
    for never in ("Company number", "VAT", "constitution"):
        assert never not in page
    unsaid = await send(client, "/provider/organisation/standing")
    assert "Choose yes if you are self-employed" in unsaid.text
    told = await follow(client, await send(client, "/provider/organisation/standing", self_employed="yes"))
    assert "How you work Whether you are self-employed Done" in told


@pytest.mark.row("P1")
async def test_no_application_is_sent_without_a_safeguarding_contact(world: World, client: Client) -> None:
    seller = await _new_seller(world, SellerType.COMMUNITY_GROUP)
    provider_id = (await registration(seller))["id"]
    lot = await db.fetch_value("SELECT id FROM lot")
    with pytest.raises(NoSafeguardingContact):
        await apply_to_lot(seller, provider_id, lot)
    for contact in (Contact("", "x", "1"), Contact("Sam", "sam@sing.example", "12345")):
        with pytest.raises(Invalid):
            await set_safeguarding_contact(seller, contact)
    await set_safeguarding_contact(seller, CONTACT)
    await apply_to_lot(seller, provider_id, lot)
    await sign_in(client, world.commissioner)
    assert "01606 123456" in await words_of(client, f"/council/providers/{provider_id}")
    client.cookies.clear()
    for path in ("/providers/sing-together", f"/api/v1/providers/{provider_id}"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert "Sam Safe" not in answer.text
        assert "01606 123456" not in answer.text
    audited = await db.fetch_all("SELECT before, after FROM audit_record WHERE action = 'provider.edited'")
    assert "Sam" not in str(audited)


@pytest.mark.row("P1")
async def test_the_task_list_says_what_is_left(world: World) -> None:
    seller = await _new_seller(world, SellerType.VOLUNTARY)
    assert not any(task.done for task in tasks_of(await registration(seller)))
    await set_safeguarding_contact(seller, CONTACT)
    await set_standing(seller, Standing("1234567"))
    done = {task.text for task in tasks_of(await registration(seller)) if task.done}
    assert done == {"Safeguarding contact", "What you are by law"}


@pytest.mark.row("P1")
async def test_an_invitation_lets_somebody_in_once(world: World, client: Client) -> None:
    await invite_to_provider(world.manager, "nina@example.com", "Nina New", Role.PROVIDER_STAFF)
    token = await link_to("nina@example.com")
    assert "Nina New" in await words_of(client, f"/join/{token}")
    short = await send(client, f"/join/{token}", password="short")
    assert "12 characters or more" in short.text
    joined = await send(client, f"/join/{token}", password=PASSWORD)
    assert joined.headers["location"] == "/home"
    assert (await client.get("/provider")).status_code == 200
    assert (await client.get("/provider/people")).status_code == 403
    client.cookies.clear()
    again = await client.get(f"/join/{token}")
    assert (again.status_code, "used already or is too old" in plain(again.text)) == (409, True)
    await sign_in_with("nina@example.com", PASSWORD)
    kept = await db.fetch_value("SELECT token_hash FROM invitation")
    assert token not in kept


@pytest.mark.row("P1")
async def test_a_link_used_by_two_at_once_lets_one_in(world: World) -> None:
    await invite_to_provider(world.manager, "nina@example.com", "Nina New", Role.PROVIDER_STAFF)
    token = await link_to("nina@example.com")
    answers = await asyncio.gather(*(join(token, PASSWORD) for _ in range(4)), return_exceptions=True)
    assert [type(answer) for answer in answers].count(InvitationOver) == 3
    assert await db.fetch_value("SELECT count(*) FROM app_user WHERE email = 'nina@example.com'") == 1


@pytest.mark.row("P1")
async def test_a_link_ends_after_seven_days_or_when_it_is_taken_back_or_sent_again(world: World) -> None:
    first = await invite_to_provider(world.manager, "nina@example.com", "Nina New", Role.PROVIDER_STAFF)
    old = await link_to("nina@example.com")
    await db.execute("UPDATE outbox_message SET created_at = created_at - interval '1 hour'")
    second = await invite_to_provider(world.manager, "NINA@example.com", "Nina New", Role.PROVIDER_MANAGER)
    with pytest.raises(StateConflict):
        await withdraw_from_provider(world.manager, first)
    new = await link_to("NINA@example.com")
    with pytest.raises(InvitationOver):
        await join(old, PASSWORD)
    with use_clock(FixedClock(clock.now() + timedelta(days=7, seconds=1))), pytest.raises(InvitationOver):
        await join(new, PASSWORD)
    with pytest.raises(NotFound):
        await withdraw_from_provider(world.other_manager, second)
    await withdraw_from_provider(world.manager, second)
    with pytest.raises(InvitationOver):
        await join(new, PASSWORD)


@pytest.mark.row("P1")
async def test_somebody_who_signs_in_here_already_gives_their_own_password(world: World) -> None:
    await invite_to_provider(world.manager, "Sally@example.com", "Sally", Role.PROVIDER_STAFF)
    token = await link_to("Sally@example.com")
    with pytest.raises(Invalid):
        await join(token, "some other long password")
    assert await join(token, PASSWORD) == world.sister.user_id
    assert Role.REPRESENTATIVE in (await actor_again(world.sister.user_id)).roles


@pytest.mark.row("P1")
async def test_only_a_manager_invites_and_only_to_their_own_provider(world: World) -> None:
    for actor in (world.staff, world.commissioner, world.broker):
        with pytest.raises(Forbidden):
            await invite_to_provider(actor, "x@example.com", "X", Role.PROVIDER_MANAGER)
    with pytest.raises(Invalid):
        await invite_to_provider(world.manager, "x@example.com", "X", Role.FINANCE_OFFICER)
    with pytest.raises(Invalid):
        await invite_to_provider(world.manager, "stella@example.com", "Stella", Role.PROVIDER_STAFF)


@pytest.mark.row("P1")
async def test_a_role_ends_by_a_day_and_the_last_managers_never(world: World) -> None:
    people, _ = await people_of_provider(world.manager)
    grants = {row["role"]: row["id"] for row in people}
    today = clock.today()
    with pytest.raises(LastManager):
        await end_role_at_provider(world.manager, grants["provider_manager"], today)
    with pytest.raises(NotFound):
        await end_role_at_provider(world.other_manager, grants["provider_staff"], today)
    with pytest.raises(Invalid):
        await end_role_at_provider(world.manager, grants["provider_staff"], today - timedelta(days=1))
    assert Permission.ATTENDANCE_RECORD in (await actor_again(world.staff.user_id)).permissions
    await end_role_at_provider(world.manager, grants["provider_staff"], today)
    assert Permission.ATTENDANCE_RECORD not in (await actor_again(world.staff.user_id)).permissions
    with pytest.raises(StateConflict):
        await end_role_at_provider(world.manager, grants["provider_staff"], today)


@pytest.mark.row("P1")
async def test_two_managers_who_end_each_other_leave_one(world: World) -> None:
    await invite_to_provider(world.manager, "nina@example.com", "Nina New", Role.PROVIDER_MANAGER)
    nina = await actor_again(await join(await link_to("nina@example.com"), PASSWORD))
    people, _ = await people_of_provider(world.manager)
    grant = {row["user_id"]: row["id"] for row in people}
    answers = await asyncio.gather(
        end_role_at_provider(world.manager, grant[nina.user_id], clock.today()),
        end_role_at_provider(nina, grant[world.manager.user_id], clock.today()),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if answer is not None] == [LastManager]


@pytest.mark.row("P1")
async def test_registration_for_programs(world: World, client: Client) -> None:
    manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    told = await client.post(
        "/api/v1/provider/standing",
        headers=manager,
        json={"registration_number": "12"},
    )
    assert told.status_code == 422
    assert "charity number" in told.text
    done = await client.post(
        "/api/v1/provider/safeguarding-contact",
        headers=manager,
        json={"name": "Sam", "email": "sam@pettypool.example", "phone": "01606 654321"},
    )
    assert {"text": "Safeguarding contact", "done": True, "needed": True} in done.json()
    invited = await client.post(
        "/api/v1/provider/invitations",
        headers=manager,
        json={"email": "nina@example.com", "name": "Nina", "role": "provider_staff"},
    )
    assert invited.status_code == 201
    assert set(invited.json()) == {"id"}
    people = (await client.get("/api/v1/provider/people", headers=manager)).json()
    staff = next(each for each in people if each["role"] == "provider_staff")
    ended = await client.post(
        f"/api/v1/provider/people/{staff['id']}/end",
        headers=manager,
        json={"ends_on": clock.today().isoformat()},
    )
    assert [each["role"] for each in ended.json()] == ["provider_manager"]


@pytest.mark.row("P1")
async def test_a_place_can_be_put_where_it_really_is(world: World, client: Client) -> None:
    await sign_in(client, world.manager)
    place = {"name": "The barn", "town": "Sandiway", "postcode": "CW8 2EA"}
    unclear = await send(client, "/provider/venues/new", **place, grid="near the pond")
    assert "Enter two numbers" in unclear.text
    await send(client, "/provider/venues/new", **place, grid="360123, 371456")
    found = await db.fetch_one("SELECT easting, northing FROM venue WHERE name = 'The barn'")
    assert found == {"easting": 360123, "northing": 371456}
