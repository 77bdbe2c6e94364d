"""People, who may act for them, and what a stranger sees: nothing."""

from datetime import timedelta

import pytest

from isf import queries
from isf.commands import PersonDraft, create_person, end_authority, give_authority
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import AuthorityKind, Role, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from tests.world import World, actor_again

TODAY, DAY = clock.today, timedelta(days=1)


@pytest.mark.row("F1")
async def test_a_person_is_recorded_with_what_they_need_to_communicate(world: World) -> None:
    person_id = await create_person(
        world.care_manager,
        PersonDraft(name=" Nia Jones ", communication_needs="Uses Makaton", prefers_easy_read=True),
    )
    record = await queries.person(world.care_manager, person_id)
    assert (record.name, record.communication_needs) == ("Nia Jones", "Uses Makaton")
    assert record.prefers_easy_read
    assert record.reference.startswith("PN-")
    assert record.council_id == world.council


@pytest.mark.row("F1")
async def test_a_person_needs_a_name_and_a_birthday_in_the_past(world: World) -> None:
    with pytest.raises(Invalid):
        await create_person(world.care_manager, PersonDraft(name=" "))
    with pytest.raises(Invalid):
        await create_person(world.care_manager, PersonDraft(name="Nia", born_on=TODAY() + DAY))


@pytest.mark.row("A3")
@pytest.mark.parametrize("name", ["broker", "finance_officer", "emma_user", "manager", "monitoring_officer"])
async def test_only_a_care_manager_makes_people_and_gives_authority(world: World, name: str) -> None:
    actor = world.personas()[name]
    with pytest.raises(Forbidden):
        await create_person(actor, PersonDraft(name="Nia"))
    with pytest.raises(Forbidden):
        await give_authority(
            actor, world.emma, AuthorityKind.BROKER, [Scope.SEE], user_id=actor.user_id, starts_on=TODAY()
        )


@pytest.mark.row("A3")
@pytest.mark.parametrize(
    ("name", "people"),
    [
        ("care_manager", ["Dan Example", "Emma Example"]),
        ("finance_officer", ["Dan Example", "Emma Example"]),
        ("broker", ["Emma Example"]),
        ("emma_user", ["Emma Example"]),
        ("sister", ["Emma Example"]),
        ("dan_user", ["Dan Example"]),
        ("stranger", []),
        ("other_care_manager", []),
    ],
)
async def test_everybody_sees_the_people_they_have_to_do_with(
    world: World, name: str, people: list[str]
) -> None:
    found = await queries.people_of(world.personas()[name])
    assert [line.name for line in found.items] == people
    assert found.total == len(people)


@pytest.mark.row("A3")
@pytest.mark.parametrize("name", ["stranger", "other_care_manager", "dan_user"])
async def test_a_stranger_finds_nothing(world: World, name: str) -> None:
    stranger = world.personas()[name]
    for read in (queries.person, queries.funds_of, queries.authorities_of, queries.budgets_of):
        with pytest.raises(NotFound):
            await read(stranger, world.emma)
    for look in (queries.fund, queries.movements):
        with pytest.raises(NotFound):
            await look(stranger, world.emma_isf)


async def test_what_does_not_exist_is_not_found_either(world: World) -> None:
    with pytest.raises(NotFound):
        await queries.person(world.care_manager, new_id())
    with pytest.raises(NotFound):
        await queries.fund(world.care_manager, new_id())


async def test_people_are_found_by_a_part_of_their_name_or_reference(world: World) -> None:
    emma = await queries.person(world.care_manager, world.emma)
    for search in ("emm", " EXAMPLE ", emma.reference, emma.reference.lower()[3:]):
        found = await queries.people_of(world.care_manager, search)
        assert world.emma in {line.id for line in found.items}
    assert (await queries.people_of(world.care_manager, "%")).total == 0


@pytest.mark.row("A3")
async def test_every_look_at_a_record_is_audited(world: World) -> None:
    await queries.person(world.broker, world.emma)
    await queries.fund(world.broker, world.emma_isf)
    rows = await db.fetch_all(
        "SELECT action, subject_id FROM audit_record WHERE actor_user = $1 AND action LIKE '%.viewed' ORDER BY action",
        world.broker.user_id,
    )
    assert rows == [
        {"action": "fund.viewed", "subject_id": world.emma_isf},
        {"action": "person.viewed", "subject_id": world.emma},
    ]


@pytest.mark.row("F4")
async def test_an_authority_bites_from_its_first_day_to_its_last(world: World) -> None:
    async def give(starts: int, ends: int | None) -> None:
        await give_authority(
            world.care_manager, world.dan, AuthorityKind.BROKER, [Scope.BOOK],
            organisation_id=world.lighthouse, starts_on=TODAY() + starts * DAY,
            ends_on=None if ends is None else TODAY() + ends * DAY,
        )  # fmt: skip

    await give(1, None)
    await give(-9, 0)
    with pytest.raises(NotFound):
        await require_person(world.stranger, world.dan, Scope.SEE)
    await give(0, 1)
    await require_person(world.stranger, world.dan, Scope.BOOK)
    with pytest.raises(Forbidden):
        await require_person(world.stranger, world.dan, Scope.PAY)


@pytest.mark.row("F4")
async def test_an_authority_that_ended_yesterday_opens_nothing(world: World) -> None:
    authority = await db.fetch_value("SELECT id FROM authority WHERE user_id = $1", world.sister.user_id)
    await queries.person(world.sister, world.emma)
    await end_authority(world.care_manager, authority, TODAY() - DAY)
    with pytest.raises(NotFound):
        await queries.person(world.sister, world.emma)
    with pytest.raises(NotFound):
        await queries.funds_of(world.sister, world.emma)
    with pytest.raises(StateConflict):
        await end_authority(world.care_manager, authority, TODAY())


@pytest.mark.row("F4")
async def test_ending_an_authority_today_bites_at_once(world: World) -> None:
    (holder,) = [
        line
        for line in await queries.authorities_of(world.care_manager, world.emma)
        if line.kind is AuthorityKind.ISF_HOLDER
    ]
    await end_authority(world.care_manager, holder.id, TODAY())
    assert (await queries.people_of(world.broker)).items == []


@pytest.mark.row("F4")
async def test_an_authority_that_has_not_begun_never_does(world: World) -> None:
    authority = await give_authority(
        world.care_manager, world.dan, AuthorityKind.BROKER, [],
        organisation_id=world.lighthouse, starts_on=TODAY() + 5 * DAY,
    )  # fmt: skip
    await end_authority(world.care_manager, authority, TODAY())
    row = await db.fetch_one("SELECT starts_on, ends_on FROM authority WHERE id = $1", authority)
    assert row == {"starts_on": TODAY() + 5 * DAY, "ends_on": TODAY() + 5 * DAY}


@pytest.mark.row("A3")
async def test_another_councils_care_manager_changes_nothing_here(world: World) -> None:
    authority = await db.fetch_value("SELECT id FROM authority WHERE user_id = $1", world.sister.user_id)
    with pytest.raises(NotFound):
        await end_authority(world.other_care_manager, authority, TODAY())
    with pytest.raises(NotFound):
        await give_authority(
            world.other_care_manager, world.emma, AuthorityKind.BROKER, [],
            organisation_id=world.lighthouse, starts_on=TODAY(),
        )  # fmt: skip


@pytest.mark.row("F4")
async def test_an_authority_is_for_one_known_user_or_organisation(world: World) -> None:
    async def give(user: Actor | None, organisation: bool, days: int = 9) -> None:
        await give_authority(
            world.care_manager, world.dan, AuthorityKind.BROKER, [],
            user_id=user.user_id if user else None,
            organisation_id=world.lighthouse if organisation else None,
            starts_on=TODAY(), ends_on=TODAY() + days * DAY,
        )  # fmt: skip

    for user, organisation, days in ((None, False, 9), (world.sister, True, 9), (world.sister, False, 0)):
        with pytest.raises(Invalid):
            await give(user, organisation, days)
    with pytest.raises(Invalid):
        await give_authority(
            world.care_manager, world.dan, AuthorityKind.BROKER, [], user_id=new_id(), starts_on=TODAY()
        )


@pytest.mark.row("F4")
async def test_a_representative_without_any_role_can_sign_in_to_something(world: World) -> None:
    await db.execute("DELETE FROM role_grant WHERE user_id = $1", world.sister.user_id)
    await give_authority(
        world.care_manager, world.dan, AuthorityKind.REPRESENTATIVE, [Scope.BOOK],
        user_id=world.sister.user_id, starts_on=TODAY(),
    )  # fmt: skip
    sister = await actor_again(world.sister.user_id)
    assert sister.roles == {Role.REPRESENTATIVE}
    await require_person(sister, world.dan, Scope.BOOK)
