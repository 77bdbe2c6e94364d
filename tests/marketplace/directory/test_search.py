"""What the search finds, against the real database."""

from datetime import date, time, timedelta
from uuid import UUID

import pytest

from marketplace.directory import queries
from marketplace.directory.queries import search
from marketplace.directory.rules import Places, SearchQuery, Sort, Spot, TimeOfDay
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import AccessFeature, Category, Outcome, SupportRatio
from tests.providers.agreed import set_agreed_rate
from tests.world import World

SANDIWAY = Spot("Sandiway", 360_400, 371_500)
FAR_AWAY = Spot("Plymouth", 247_000, 54_000)


async def titles(**asked: object) -> list[str]:
    """The titles that a search finds, in its order."""
    return [group.title for group in (await search(SearchQuery(**asked))).groups]  # type: ignore[arg-type]


async def next_weekday(number: int) -> date:
    """The next day of the week with a number (Monday is 0), in two days or later."""
    first = clock.today() + timedelta(days=2)
    return first + timedelta(days=(number - first.weekday()) % 7)


@pytest.mark.row("D1")
@pytest.mark.parametrize(
    "words",
    [
        "garden",
        "GARDENING",
        "gard",
        "vegetable",
        "flowers others",
        "pettypool",
        "sandiway",
        "hall",
        '"grow vegetables"',
    ],
)
async def test_words_are_found_in_title_summary_kind_provider_venue_and_town(
    world: World, words: str
) -> None:
    await world.session()
    await world.session(
        await world.activity(
            world.other_manager, title="Choir", category=Category.MUSIC, summary="Sing songs you know."
        ),
        manager=world.other_manager,
    )
    found = await titles(words=words)
    assert "Garden group" in found
    assert "Choir" not in found or words in ("sandiway", "hall")


@pytest.mark.row("D1")
async def test_every_word_must_fit_and_a_minus_leaves_out(world: World) -> None:
    await world.session()
    assert await titles(words="garden swimming") == []
    assert await titles(words="garden -vegetables") == []
    assert await titles(words="swimming or garden") == ["Garden group"]


@pytest.mark.row("D1")
async def test_a_place_finds_what_is_near_and_says_how_far(world: World) -> None:
    await world.session()
    page = await search(SearchQuery(spot=Spot("a mile east", 362_009, 371_500), within_miles=3))
    assert [round(group.metres or 0) for group in page.groups] == [1_609]
    assert await titles(spot=FAR_AWAY, within_miles=50) == []
    assert await titles(spot=FAR_AWAY, within_miles=None) == ["Garden group"]


@pytest.mark.row("D1")
async def test_a_town_with_venues_is_a_place_and_so_is_a_postcode(world: World) -> None:
    await world.activity()
    town = await queries.find_spot(" sandiway ")
    assert town == SANDIWAY
    assert await queries.find_spot("CH1 2HJ") is not None
    assert await queries.find_spot("Nowhere-on-Sea") is None
    assert await queries.known_towns() == ["Sandiway"]


@pytest.mark.row("D1")
async def test_days_times_and_weekdays_are_londons(world: World) -> None:
    tuesday = await next_weekday(1)
    activity = await world.activity()
    await world.session(activity, day=tuesday, at=time(9))
    await world.session(activity, day=tuesday + timedelta(days=1), at=time(18, 30))

    async def dates(**asked: object) -> list[tuple[date, int]]:
        page = await search(SearchQuery(**asked))  # type: ignore[arg-type]
        found = [session for group in page.groups for session in group.sessions]
        return [(one.service_on, one.starts_at.astimezone(clock.LONDON).hour) for one in found]

    assert await dates(weekdays=frozenset({1})) == [(tuesday, 9)]
    assert await dates(first_day=tuesday, last_day=tuesday) == [(tuesday, 9)]
    assert await dates(first_day=tuesday + timedelta(days=1)) == [(tuesday + timedelta(days=1), 18)]
    assert await dates(time_of_day=TimeOfDay.MORNING) == [(tuesday, 9)]
    assert await dates(time_of_day=TimeOfDay.EVENING) == [(tuesday + timedelta(days=1), 18)]
    assert await dates(time_of_day=TimeOfDay.AFTERNOON) == []


@pytest.mark.row("D1")
async def test_a_time_of_day_means_the_same_in_summer(world: World) -> None:
    summer = date(clock.today().year + 1, 7, 1)
    await world.session(day=summer, at=time(12, 30))  # 11:30 UTC
    assert await titles(time_of_day=TimeOfDay.AFTERNOON) == ["Garden group"]
    assert await titles(time_of_day=TimeOfDay.MORNING) == []


@pytest.mark.row("D1")
async def test_the_price_is_the_one_on_the_date(world: World) -> None:
    activity = await world.activity(price="10.00")
    soon, later = clock.today() + timedelta(days=3), clock.today() + timedelta(days=40)
    await world.session(activity, day=soon)
    await world.session(activity, day=later)
    await set_agreed_rate(world.manager, activity, later, Money(2_500))
    [group] = (await search(SearchQuery())).groups
    assert [session.price_pence for session in group.sessions] == [1_000, 2_500]
    [cheap] = (await search(SearchQuery(most_pence=1_000))).groups
    assert [session.service_on for session in cheap.sessions] == [soon]
    assert await titles(most_pence=999) == []


@pytest.mark.row("D5")
async def test_what_is_free_is_found_with_and_without_dates(world: World) -> None:
    await world.session(await world.activity(title="Film night", price="0"))
    await world.activity(title="Walk and talk", price="0")
    await world.session(await world.activity(title="Choir", price="12"))
    assert await titles(most_pence=0) == ["Film night", "Walk and talk"]


@pytest.mark.row("D1")
async def test_every_access_feature_asked_for_must_be_there(world: World) -> None:
    activity = await world.activity()
    await world.session(activity)
    await db.execute("UPDATE activity SET access_features = '{makaton}' WHERE id = $1", activity)
    await db.execute(
        "UPDATE venue SET access_features = '{step_free,hoist}'"
        " WHERE id = (SELECT venue_id FROM activity WHERE id = $1)",
        activity,
    )
    assert await titles(access=frozenset({AccessFeature.HOIST, AccessFeature.MAKATON})) == ["Garden group"]
    assert await titles(access=frozenset({AccessFeature.HOIST, AccessFeature.BSL})) == []
    assert await titles(words="hoist") == ["Garden group"]


@pytest.mark.row("D1")
async def test_kind_outcome_support_provider_and_way_to_pay_narrow_the_list(world: World) -> None:
    garden = await world.activity(routes=frozenset({Route.DIRECT_PAYMENT}))
    await db.execute(
        "UPDATE activity SET support_ratio = '1:1', outcomes = '{community}' WHERE id = $1", garden
    )
    await world.activity(world.other_manager, title="Choir", category=Category.MUSIC)
    assert await titles(category=Category.MUSIC) == ["Choir"]
    assert await titles(outcome=Outcome.COMMUNITY) == ["Garden group"]
    assert await titles(support_ratio=SupportRatio.ONE_TO_ONE) == ["Garden group"]
    assert await titles(provider_id=world.first_enable) == ["Choir"]
    assert await titles(route=Route.ISF) == ["Choir"]
    assert await titles(route=Route.DIRECT_PAYMENT) == ["Choir", "Garden group"]


@pytest.mark.row("D1")
async def test_activities_without_dates_come_last_and_not_when_a_date_is_asked_for(world: World) -> None:
    await world.activity(title="An open door")
    await world.session(await world.activity(title="Choir"), day=clock.today() + timedelta(days=30))
    page = await search(SearchQuery())
    assert [(group.title, group.dates) for group in page.groups] == [("Choir", 1), ("An open door", 0)]
    assert (page.total, page.total_dates) == (2, 1)
    assert await titles(first_day=clock.today()) == ["Choir"]


@pytest.mark.row("D1")
async def test_the_order_can_be_soonest_nearest_or_lowest_price(world: World) -> None:
    soon = clock.today() + timedelta(days=2)
    far = await world.activity(title="Far and soon", price="20")
    await db.execute(
        "UPDATE venue SET easting = 400000, northing = 400000 WHERE id = (SELECT venue_id FROM activity WHERE id = $1)",
        far,
    )
    await world.session(far, day=soon)
    await world.session(await world.activity(title="Near and dear", price="50"), day=soon + timedelta(days=1))
    await world.session(await world.activity(title="Cheap and late", price="5"), day=soon + timedelta(days=9))
    assert await titles() == ["Far and soon", "Near and dear", "Cheap and late"]
    assert await titles(sort=Sort.LOWEST_PRICE) == ["Cheap and late", "Far and soon", "Near and dear"]
    near = await titles(sort=Sort.NEAREST, spot=SANDIWAY)
    assert near == ["Near and dear", "Cheap and late", "Far and soon"]


@pytest.mark.row("D1")
async def test_pages_follow_each_other_without_gap_or_double(world: World) -> None:
    for number in range(7):
        await world.activity(title=f"Activity {number}")
    seen: list[str] = []
    for page in (1, 2, 3):
        found = await search(SearchQuery(page=page, page_size=3))
        assert found.total == 7
        seen += [group.title for group in found.groups]
    assert seen == [f"Activity {number}" for number in range(7)]
    beyond = await search(SearchQuery(page=9, page_size=3))
    assert (beyond.groups, beyond.total) == ([], 7)


@pytest.mark.row("D1")
async def test_an_activity_shows_its_next_dates_and_how_many_more_match(world: World) -> None:
    activity = await world.activity()
    for week in range(5):
        await world.session(activity, day=clock.today() + timedelta(days=3 + 7 * week))
    [group] = (await search(SearchQuery())).groups
    assert len(group.sessions) == 3
    assert group.dates == 5
    assert group.sessions == sorted(group.sessions, key=lambda session: session.starts_at)


@pytest.mark.row("D1")
async def test_kinds_are_counted_over_all_pages(world: World) -> None:
    await world.activity(title="Choir", category=Category.MUSIC)
    await world.activity(title="Drums", category=Category.MUSIC)
    await world.activity()
    assert (await search(SearchQuery(page_size=1))).kinds == {"music": 2, "gardening": 1}


@pytest.mark.row("D1")
async def test_places_left_are_those_of_this_moment(world: World) -> None:
    session = await world.session(capacity=2)
    await db.execute("UPDATE activity_session SET places_taken = 1 WHERE id = $1", session)
    [group] = (await search(SearchQuery())).groups
    assert group.sessions[0].places_left == 1
    await db.execute("UPDATE activity_session SET places_taken = 2 WHERE id = $1", session)
    assert await titles(places=Places.LEFT) == []
    assert await titles() == ["Garden group"]
    await db.execute(
        "UPDATE activity_session SET places_taken = 1, places_offered = 1 WHERE id = $1", session
    )
    assert await titles(places=Places.LEFT) == []
    [group] = (await search(SearchQuery())).groups
    assert group.sessions[0].places_left == 0


@pytest.mark.row("D1")
async def test_a_misspelt_word_is_put_right_from_the_words_of_the_listings(world: World) -> None:
    await world.activity()
    suggested = await queries.did_you_mean(SearchQuery(words="pettipool gardning"))
    assert suggested is not None
    assert suggested.words == "pettypool gardening"
    assert await queries.did_you_mean(SearchQuery(words="garden")) is None
    assert await queries.did_you_mean(SearchQuery(words="xyzzyplugh")) is None


@pytest.mark.row("X3")
async def test_programs_get_dated_sessions_one_by_one(world: World) -> None:
    activity = await world.activity()
    for week in range(3):
        await world.session(activity, day=clock.today() + timedelta(days=3 + 7 * week))
    rows, total = await queries.sessions(SearchQuery(words="garden", page=2, page_size=2))
    assert total == 3
    assert [row["activity_id"] for row in rows] == [activity]
    nothing, none = await queries.sessions(SearchQuery(words="swimming"))
    assert (nothing, none) == ([], 0)


async def test_an_id_is_never_read_as_words(world: World) -> None:
    """Odd input is input: no words, only signs, very long words, a nul."""
    await world.session()
    for words in ("'", "&|!()<->:*", "-", '"', "ü", "a" * 200, "x\u0301", str(UUID(int=0))):
        await titles(words=words)
