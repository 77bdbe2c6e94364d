"""The pages on which a provider describes an activity, asked over HTTP as a browser without JavaScript does."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from marketplace.kernel import clock, db
from providers.commands import change_activity
from tests.asking import day, errors, plain, send, sign_in, words_of
from tests.world import World

Client = httpx.AsyncClient


STEPS: dict[str, dict[str, Any]] = {
    "words": {
        "title": "Cook together", "category": "cooking", "summary": "Cook and eat lunch.",
        "easy_read": "You cook.\nYou eat together.", "website": "",
    },
    "place": {"venue_id": "", "capacity": "6", "support_ratio": "1:3"},
    "suits": {"suits": ["autism", "young_adults"], "suits_note": "The kitchen is loud."},
    "outcomes": {"outcomes": ["eating_well", "community"], "support_needs": ["eating_and_drinking"]},
    "access": {"access_features": ["quiet_space"]},
    "cancelling": {"notice_hours": "48", "charge_percent": "50", "refill_waives_charge": "yes"},
    "paying": {"routes_accepted": ["direct_payment", "isf"]},
}  # fmt: skip
PRICE: dict[str, Any] = {
    "ratio": "1:3", "unit": "session", "price": "12.50", "minimum": "", "split": "each", "vat_status": "standard",
    "vat_rate": "20",
}  # fmt: skip


@pytest.mark.row("P3")
@pytest.mark.row("P4")
async def test_a_manager_adds_an_activity_with_dates_and_publishes_it(client: Client, world: World) -> None:
    await sign_in(client, world.manager)
    venue = await send(
        client,
        "/provider/venues/new",
        name="Kitchen",
        town="Chester",
        postcode="CH1 2HJ",
        access_features="step_free",
    )
    assert venue.status_code == 303
    made = await send(client, "/provider/activities/new", title="Cook", category="cooking")
    assert made.status_code == 303, errors(made)
    here = made.headers["location"]
    bare = await words_of(client, here)
    for lacking in ("Say in two or three sentences", "Enter how many places", "Set a price"):
        assert lacking in bare
    place = str(await db.fetch_value("SELECT venue_id FROM activity"))
    for step, fields in STEPS.items():
        place_of_it = {"venue_id": place} if step == "place" else {}
        kept = await send(client, f"{here}/steps/{step}", **{**fields, **place_of_it})
        assert kept.status_code == 303, (step, errors(kept))
    priced = await send(client, f"{here}/price", **PRICE, **day("starts_on", clock.today()))
    assert priced.status_code == 303, errors(priced)
    page = await words_of(client, here)
    assert "Only you see it now" in page
    assert "you pay £6.25" in page
    assert "£12.50 a session for one worker with three people." in page

    today = clock.today()
    timetable: dict[str, Any] = {
        "weekdays": ["TU", "TH"], "interval_weeks": "1", "start_time": "10.30", "hours": "2", "extra_minutes": "30",
        **day("starts_on", today), **day("ends_on", today + timedelta(days=27)), "except_on": "", "bank_holidays": "on",
        "capacity": "6",
    }  # fmt: skip
    shown = await send(client, f"{here}/timetable", do="show", **timetable)
    assert "This makes 8 dates" in shown.text
    assert "10:30 to 13:00" in shown.text
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 0
    added = await send(client, f"{here}/timetable", do="add", **timetable)
    assert added.headers["location"] == f"{here}/dates"
    assert "8 dates added." in (await client.get(f"{here}/dates")).text

    preview = (await client.get(f"{here}/preview")).text
    assert "You eat together." in preview
    published = await send(client, here, f"{here}/publish")
    assert published.status_code == 303
    assert await db.fetch_value("SELECT state FROM activity") == "published"


@pytest.mark.row("P3")
async def test_the_public_page_says_who_it_suits_and_every_price_in_words(
    client: Client, world: World
) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity_id}"
    await send(client, f"{here}/steps/suits", **STEPS["suits"])
    await send(client, f"{here}/steps/outcomes", **STEPS["outcomes"])
    await send(
        client, f"{here}/price", **day("starts_on", clock.today()), ratio="1:1", unit="hour", price="14",
        minimum="28", split="each", vat_status="exempt_welfare", vat_rate="",
    )  # fmt: skip
    await send(
        client, f"{here}/price", **day("starts_on", clock.today()), ratio="1:3", unit="session", price="70",
        minimum="", split="shared", vat_status="exempt_welfare", vat_rate="",
    )  # fmt: skip
    await send(
        client,
        f"{here}/transport",
        **day("starts_on", clock.today()),
        offered="yes",
        price="6",
        vat_status="zero",
    )
    client.cookies.clear()
    public = await words_of(client, f"/activities/{activity_id}")
    for words in (
        "£38.50 a session in a group.",
        "£14.00 an hour for one to one, at least £28.00.",
        "£70.00 a session for one worker with three people, shared: at most £23.34 each.",
        "Autistic people Young adults The kitchen is loud.",
        "Help with eating and drinking",
        "on top: £6.00 a session.",
    ):
        assert words in public, words


@pytest.mark.row("P3")
async def test_a_preview_shows_what_is_typed_and_keeps_nothing(client: Client, world: World) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    path = f"/provider/activities/{activity_id}/steps/words"
    seen = await send(
        client,
        path,
        do="show",
        title="Garden <b>club</b>",
        category="gardening",
        summary="Dig.",
        easy_read="You dig.",
    )
    assert seen.status_code == 200
    words = plain(seen.text)
    assert "Nothing is kept yet" in words
    assert words.count("You dig.") == 2, "in the field and beside a picture"
    assert "Garden &lt;b&gt;club&lt;/b&gt;" in seen.text
    assert await db.fetch_value("SELECT summary FROM activity") == "Grow vegetables and flowers with others."
    terms = await send(
        client, f"/provider/activities/{activity_id}/steps/cancelling", do="show", notice_hours="72",
        charge_percent="100", refill_waives_charge="no",
    )  # fmt: skip
    assert "less than 3 days before it starts: you pay £38.50" in plain(terms.text)
    assert await db.fetch_value("SELECT notice_hours FROM activity") == 48


@pytest.mark.row("P3")
async def test_one_step_leaves_what_another_said(client: Client, world: World) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity_id}/steps"
    await send(client, f"{here}/access", access_features=["quiet_space"])
    await send(client, f"{here}/suits", **STEPS["suits"])
    row = await db.fetch_one("SELECT * FROM activity")
    assert row is not None
    assert row["access_features"] == ["quiet_space"]
    assert row["suits"] == ["autism", "young_adults"]
    assert row["summary"] == "Grow vegetables and flowers with others."


@pytest.mark.row("P3")
async def test_two_who_change_one_step_at_once_see_both_and_nobody_loses_words(
    client: Client, world: World
) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity_id}/steps"
    typed = {
        "title": "Garden club",
        "category": "cooking",
        "summary": "Mine.",
        "easy_read": "",
        "website": "",
    }
    opened = re.search(r'name="version" value="([^"]+)"', (await client.get(f"{here}/words")).text)
    assert opened is not None
    await change_activity(world.manager, activity_id, {"summary": "Theirs."})
    late = await send(client, f"{here}/words", **typed, version=opened[1])
    assert late.status_code == 409
    words = plain(late.text)
    assert "Somebody else changed this while you were typing. Nothing you typed is lost" in words
    assert "Plain words Theirs. Mine." in words
    assert "What it is about Gardening Cooking" in words
    assert await db.fetch_value("SELECT summary FROM activity") == "Theirs."
    newer = re.search(r'name="version" value="([^"]+)"', late.text)
    assert newer is not None
    again = await send(client, f"{here}/words", **typed, version=newer[1])
    assert again.status_code == 303
    assert await db.fetch_value("SELECT summary FROM activity") == "Mine."
    # Another step of the same activity is not in the way, whoever was there meanwhile.
    access = re.search(r'name="version" value="([^"]+)"', (await client.get(f"{here}/access")).text)
    assert access is not None
    await change_activity(world.manager, activity_id, {"summary": "Theirs again."})
    other = await send(client, f"{here}/access", access_features=["quiet_space"], version=access[1])
    assert other.status_code == 303
    paying = await send(client, f"{here}/paying", routes_accepted=["isf"], version="older")
    assert paying.status_code == 409
    assert "Ways of paying" in plain(paying.text)


@pytest.mark.row("P3")
async def test_a_published_activity_stays_complete(client: Client, world: World) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    answer = await send(
        client,
        f"/provider/activities/{activity_id}/steps/place",
        venue_id="",
        capacity="",
        support_ratio="group",
    )
    assert answer.status_code == 422
    assert errors(answer) == ["Enter how many places there are"]


@pytest.mark.row("P3")
async def test_what_was_typed_stays_and_errors_come_in_the_order_of_the_page(
    client: Client, world: World
) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity_id}"
    answer = await send(
        client,
        f"{here}/steps/words",
        title="",
        category="",
        summary="Kept <b>as typed</b>",
        website="nowhere",
    )
    assert answer.status_code == 422
    assert errors(answer) == ["Enter a title, like Garden group", "Choose what it is about"]
    assert "Kept &lt;b&gt;as typed&lt;/b&gt;" in answer.text
    wrong = await send(
        client, f"{here}/price", **{**PRICE, "unit": "", "price": "a lot", "vat_rate": "a fifth"}
    )
    assert wrong.status_code == 422
    assert errors(wrong) == [
        "Choose whether the price is for a session or an hour",
        "Enter the price in pounds, like 38.50, or 0 when it is free",
        "Enter the rate of VAT in per cent, like 20",
        "Enter the first day of the price, like 24 11 2026",
    ]
    assert re.search(r'value="a lot"', wrong.text)
    assert re.search(r'value="1:3" checked', wrong.text)


@pytest.mark.row("P3")
async def test_a_price_from_a_later_day_leaves_todays_alone(client: Client, world: World) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    path = f"/provider/activities/{activity_id}/price"
    kept = await send(
        client, path, **day("starts_on", clock.today() + timedelta(days=40)), price="31", ratio="group", unit="session",
        split="each", vat_status="exempt_welfare", vat_rate="20",
    )  # fmt: skip
    assert kept.status_code == 303
    page = await words_of(client, path)
    assert re.search(r"Group \(usual\) £38\.50 a session .*? From \d+ \w+ \d+ : £31\.00", page)


@pytest.mark.row("P3")
async def test_another_providers_pages_are_not_there(client: Client, world: World) -> None:
    activity_id = await world.activity()
    session_id = await world.session(activity_id)
    await sign_in(client, world.other_manager)
    here = f"/provider/activities/{activity_id}"
    for path in (
        "",
        "/steps/words",
        "/transport",
        "/price",
        "/preview",
        "/dates",
        "/timetable",
        "/dates/new",
    ):
        assert (await client.get(here + path)).status_code == 404, path
    posts = (
        "/steps/place",
        "/transport",
        "/price",
        "/timetable",
        "/dates/new",
        "/publish",
        "/archive",
        f"/dates/{session_id}/cancel",
    )
    for path in posts:
        answer = await send(client, "/provider/organisation/edit", here + path)
        assert answer.status_code == 404, path
    await sign_in(client, world.staff)
    assert (await client.get(here)).status_code == 403


@pytest.mark.row("P3")
async def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, world.manager)
    asked: list[str] = []
    for name in ("fetch_all", "fetch_one", "fetch_value"):
        real = getattr(db, name)

        async def counted(sql: str, *args: object, _real: Any = real) -> Any:
            asked.append(sql)
            return await _real(sql, *args)

        monkeypatch.setattr(db, name, counted)
    counts = []
    for _ in range(2):
        activity_id = await world.activity()
        await world.session(activity_id)
        asked.clear()
        assert (await client.get("/provider/activities")).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
