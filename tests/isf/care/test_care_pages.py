"""The pages about a person's care, asked over HTTP as a browser does."""

import re
from typing import Any

import httpx
import pytest

from isf import queries
from isf.care.circle.commands import CircleDraft, change_in_circle
from isf.care.circle.queries import circle_of
from isf.care.communication.queries import communication_of
from isf.care.needs.queries import needs_of, outcomes_of
from isf.commands import PersonChange, change_person
from marketplace.kernel import clock, db
from tests.asking import day, send, sign_in
from tests.world import World

Client = httpx.AsyncClient


def next_year() -> Any:
    today = clock.today()
    return today.replace(year=today.year + 1, day=min(today.day, 28))


@pytest.mark.row("F1")
async def test_a_communication_need_is_recorded_flagged_looked_at_again_and_ended(
    client: Client, world: World
) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.dan}/record/communication/new"
    answer = await send(
        client, path, kind="format", words="Large print, 18 point", identified="asked", met="no",
        shared="yes", **day("consent_on", clock.today()), **day("review_on", next_year()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    for page in ("", "/record", "/week", "/needs", "/circle", "/authority", "/authority/new"):
        shown = (await client.get(f"/people/{world.dan}{page}")).text
        assert "How to communicate with Dan:" in shown, page
        assert "Large print, 18 point" in shown
    (line,) = await communication_of(world.care_manager, world.dan)
    look = f"/people/{world.dan}/record/communication/{line.id}"
    answer = await send(
        client, look, version="1", still="yes", words="Large print, 24 point", met="yes", note="18 was too small",
        **day("review_on", next_year()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    shown = (await client.get(f"/people/{world.dan}/record")).text
    for words in ("Large print, 24 point", "it said “Large print, 18 point”, not met", "18 was too small"):
        assert words in shown
    answer = await send(client, look, version="2", still="no", words="Large print, 24 point", met="yes")
    assert answer.status_code == 303, answer.text
    assert "How to communicate with Dan" not in (await client.get(f"/people/{world.dan}/week")).text
    assert len((await communication_of(world.care_manager, world.dan))[0].reviews) == 2


@pytest.mark.row("F1")
async def test_the_person_themselves_sees_no_flag_about_themselves(client: Client, world: World) -> None:
    await sign_in(client, world.emma_user)
    assert "fairday-flag" not in (await client.get(f"/people/{world.emma}")).text
    await sign_in(client, world.sister)
    assert "fairday-flag" in (await client.get(f"/people/{world.emma}")).text


@pytest.mark.row("F1")
async def test_providers_are_told_nothing_without_the_persons_word(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.dan}/record/communication/new"
    fields = {"kind": "support", "words": "Write it down", "identified": "asked", "met": "yes"}
    answer = await send(client, path, **fields, shared="yes", **day("review_on", next_year()))
    assert answer.status_code == 422
    assert "Enter the day on which the person agreed" in answer.text
    assert 'value="Write it down"' in answer.text


@pytest.mark.row("F1")
async def test_what_two_people_type_at_once_is_shown_to_the_second_beside_the_newer(
    client: Client, world: World
) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.dan}/record/edit"
    page = (await client.get(path)).text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    await change_person(
        world.second_care_manager, world.dan, int(version[1]),
        PersonChange("Daniel Example", "Dan", None, "CH1 2HJ", False, world.dan_user.user_id),
    )  # fmt: skip
    fields = {
        "name": "Dan Example-Jones",
        "preferred_name": "Danny",
        "postcode": "CW8 2EA",
        "email": "dan@example.com",
    }
    answer = await send(client, path, version=version[1], **fields)
    assert answer.status_code == 409
    for words in (
        "Daniel Example",
        "CH1 2HJ",
        'value="Dan Example-Jones"',
        'value="Danny"',
        'value="CW8 2EA"',
    ):
        assert words in answer.text
    newer = re.search(r'name="version" value="(\d+)"', answer.text)
    assert newer is not None
    assert int(newer[1]) == int(version[1]) + 1
    assert (await send(client, path, version=newer[1], **fields)).status_code == 303
    record = await queries.person(world.care_manager, world.dan)
    assert (record.name, record.preferred_name) == ("Dan Example-Jones", "Danny")


@pytest.mark.row("F1")
async def test_the_circle_is_noted_changed_and_ended(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.emma}/circle/new"
    answer = await send(client, path, name="Nan", relationship="Grandmother", marks=["emergency_contact"])
    assert answer.status_code == 422
    assert "they are called in an emergency" in answer.text
    fields = {"name": "Nan Example", "relationship": "Grandmother", "phone": "01606 555 010"}
    answer = await send(client, path, **fields, marks=["emergency_contact", "next_of_kin"])
    assert answer.status_code == 303, answer.text
    shown = (await client.get(f"/people/{world.emma}/circle")).text
    for words in ("Nan Example", "Grandmother", "tel:01606555010", "Next of kin, Emergency contact"):
        assert words in shown
    (member,) = await circle_of(world.care_manager, world.emma)
    await change_in_circle(
        world.second_care_manager,
        world.emma,
        member.id,
        1,
        CircleDraft("Nan Example", "Grandmother", "01606 555 011"),
    )
    edit = f"/people/{world.emma}/circle/{member.id}"
    answer = await send(
        client, edit, version="1", **fields | {"note": "Deaf in one ear"}, marks=["lives_with"]
    )
    assert answer.status_code == 409
    assert "01606 555 011" in answer.text
    assert "Deaf in one ear" in answer.text
    answer = await send(client, edit, version="2", **fields, marks=["lives_with"])
    assert answer.status_code == 303
    answer = await send(client, f"{edit}/end", shown_at=edit)
    assert answer.status_code == 303
    (member,) = await circle_of(world.care_manager, world.emma)
    assert (member.phone, member.lives_with, member.next_of_kin) == ("01606 555 010", True, False)
    assert member.ended_on == clock.today()


@pytest.mark.row("F1")
async def test_a_carer_has_a_record_of_their_own_and_a_joint_assessment_is_marked_on_both(
    client: Client, world: World
) -> None:
    await sign_in(client, world.care_manager)
    answer = await send(
        client, f"/people/{world.emma}/needs/assessment", assessor="Carol Manager", summary="At home, with Mum",
        **day("assessed_on", clock.today()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    answer = await send(
        client, f"/people/{world.emma}/carers/new", relationship="Mother", does="Nights and weekends",
        name="Meg Example", phone="01606 555 012", matters="One evening a week for myself",
        **day("starts_on", clock.today()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    carer = await db.fetch_value("SELECT id FROM carer")
    assessment = await db.fetch_value("SELECT id FROM assessment")
    answer = await send(
        client, f"/carers/{carer}/assessments/new", assessor="Carol Manager", joint=str(assessment),
        matters="To sleep through", eligible="yes", outcome="A sitter on Tuesdays", **day("assessed_on", clock.today()),
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    shown = (await client.get(f"/carers/{carer}")).text
    for words in ("Meg Example", "One evening a week for myself", "To sleep through", "A sitter on Tuesdays",
                  "Made together with the assessment of Emma Example"):  # fmt: skip
        assert words in shown
    assert (
        "Made together with the carer’s assessment of Meg Example"
        in (await client.get(f"/people/{world.emma}/needs")).text
    )
    # Whoever acts for the person knows that there is a carer, and no more.
    await sign_in(client, world.broker)
    assert "Meg Example" in (await client.get(f"/people/{world.emma}/circle")).text
    assert (await client.get(f"/carers/{carer}")).status_code == 404
    await sign_in(client, world.other_care_manager)
    assert (await client.get(f"/carers/{carer}")).status_code == 404
    assert (await client.get(f"/carers/{carer}/edit")).status_code == 404


@pytest.mark.row("F1")
@pytest.mark.row("SP1")
async def test_needs_come_from_an_assessment_and_outcomes_are_in_the_persons_words(
    client: Client, world: World
) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.emma}/needs"
    assert "You cannot add a need yet" in (await client.get(f"{path}/new")).text
    await send(client, f"{path}/assessment", assessor="Carol Manager", **day("assessed_on", clock.today()))
    assessment = str(await db.fetch_value("SELECT id FROM assessment"))
    answer = await send(
        client,
        f"{path}/new",
        assessment=assessment,
        area="community",
        title="Help to get about",
        eligible="yes",
    )
    assert answer.status_code == 303, answer.text
    (need,) = await needs_of(world.emma)
    answer = await send(client, f"{path}/outcome", words="I want to go to choir by myself", need=str(need.id))
    assert answer.status_code == 303, answer.text
    (outcome,) = await outcomes_of(world.emma)
    assert (outcome.need_id, outcome.words) == (need.id, "I want to go to choir by myself")
    for easy in ("on", "off"):
        shown = (await client.get(f"{path}?easy={easy}")).text
        assert "Help to get about" in shown
        assert "I want to go to choir by myself" in shown
    assert (await send(client, f"{path}/{need.id}/end", shown_at=path)).status_code == 303
    assert (await send(client, f"{path}/outcome/{outcome.id}/end", shown_at=path)).status_code == 303
    assert await needs_of(world.emma) == []
    assert await outcomes_of(world.emma) == []


@pytest.mark.row("F1")
async def test_no_need_of_another_person_can_be_pointed_at(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    await send(
        client, f"/people/{world.dan}/needs/assessment", assessor="Carol", **day("assessed_on", clock.today())
    )
    await send(
        client,
        f"/people/{world.emma}/needs/assessment",
        assessor="Carol",
        **day("assessed_on", clock.today()),
    )
    of_dan = str(await db.fetch_value("SELECT id FROM assessment WHERE person_id = $1", world.dan))
    answer = await send(
        client,
        f"/people/{world.emma}/needs/new",
        assessment=of_dan,
        area="home",
        title="A need",
        eligible="no",
    )
    assert answer.status_code == 422
    assert "Choose the assessment that found the need" in answer.text


@pytest.mark.row("F1")
async def test_care_managers_see_whose_communication_needs_are_due(client: Client, world: World) -> None:
    await db.execute(
        "UPDATE communication_need SET review_on = $2 WHERE person_id = $1", world.emma, clock.today()
    )
    await sign_in(client, world.care_manager)
    shown = (await client.get("/council/communication")).text
    assert "Due now: 1 person" in shown
    assert "Emma Example" in shown
    assert "look at the communication needs again" in (await client.get(f"/people/{world.emma}")).text
    await sign_in(client, world.other_care_manager)
    assert "Emma Example" not in (await client.get("/council/communication")).text


@pytest.mark.row("F8")
async def test_somebody_without_a_budget_leaves_a_trace_only_by_asking(client: Client, world: World) -> None:
    client.cookies.clear()
    shown = (await client.get("/help-without-a-budget?near=CH1 2HJ")).text
    assert "See free activities near CH1 2HJ" in shown
    assert "/?free=yes&amp;near=CH1+2HJ" in shown
    assert (
        "You can still get help and information." in (await client.get("/help-without-a-budget?easy=on")).text
    )
    assert await db.fetch_value("SELECT count(*) FROM call_request") == 0
    path = "/help-without-a-budget?easy=off"
    answer = await send(client, path, name="Ned")
    assert answer.status_code == 422
    assert 'value="Ned"' in answer.text
    answer = await send(
        client,
        path,
        council=str(world.council),
        name="Ned",
        contact="01606 555 013",
        how="Slowly",
        words="My mum",
    )
    assert answer.status_code == 303
    assert "Somebody will call you" in (await client.get(answer.headers["location"])).text
    await sign_in(client, world.other_care_manager)
    assert "Ned" not in (await client.get("/council/calls")).text
    call = await db.fetch_value("SELECT id FROM call_request")
    assert (await client.get(f"/council/calls/{call}")).status_code == 404
    await sign_in(client, world.care_manager)
    assert "Ned" in (await client.get("/council/calls")).text
    assert (await send(client, f"/council/calls/{call}")).status_code == 422
    assert (await send(client, f"/council/calls/{call}", result="told")).status_code == 303
    kept = await db.fetch_one("SELECT name, contact, how, words, result FROM call_request")
    assert kept == {"name": "", "contact": "", "how": "", "words": "", "result": "told"}
    assert "Told them what there is: 1" in (await client.get("/council/calls")).text
    left = await db.fetch_value("SELECT count(*) FROM audit_record WHERE after::text LIKE '%Ned%'")
    assert left == 0


@pytest.mark.row("F8")
async def test_the_form_cannot_be_filled_by_a_machine_without_end(client: Client, world: World) -> None:
    client.cookies.clear()
    fields = {"council": str(world.council), "name": "Ned", "contact": "1"}
    answers = [await send(client, "/help-without-a-budget", **fields) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]


@pytest.mark.row("A3")
async def test_the_hub_has_a_line_for_everything(client: Client, world: World) -> None:
    await sign_in(client, world.care_manager)
    shown = (await client.get(f"/people/{world.emma}")).text
    for part in ("plan", "budget", "contribution", "agreements", "statements", "authority", "needs", "circle", "record",
                 "money", "week"):  # fmt: skip
        assert f'href="/people/{world.emma}/{part}"' in shown
    assert "Emma Example, Harbour Brokerage and Sally Sister" in shown
    assert "style=" not in shown
    easy = (await client.get(f"/people/{world.emma}?easy=on")).text
    assert "fairday-easy-block" in easy


@pytest.mark.row("A3")
async def test_a_monitoring_officer_sees_who_looked(client: Client, world: World) -> None:
    await queries.person(world.broker, world.emma)
    await queries.fund(world.broker, world.emma_isf)
    await sign_in(client, world.monitoring_officer)
    shown = (await client.get(f"/people/{world.emma}/views")).text
    for words in ("Brenda Broker", "Harbour Brokerage", "A fund", "The record"):
        assert words in shown
    await sign_in(client, world.care_manager)
    assert (await client.get(f"/people/{world.emma}/views")).status_code == 403
