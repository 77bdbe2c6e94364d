"""The API about records, authorities and care: the same commands as the pages, in a program's words (row X3)."""

from typing import Any

import httpx
import pytest

from marketplace.bookings.commands import book, cancel_booking
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.rules import Reason
from marketplace.kernel import clock, db
from tests.world import World


async def bearer(world: World, name: str = "care_manager") -> dict[str, str]:
    return {"Authorization": f"Bearer {await world.token(world.personas()[name])}"}


@pytest.mark.row("F1")
@pytest.mark.row("X3")
async def test_a_record_is_read_and_changed_by_its_version(world: World, client: httpx.AsyncClient) -> None:
    headers, path = await bearer(world), f"/api/v1/people/{world.dan}"
    read = (await client.get(path, headers=headers)).json()
    assert (read["name"], read["version"], sorted(read["scopes"])) == (
        "Dan Example",
        1,
        ["book", "plan", "see"],
    )
    body = {
        "version": 1,
        "name": "Daniel Example",
        "postcode": "ch1 2hj",
        "user_id": str(world.dan_user.user_id),
    }
    assert (await client.put(path, headers=headers, json=body)).json() == {"version": 2}
    late = await client.put(path, headers=headers, json=body | {"name": "Another"})
    assert (late.status_code, late.json()["code"]) == (409, "edited_meanwhile")
    assert (late.json()["newer"]["name"], late.json()["newer"]["postcode"]) == ("Daniel Example", "CH1 2HJ")
    wrong = await client.put(path, headers=headers, json=body | {"surprise": 1})
    assert wrong.status_code == 422
    for name, status in (("broker", 403), ("other_care_manager", 404)):
        answer = await client.put(path, headers=await bearer(world, name), json=body | {"version": 2})
        assert answer.status_code == status


@pytest.mark.row("F4")
@pytest.mark.row("X3")
async def test_an_authority_is_given_and_ended(world: World, client: httpx.AsyncClient) -> None:
    headers, path = await bearer(world), f"/api/v1/people/{world.dan}/authorities"
    body: dict[str, Any] = {
        "kind": "authorised_person", "scopes": ["book"], "user_id": str(world.sister.user_id),
        "starts_on": clock.today().isoformat(),
    }  # fmt: skip
    refused = await client.post(path, headers=headers, json=body)
    assert (refused.status_code, "capacity_decided_by" in refused.json()["fields"]) == (422, True)
    body |= {"capacity_decided_by": "Dr Green", "capacity_decided_on": clock.today().isoformat()}
    made = await client.post(path, headers=headers, json=body)
    assert made.status_code == 201
    found = (await client.get(path, headers=await bearer(world, "sister"))).json()
    (line,) = [each for each in found if each["id"] == made.json()["id"]]
    assert (line["kind"], line["scopes"], line["capacity_decided_by"]) == (
        "authorised_person",
        ["book", "see"],
        "Dr Green",
    )
    end = f"{path}/{line['id']}/end"
    elsewhere = f"/api/v1/people/{world.emma}/authorities/{line['id']}/end"
    ends = {"ends_on": clock.today().isoformat(), "because": "Dan asked"}
    assert (await client.post(elsewhere, headers=headers, json=ends)).status_code == 404
    assert (await client.post(end, headers=headers, json=ends)).status_code == 200
    assert (await client.post(end, headers=headers, json=ends)).status_code == 409
    assert (await client.get(path, headers=await bearer(world, "sister"))).status_code == 404


@pytest.mark.row("F1")
@pytest.mark.row("X3")
async def test_needs_outcomes_circle_and_communication(world: World, client: httpx.AsyncClient) -> None:
    headers, path = await bearer(world), f"/api/v1/people/{world.emma}"
    today = clock.today().isoformat()
    assessment = (
        await client.post(
            f"{path}/assessments", headers=headers, json={"assessed_on": today, "assessor": "Carol Manager"}
        )
    ).json()["id"]
    need = await client.post(
        f"{path}/needs", headers=headers,
        json={"assessment_id": assessment, "area": "work_learning", "title": "Help to find a job", "eligible": True},
    )  # fmt: skip
    assert need.status_code == 201
    outcome = {"words": "I want a job with animals", "need_id": need.json()["id"]}
    assert (await client.post(f"{path}/outcomes", headers=headers, json=outcome)).status_code == 201
    told = (await client.get(f"{path}/needs", headers=await bearer(world, "broker"))).json()
    assert [each["title"] for each in told["needs"]] == ["Help to find a job"]
    assert [each["words"] for each in told["outcomes"]] == ["I want a job with animals"]
    assert [each["needs"] for each in told["assessments"]] == [1]
    member = {"name": "Nan", "relationship": "Grandmother", "may_be_told": True}
    assert (await client.post(f"{path}/circle", headers=headers, json=member)).status_code == 201
    circle = (await client.get(f"{path}/circle", headers=await bearer(world, "emma_user"))).json()
    assert [(each["name"], each["may_be_told"]) for each in circle["items"]] == [("Nan", True)]
    spoken = (await client.get(f"{path}/communication", headers=headers)).json()
    assert [each["words"] for each in spoken] == ["Easy Read, one idea at a time"]
    for end in ("", "/needs", "/circle", "/communication", "/authorities", f"/authorities/on?day={today}"):
        answer = await client.get(f"{path}{end}", headers=await bearer(world, "stranger"))
        assert answer.status_code == 404, end


@pytest.mark.row("F1")
async def test_a_letter_to_a_provider_says_how_to_communicate_where_the_person_agreed(world: World) -> None:
    made = await book(world.broker, await world.session(), world.emma_isf)
    await tell_what_happened()
    await cancel_booking(world.broker, made.id, because=Reason.OTHER)
    await tell_what_happened()
    bodies = [
        row["body"] for row in await db.fetch_all("SELECT body FROM outbox_message WHERE subject ~ 'BK-'")
    ]
    assert len(bodies) == 2
    for body in bodies:
        assert "How to communicate with Emma: Easy Read, one idea at a time." in body
    await db.execute("UPDATE communication_need SET shared = false")
    await book(world.broker, await world.session(), world.emma_isf)
    await tell_what_happened()
    assert await db.fetch_value("SELECT count(*) FROM outbox_message WHERE body ~ 'How to communicate'") == 2
