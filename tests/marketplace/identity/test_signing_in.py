"""Passwords, sessions, tokens, and what an authority allows on a day."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from isf.commands import end_authority
from marketplace.identity.access import require_person, scopes_for
from marketplace.identity.credentials import (
    SESSION_LASTS,
    TRIES,
    TooManyTries,
    actor_of_session,
    actor_of_token,
    begin_session,
    hash_password,
    sign_in,
    sign_out,
)
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from tests.world import PASSWORD, World, email_of

BRENDA = email_of("Brenda")


@pytest.mark.row("A3")
async def test_a_session_is_kept_as_a_hash_and_ends_at_sign_out(world: World) -> None:
    cookie = await sign_in(BRENDA.upper(), PASSWORD)
    assert await db.fetch_value("SELECT count(*) FROM login_session WHERE token_hash = $1", cookie) == 0
    found = await actor_of_session(cookie)
    assert found is not None
    assert found[0] == world.broker
    await sign_out(cookie)
    assert await actor_of_session(cookie) is None


@pytest.mark.usefixtures("world")
async def test_every_sign_in_has_a_new_cookie_and_a_made_up_one_is_nobody() -> None:
    assert await sign_in(BRENDA, PASSWORD) != await sign_in(BRENDA, PASSWORD)
    assert await actor_of_session("made-up") is None


@pytest.mark.usefixtures("world")
async def test_the_words_are_the_same_for_an_unknown_user_and_a_wrong_password() -> None:
    with pytest.raises(Invalid) as unknown:
        await sign_in("nobody@example.com", PASSWORD)
    with pytest.raises(Invalid) as wrong:
        await sign_in(BRENDA, "not the password")
    assert unknown.value.fields == wrong.value.fields


@pytest.mark.usefixtures("world")
async def test_tries_are_counted_exactly_and_the_right_password_waits_too() -> None:
    for _ in range(TRIES):
        with pytest.raises(Invalid):
            await sign_in(BRENDA, "wrong")
    with pytest.raises(TooManyTries):
        await sign_in(BRENDA, PASSWORD)
    with use_clock(FixedClock(clock.now() + timedelta(minutes=16))):
        assert await sign_in(BRENDA, PASSWORD)


async def test_sessions_end_by_themselves_and_so_does_a_user_who_left(world: World) -> None:
    cookie = await begin_session(world.broker.user_id)
    with use_clock(FixedClock(clock.now() + SESSION_LASTS + timedelta(seconds=1))):
        assert await actor_of_session(cookie) is None
    token = await world.token(world.broker)
    assert await actor_of_token(token) is not None
    await db.execute("UPDATE app_user SET active = false WHERE id = $1", world.broker.user_id)
    assert await actor_of_session(cookie) is None
    assert await actor_of_token(token) is None


def test_short_passwords_are_refused() -> None:
    with pytest.raises(Invalid):
        hash_password("elevenchars")


@pytest.mark.row("F4")
async def test_an_authority_counts_from_its_first_day_to_its_end_and_its_end_bites_at_once(
    world: World,
) -> None:
    assert Scope.BOOK in await scopes_for(world.sister, world.emma)
    assert await scopes_for(world.sister, world.emma, clock.today() - timedelta(days=31)) == frozenset()
    authority = await db.fetch_value("SELECT id FROM authority WHERE user_id = $1", world.sister.user_id)
    await end_authority(world.care_manager, authority, clock.today())
    with pytest.raises(NotFound):
        await require_person(world.sister, world.emma, Scope.SEE)


@pytest.mark.row("A3")
async def test_who_may_not_see_gets_404_and_who_may_not_act_gets_403(world: World) -> None:
    with pytest.raises(NotFound):
        await require_person(world.stranger, world.emma, Scope.SEE)
    with pytest.raises(NotFound):
        await require_person(world.other_care_manager, world.emma, Scope.SEE)
    with pytest.raises(Forbidden):
        await require_person(world.monitoring_officer, world.emma, Scope.BOOK)
    await require_person(world.monitoring_officer, world.emma, Scope.SEE)


@pytest.mark.row("X3")
async def test_the_api_takes_tokens_and_never_cookies(world: World, client: AsyncClient) -> None:
    client.cookies.set("fairday_session", await begin_session(world.broker.user_id))
    assert (await client.get("/api/v1/people")).status_code == 401
    client.cookies.clear()
    bearer = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    assert (await client.get("/api/v1/people", headers=bearer)).status_code == 200
    assert (await client.get("/people", headers=bearer)).status_code == 303


@pytest.mark.usefixtures("world")
async def test_no_redirect_leaves_the_site(client: AsyncClient) -> None:
    for target in ("https://evil.example", "//evil.example", "/\\evil.example", "/ok\nx"):
        page = await client.get("/sign-in", params={"next": target})
        assert 'name="next" value="/home"' in page.text
