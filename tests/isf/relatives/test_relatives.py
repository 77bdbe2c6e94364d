"""Close relatives who sell support: who says so, who agrees, and what the database holds to (rule 3, row Y4)."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import pytest

from isf.care.circle.commands import CircleDraft, add_to_circle
from isf.relatives.commands import (
    DecisionDraft,
    RelativeDraft,
    decide_relative,
    declare_relative,
    end_relative,
)
from isf.relatives.queries import relatives_of, relatives_to_decide
from isf.relatives.rules import Kind, Standing, needs_agreement
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from tests.asking import follow, send, sign_in, words_of
from tests.world import World

pytestmark = pytest.mark.row("Y4")


async def declare(
    world: World,
    kind: Kind = Kind.SPOUSE_OR_PARTNER,
    *,
    by: Actor | None = None,
    same_household: bool = True,
    provider: UUID | None = None,
) -> UUID:
    """Dan's relative runs Pettypool, since a month ago."""
    draft = RelativeDraft(
        provider or world.pettypool, "Kim Reed", kind, same_household, clock.today() - timedelta(days=30)
    )
    return await declare_relative(by or world.dan_user, world.dan, draft)


def agreed(*, agrees: bool = True, days: int | None = None) -> DecisionDraft:
    """A decision from today on, for so many days."""
    today = clock.today()
    ends_on = today + timedelta(days=days) if days else None
    return DecisionDraft(agrees, today, ends_on, "Nobody else can support him at night.")


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("same_household", [True, False])
async def test_rule_and_database_say_the_same(world: World, kind: Kind, same_household: bool) -> None:
    await declare(world, kind, same_household=same_household)
    barred = await db.fetch_value(
        "SELECT relative_bars($1, $2, $3)", world.dan, world.pettypool, clock.today()
    )
    assert barred is needs_agreement(kind, same_household)
    (line,) = await relatives_of(world.dan_user, world.dan)
    assert line.standing.bars is barred


def test_a_partner_counts_wherever_they_live_and_others_in_the_same_household_only() -> None:
    assert needs_agreement(Kind.SPOUSE_OR_PARTNER, same_household=False)
    assert needs_agreement(Kind.SIBLING, same_household=True)
    assert not needs_agreement(Kind.SIBLING, same_household=False)
    assert not needs_agreement(Kind.OTHER, same_household=True)


async def test_it_waits_for_the_council_and_the_latest_decision_for_a_day_counts(world: World) -> None:
    relative = await declare(world)
    assert [line.id for line in await relatives_to_decide(world.care_manager)] == [relative]
    assert await relatives_to_decide(world.other_care_manager) == []
    await decide_relative(world.care_manager, relative, agreed(days=28))
    assert await relatives_to_decide(world.care_manager) == []
    (line,) = await relatives_of(world.dan_user, world.dan)
    assert line.standing is Standing.AGREED

    async def bars(days: int) -> bool:
        found: bool = await db.fetch_value(
            "SELECT relative_bars($1, $2, $3)",
            world.dan,
            world.pettypool,
            clock.today() + timedelta(days=days),
        )
        return found

    assert [await bars(days) for days in (-1, 0, 27, 28)] == [True, False, False, True]
    await decide_relative(world.care_manager, relative, agreed(agrees=False))
    assert [await bars(days) for days in (0, 27)] == [True, True]
    (line,) = await relatives_of(world.dan_user, world.dan)
    assert line.standing is Standing.REFUSED
    assert [decision.agreed for decision in line.decisions] == [False, True]


async def test_who_declared_it_does_not_agree_to_it(world: World) -> None:
    relative = await declare(world, by=world.care_manager)
    with pytest.raises(Conflict, match="somebody else has to agree"):
        await decide_relative(world.care_manager, relative, agreed())
    await decide_relative(world.second_care_manager, relative, agreed())


async def test_who_may_not(world: World) -> None:
    with pytest.raises(NotFound):
        await declare(world, by=world.stranger)
    with pytest.raises(Forbidden):
        await declare(world, by=world.finance_officer)
    relative = await declare(world)
    with pytest.raises(Forbidden):
        await decide_relative(world.dan_user, relative, agreed())
    with pytest.raises(NotFound):
        await decide_relative(world.other_care_manager, relative, agreed())
    # An end frees money: whoever would gain by it does not say it.
    with pytest.raises(Forbidden):
        await end_relative(world.dan_user, relative, clock.today(), "Moved out.")


async def test_what_cannot_be_said(world: World) -> None:
    relative = await declare(world)
    with pytest.raises(Conflict, match="declared already"):
        await declare(world)
    with pytest.raises(Invalid):
        await decide_relative(
            world.care_manager, relative, DecisionDraft(True, clock.today(), clock.today(), "x")
        )
    with pytest.raises(Invalid):
        await declare_relative(
            world.dan_user,
            world.dan,
            RelativeDraft(world.pettypool, "Jo", Kind.PARENT, True, clock.today() + timedelta(days=1)),
        )
    with pytest.raises(Invalid):
        await end_relative(world.care_manager, relative, clock.today() + timedelta(days=1), "Moves out.")


async def test_after_its_end_nothing_is_barred_and_it_ends_once(world: World) -> None:
    relative = await declare(world, Kind.CHILD)
    await end_relative(world.care_manager, relative, clock.today(), "Moved to Leeds.")
    bars = "SELECT relative_bars($1, $2, $3)"
    assert not await db.fetch_value(bars, world.dan, world.pettypool, clock.today())
    assert await db.fetch_value(bars, world.dan, world.pettypool, clock.today() - timedelta(days=1))
    with pytest.raises(StateConflict):
        await end_relative(world.care_manager, relative, clock.today(), "Again.")
    await declare(world, Kind.CHILD, same_household=False)


async def test_neither_declaration_nor_decision_is_changed_by_anybody(world: World) -> None:
    relative = await declare(world)
    await decide_relative(world.care_manager, relative, agreed())
    for statement in (
        "UPDATE close_relative SET same_household = NOT same_household",
        "UPDATE close_relative SET kind = 'other'",
        "DELETE FROM close_relative",
        "UPDATE relative_decision SET ends_on = NULL, agreed = NOT agreed",
        "DELETE FROM relative_decision",
    ):
        with pytest.raises(asyncpg.PostgresError):
            await db.execute(statement)


async def test_by_the_pages_from_the_circle_to_the_decision(client: httpx.AsyncClient, world: World) -> None:
    member = await add_to_circle(
        world.care_manager, world.dan, CircleDraft("Kim Reed", "wife", lives_with=True)
    )
    await sign_in(client, world.dan_user)
    path = f"/people/{world.dan}/relatives/new"
    shown = await client.get(f"{path}?member={member}")
    assert 'value="Kim Reed"' in shown.text
    kept = await send(client, path, seller="pett", name="Kim Reed", kind="spouse_or_partner")
    assert kept.status_code == 422
    assert "Choose whether they live in the same household" in kept.text
    assert (
        "No seller is called that"
        in (await send(client, path, seller="Nobody Ltd", name="K", kind="parent", household="no")).text
    )
    made = await send(
        client, path, seller="Pettypool", name="Kim Reed", kind="spouse_or_partner", household="yes",
        member=str(member),
    )  # fmt: skip
    told = await follow(client, made)
    assert "Waits for the council" in told
    (line,) = await relatives_of(world.dan_user, world.dan)
    assert await db.fetch_value("SELECT circle_member_id FROM close_relative") == member
    await sign_in(client, world.care_manager)
    assert "Dan" in await words_of(client, "/council/relatives")
    assert "relative who sells to decide about" in await words_of(client, "/council")
    one = f"/council/relatives/{line.id}"
    assert (await send(client, one, to=f"{one}/decide", because="Needed.")).status_code == 422
    answer = await send(client, one, to=f"{one}/decide", agreed="yes", because="Needed at night.")
    assert "The council agreed" in await follow(client, answer)
    assert "1 declared" in await words_of(client, f"/people/{world.dan}")


async def test_by_the_api(client: httpx.AsyncClient, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.token(world.dan_user)}"}
    told = {
        "provider_id": str(world.pettypool), "name": "Kim Reed", "kind": "spouse_or_partner",
        "same_household": False,
    }  # fmt: skip
    path = f"/api/v1/people/{world.dan}/relatives"
    made = await client.post(path, json=told, headers=headers)
    assert made.status_code == 201
    assert (await client.post(path, json=told, headers=headers)).status_code == 409
    manager = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    decision = {"agreed": True, "starts_on": clock.today().isoformat(), "because": "Needed."}
    of = f"/api/v1/relatives/{made.json()['id']}"
    assert (await client.post(f"{of}/decisions", json=decision, headers=headers)).status_code == 403
    assert (await client.post(f"{of}/decisions", json=decision, headers=manager)).status_code == 204
    (line,) = (await client.get(path, headers=headers)).json()
    assert (line["agreed_today"], line["decisions"][0]["because"]) == (True, "Needed.")
    ended = {"ended_on": clock.today().isoformat(), "because": "Separated."}
    assert (await client.post(f"{of}/end", json=ended, headers=manager)).status_code == 204
