"""The public pages as a visitor, a person, a broker and a care manager meet them."""

import html
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar.testing import AsyncTestClient

from marketplace.directory.rules import SearchQuery
from marketplace.directory.ways import Offer, chosen_person, ways_of
from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session, hash_token
from marketplace.identity.http import SESSION_COOKIE
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.routes_of_money import Route
from providers.commands import record_ownership
from tests.world import World

Client = AsyncTestClient[Any]
IN_HOUSE = (
    "You cannot use your personal budget here, because this service belongs to the council that pays your budget. "
    "Your care manager can arrange it."
)


async def sign_in(client: Client, actor: Actor, person: UUID | None = None) -> None:
    """Give the client an actor's cookie, with a person chosen."""
    token = await begin_session(actor.user_id)
    if person:
        await db.execute(
            "UPDATE login_session SET chosen_person = $2 WHERE token_hash = $1", hash_token(token), person
        )
    client.cookies.set(SESSION_COOKIE, token)


async def words_of(client: Client, path: str, **params: str) -> str:
    """The words on a page, without markup."""
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text[:2000]
    body = answer.text[answer.text.index("<main") : answer.text.index("</main>")]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


async def links_of(client: Client, path: str, **params: str) -> Mapping[str, str]:
    """The links of a page by their words."""
    answer = await client.get(path, params=params)
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', answer.text, flags=re.DOTALL)
    return {" ".join(re.sub(r"<[^>]+>", " ", text).split()): html.unescape(href) for href, text in found}


async def in_house(world: World) -> UUID:
    """A dated session of the council's own service; answers its activity."""
    activity = await world.activity(world.in_house_manager, title="Day centre")
    await world.session(activity, manager=world.in_house_manager)
    return activity


@pytest.mark.row("D1")
async def test_anyone_finds_activities_with_price_places_and_ways_to_pay(
    client: Client, world: World
) -> None:
    await world.session()
    words = await words_of(client, "/", q="gardening", near="CW8 2EA")
    assert "1 activity near CW8 2EA" in words
    for said in ("Garden group", "£38.50 a session", "8 places left", "Pettypool", " mile"):
        assert said in words
    assert "Pay with: direct payment, Individual Service Fund, council arranges it" in words


@pytest.mark.row("D1")
async def test_nothing_found_says_which_choice_to_loosen_and_the_link_does_it(
    client: Client, world: World
) -> None:
    await world.session()
    asked = {"q": "garden", "category": "music"}
    words = await words_of(client, "/", **asked)
    assert "Nothing fits all of your choices" in words
    assert "Look at every kind (1)" in words
    found = await links_of(client, "/", **asked)
    assert "Garden group" in await words_of(client, found["Look at every kind"])
    links = await links_of(client, "/", q="gardning")
    assert "Garden group" in await words_of(client, links["Look for “gardening”"])


@pytest.mark.row("D1")
async def test_a_distance_that_is_too_short_can_be_made_longer(client: Client, world: World) -> None:
    await world.session()
    links = await links_of(client, "/", near="CH1 2HJ", within_miles="3")
    assert "Garden group" in await words_of(client, links["Look within 25 miles"])


@pytest.mark.row("D1")
async def test_what_cannot_be_read_is_said_at_its_field_and_kept(client: Client, world: World) -> None:
    answer = await client.get(
        "/", params={"near": "Atlantis", "max_price": "lots", "from-day": "31", "from-month": "2"}
    )
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert 'href="#near"' in answer.text
    assert 'href="#max_price"' in answer.text
    assert 'value="Atlantis"' in answer.text


@pytest.mark.row("D1")
@pytest.mark.parametrize(
    "query",
    [
        "day=nonsense",
        "day=nonsense&from=2099-01-01",
        "page=0",
        "page=zzz",
        "category=x&sort=y&access=z&time=t",
    ],
)
async def test_an_odd_address_is_no_failure(client: Client, world: World, query: str) -> None:
    assert (await client.get(f"/?{query}")).status_code == 200


@pytest.mark.row("D4")
async def test_a_person_reads_why_their_budget_cannot_pay_the_councils_own_service(
    client: Client, world: World
) -> None:
    activity = await in_house(world)
    await sign_in(client, world.dan_user)
    for path in ("/", f"/activities/{activity}"):
        words = await words_of(client, path)
        assert f"{IN_HOUSE} Why is that?" in words
        assert "You can book this from" not in words
    assert f"/people/{world.dan}/book/" not in (await client.get(f"/activities/{activity}")).text


@pytest.mark.row("D4")
async def test_the_council_books_its_own_service_with_its_own_money(client: Client, world: World) -> None:
    activity = await in_house(world)
    await sign_in(client, world.care_manager, world.emma)
    words = await words_of(client, f"/activities/{activity}")
    assert "You can book this from Money the council manages (£600.00 left" in words
    assert "because this service belongs to your council" in words
    assert f"/people/{world.emma}/book/" in (await client.get(f"/activities/{activity}")).text


@pytest.mark.row("P8")
async def test_another_councils_own_service_is_a_provider_like_any_other(
    client: Client, world: World
) -> None:
    activity = await world.activity(world.other_manager, title="Choir")
    await world.session(activity, manager=world.other_manager)
    await record_ownership(
        world.other_commissioner,
        world.first_enable,
        world.other_council,
        clock.today() - timedelta(days=9),
        None,
    )
    await sign_in(client, world.dan_user)
    words = await words_of(client, f"/activities/{activity}")
    assert "You can book this from Direct payment (£500.00 left" in words
    assert "This service belongs to Southshire Council" in words


@pytest.mark.row("D3")
async def test_a_broker_who_looks_for_somebody_sees_their_money_on_each_activity(
    client: Client, world: World
) -> None:
    session = await world.session()
    await sign_in(client, world.broker, world.emma)
    words = await words_of(client, "/")
    assert "You are looking for Emma" in words
    assert "You can book this from ISF with Harbour Brokerage (£1,000.00 left" in words
    activity = await db.fetch_value("SELECT activity_id FROM activity_session")
    page = (await client.get(f"/activities/{activity}")).text
    assert f'href="/people/{world.emma}/book/{session}"' in page


@pytest.mark.row("D3")
async def test_each_reason_why_a_way_is_refused_is_told(client: Client, world: World) -> None:
    only_direct = await world.activity(title="Only direct", routes=frozenset({Route.DIRECT_PAYMENT}))
    await world.session(only_direct)
    dear = await world.activity(title="Dear", price="1200")
    await world.session(dear)
    await sign_in(client, world.broker, world.emma)
    words = await words_of(client, f"/activities/{only_direct}")
    assert "because this activity does not take it" in words
    words = await words_of(client, f"/activities/{dear}")
    assert "because there is not enough money left: it is £200.00 short" in words
    await db.execute(
        "UPDATE commission SET ends_on = $1 WHERE provider_id = $2", clock.today(), world.pettypool
    )
    words = await words_of(client, f"/activities/{dear}")
    assert "because the council has not approved the provider for that date" in words


@pytest.mark.row("A3")
async def test_a_stranger_learns_nothing_of_a_chosen_persons_money(client: Client, world: World) -> None:
    await world.session()
    await sign_in(client, world.stranger, world.emma)
    words = await words_of(client, "/")
    assert "Emma" not in words
    assert "You can book this from" not in words


@pytest.mark.row("D3")
async def test_the_directory_and_the_booking_refuse_for_the_same_reasons(world: World) -> None:
    """The words on the page come from the rule that the booking obeys (`eligibility.why_not`)."""
    from marketplace.bookings.queries import booking_facts
    from marketplace.bookings.rules import check_bookable

    activity = await world.activity(world.in_house_manager, title="Day centre")
    session = await world.session(activity, manager=world.in_house_manager)
    facts = await booking_facts(world.broker, session, world.emma_isf)
    with pytest.raises(DomainError) as refused:
        check_bookable(facts, clock.now())
    chosen = await chosen_person(world.broker, world.emma, {world.vivo})
    assert chosen is not None
    offer = Offer(
        world.vivo, facts.routes_accepted, facts.owner_council_id, facts.service_on, facts.price_pence
    )
    assert refused.value.code in {way.code for way in ways_of(chosen, offer)}
    bookable = Offer(world.pettypool, [str(route) for route in Route], NOBODY, facts.service_on, 100)
    assert [way.allowed for way in ways_of(chosen, bookable)] == [
        False,
        False,
    ]  # nobody asked what Pettypool has
    chosen = await chosen_person(world.broker, world.emma, {world.pettypool})
    assert chosen is not None
    assert [way.allowed for way in ways_of(chosen, bookable)] == [True, False]


@pytest.mark.row("P3")
async def test_the_page_of_an_activity_says_everything_that_a_person_asks(
    client: Client, world: World
) -> None:
    activity = await world.activity()
    for week in range(10):
        await world.session(activity, day=clock.today() + timedelta(days=3 + 7 * week))
    words = await words_of(client, f"/activities/{activity}")
    assert words.count("8 places left") == 8
    for said in (
        *(
            "Grow vegetables and flowers",
            "£38.50",
            "The Hall",
            "Approved by Northshire Council for community activities",
        ),
        *(
            "Cancel more than 2 days before the start, and it costs nothing.",
            "you pay £19.25",
            "Sign in to book",
        ),
    ):
        assert said in words


@pytest.mark.row("A2")
async def test_easy_read_has_short_words_and_pictures(client: Client, world: World) -> None:
    activity = await world.activity()
    await world.session(activity)
    words = await words_of(client, f"/activities/{activity}", easy="on")
    for said in ("You grow plants with other people.", "It costs £38.50 each time.", "Pettypool runs it."):
        assert said in words
    assert "Emma is not a real person." in await words_of(client, "/ways-to-pay")


@pytest.mark.row("P3")
async def test_what_is_not_published_has_no_page(client: Client, world: World) -> None:
    activity = await world.activity()
    await db.execute("UPDATE activity SET state = 'archived' WHERE id = $1", activity)
    assert (await client.get(f"/activities/{activity}")).status_code == 404
    assert (await client.get("/providers/no-such-provider")).status_code == 404


@pytest.mark.row("D6")
async def test_the_three_ways_of_paying_stand_side_by_side_with_an_invented_example(
    client: Client, world: World
) -> None:
    words = await words_of(client, "/ways-to-pay")
    for said in ("Direct payment", "Individual Service Fund", "The council arranges it", "Before", "After"):
        assert said in words
    assert "This example is invented: Emma is not a real person." in words


@pytest.mark.row("D8")
async def test_looking_around_sets_only_the_cookies_that_the_page_names(client: Client, world: World) -> None:
    await world.session()
    words = await words_of(client, "/cookies")
    await client.get("/?q=garden&easy=on")
    await client.get("/ways-to-pay")
    assert client.cookies
    assert all(name in words for name in dict(client.cookies.items()))


@pytest.mark.row("D1")
async def test_a_provider_has_a_page_with_its_activities(client: Client, world: World) -> None:
    await world.session()
    words = await words_of(client, "/providers/pettypool")
    for said in (
        "Pettypool offers day support.",
        "Charity or voluntary organisation",
        "Garden group",
        "Northshire Council",
    ):
        assert said in words


@pytest.mark.row("D1")
async def test_more_results_cost_no_more_queries(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = 0
    original = db.fetch_all

    async def counting(sql: str, *args: object) -> list[db.Row]:
        nonlocal asked
        asked += 1
        return await original(sql, *args)

    monkeypatch.setattr(db, "fetch_all", counting)
    await world.session()
    await sign_in(client, world.broker, world.emma)
    asked = 0
    await client.get("/")
    one = asked
    for number in range(6):
        await world.session(await world.activity(title=f"Another {number}"))
    asked = 0
    await client.get("/")
    assert asked == one
    assert SearchQuery().page_size >= 7


@pytest.mark.row("X3")
async def test_programs_search_the_same_directory(client: Client, world: World) -> None:
    session = await world.session()
    answer = await client.get(
        "/api/v1/sessions",
        params={"q": "garden", "postcode": "CW8 2EA", "max_price_pence": 4000, "page_size": 5},
    )
    assert answer.status_code == 200
    body = answer.json()
    assert (body["page"], body["page_size"], body["total"]) == (1, 5, 1)
    [item] = body["items"]
    assert item["id"] == str(session)
    assert (item["price_pence"], item["places_left"]) == (3850, 8)
    assert item["distance_metres"] is not None
    assert (await client.get("/api/v1/sessions", params={"free": "true"})).json()["total"] == 0
    assert (await client.get("/api/v1/sessions", params={"from": "2099-01-01"})).json()["items"] == []


@pytest.mark.row("X3")
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"page_size": "101"}, "page_size"),
        ({"page": "0"}, "page"),
        ({"from": "yesterday"}, "from"),
        ({"category": "juggling"}, "category"),
        ({"postcode": "nowhere"}, "postcode"),
        ({"provider_id": "1"}, "provider_id"),
        ({"from": "2027-02-01", "to": "2027-01-01"}, "to"),
    ],
)
async def test_what_a_program_gets_wrong_is_a_422_that_names_the_field(
    client: Client, world: World, params: dict[str, str], field: str
) -> None:
    answer = await client.get("/api/v1/sessions", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "invalid"
    assert field in body["fields"]
