"""The pages and the API of timetables beyond the weekly ones, and of terms."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from marketplace.kernel import clock, db
from tests.asking import day, errors, follow, plain, send, sign_in
from tests.world import World

pytestmark = pytest.mark.row("P4")
Client = httpx.AsyncClient


def form(**changes: Any) -> dict[str, Any]:
    return {
        "repeats": "weekly", "weekdays": "TU", "interval_weeks": "1", "every_days": "2", "every_months": "1",
        "start_time": "10:00", "hours": "2", "extra_minutes": "0", **day("starts_on", clock.today()), "except_on": "",
        "also_on": "", "bank_holidays": "off", "in_terms": "always", "terms_of": "", "venue_id": "", "capacity": "6",
        **changes,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "rule", "words"),
    [
        ({"repeats": "month_weekdays", "places": "1", "month_weekdays": "TU"}, "FREQ=MONTHLY;BYDAY=1TU",
         "The first Tuesday of every month"),
        ({"repeats": "month_days", "days_of_month": "1, last", "every_months": "2"},
         "FREQ=MONTHLY;INTERVAL=2;BYMONTHDAY=1,-1", "The 1st and last day of every 2 months"),
        ({"repeats": "daily", "every_days": "3"}, "FREQ=DAILY;INTERVAL=3", "Every 3 days"),
        ({"repeats": "rule", "rule": "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;UNTIL=20991231"},
         "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=FR", "Every 2 weeks on Friday"),
    ],
)  # fmt: skip
async def test_a_manager_chooses_how_it_repeats_without_an_end(
    client: Client, world: World, changes: dict[str, Any], rule: str, words: str
) -> None:
    activity = await world.activity()
    await sign_in(client, world.manager)
    path = f"/provider/activities/{activity}/timetable"
    shown = plain((await send(client, path, do="show", **form(**changes))).text)
    assert f"{words}. Nothing is added yet." in shown
    assert "Later ones are added day by day, 26 weeks ahead." in shown
    told = await follow(client, await send(client, path, do="add", **form(**changes)))
    assert words in told
    assert await db.fetch_value("SELECT rule FROM timetable") == rule


async def test_a_rule_that_cannot_be_kept_says_so_at_its_field(client: Client, world: World) -> None:
    activity = await world.activity()
    await sign_in(client, world.manager)
    path = f"/provider/activities/{activity}/timetable"
    answer = await send(client, path, do="show", **form(repeats="rule", rule="FREQ=HOURLY"))
    assert answer.status_code == 422
    assert "activities repeat by the day, week or month" in plain(answer.text)
    answer = await send(client, path, do="show", **form(in_terms="term_time"))
    assert "There is no date in the terms that are known" in plain(answer.text)


async def test_a_provider_enters_its_terms_and_a_timetable_follows_them(client: Client, world: World) -> None:
    activity = await world.activity()
    await sign_in(client, world.manager)
    today = clock.today()
    first = today + timedelta(days=7)
    added = await send(
        client,
        "/provider/terms",
        name="Spring",
        **day("starts_on", first),
        **day("ends_on", first + timedelta(days=41)),
    )
    assert "The term is added." in await follow(client, added)
    path = f"/provider/activities/{activity}/timetable"
    made = await send(client, path, do="add", **form(in_terms="term_time", bank_holidays="on"))
    assert "Term time only" in await follow(client, made)
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 6
    again = await send(
        client,
        "/provider/terms",
        name="Again",
        **day("starts_on", first),
        **day("ends_on", first + timedelta(days=3)),
    )
    assert again.status_code == 409
    assert "another one has some of its days" in plain(again.text)
    term = await db.fetch_value("SELECT id FROM term")
    gone = await send(client, "/provider/terms", f"/provider/terms/{term}/remove")
    assert "6 dates taken away." in await follow(client, gone)


async def test_a_council_enters_terms_for_every_provider(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    added = await send(
        client,
        "/council/terms",
        name="Spring",
        **day("starts_on", date(2027, 1, 4)),
        **day("ends_on", date(2027, 2, 12)),
    )
    assert "Spring" in await follow(client, added)
    await sign_in(client, world.manager)
    shown = await client.get(f"/provider/activities/{await world.activity()}/timetable")
    assert "Terms of Northshire Council" in shown.text


async def test_a_program_makes_a_timetable_by_its_rule_and_keeps_terms(client: Client, world: World) -> None:
    activity = await world.activity()
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    body = {
        "start_time": "10:00",
        "minutes": 60,
        "starts_on": str(clock.today()),
        "rule": "FREQ=MONTHLY;BYDAY=-1FR",
    }
    path = f"/api/v1/activities/{activity}/timetables"
    made = await client.post(path, json=body, headers=headers)
    assert made.status_code == 201, made.text
    assert made.json()["rule"] == "FREQ=MONTHLY;BYDAY=-1FR"
    refused = await client.post(path, json={**body, "rule": "FREQ=SECONDLY"}, headers=headers)
    assert refused.status_code == 422
    term = {"name": "Spring", "starts_on": "2027-01-04", "ends_on": "2027-02-12"}
    added = await client.post("/api/v1/terms", json=term, headers=headers)
    assert added.status_code == 201
    assert [each["name"] for each in (await client.get("/api/v1/terms", headers=headers)).json()] == [
        "Spring"
    ]
    assert (await client.delete(f"/api/v1/terms/{added.json()['id']}", headers=headers)).status_code == 204


async def test_wrong_dates_are_named_with_the_line_that_is_wrong(client: Client, world: World) -> None:
    activity_id = await world.activity()
    await sign_in(client, world.manager)
    today = clock.today()
    answer = await send(
        client, f"/provider/activities/{activity_id}/timetable", do="add", weekdays="MO", interval_weeks="1",
        start_time="10:00", hours="2", extra_minutes="0", **day("starts_on", today - timedelta(days=1)),
        **day("ends_on", today + timedelta(days=30)), except_on="29 12 2026\nnext Christmas", bank_holidays="off",
        capacity="6",
    )  # fmt: skip
    assert answer.status_code == 422
    assert errors(answer) == [
        "Enter today or a later day",
        "Enter each date on its own line, like 29 12 2026: “next Christmas” is not one",
    ]
    assert "next Christmas" in answer.text


async def test_a_booked_date_says_why_it_stays(client: Client, world: World) -> None:
    activity_id = await world.activity()
    session_id = await world.session(activity_id)
    await db.execute("UPDATE activity_session SET places_taken = 1 WHERE id = $1", session_id)
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity_id}"
    answer = await send(client, f"{here}/dates/new", f"{here}/dates/{session_id}/cancel")
    assert answer.status_code == 409
    assert errors(answer)[0].startswith("You cannot take this date away, because people are booked on it.")
