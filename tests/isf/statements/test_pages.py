"""A statement as page, PDF, Easy Read, spreadsheet and API: the same figures, for those who may see the person."""

import csv
import io
from uuid import UUID

import httpx
import pytest

from isf.statements.making import make_statements
from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.kernel import db
from marketplace.kernel.audit import SYSTEM
from tests.isf.statements.lived import live
from tests.pdf_tools import facts_of, text_of
from tests.world import World

pytestmark = [pytest.mark.row("I5"), pytest.mark.asyncio]


async def see(client: httpx.AsyncClient, actor: Actor, path: str) -> httpx.Response:
    """A page as an actor gets it."""
    return await client.get(path, cookies={"fairday_session": await begin_session(actor.user_id)})


async def emmas(world: World) -> tuple[UUID, str]:
    """Emma's statement of the month that she lived, and the month in an address."""
    lived = await live(world)
    await make_statements(SYSTEM, lived.month)
    found = await db.fetch_value("SELECT id FROM statement WHERE fund_id = $1", world.emma_isf)
    return found, f"{lived.month:%Y-%m}"


async def test_the_page_says_what_is_left_booked_and_used(world: World, client: httpx.AsyncClient) -> None:
    statement, _ = await emmas(world)
    text = (await see(client, world.emma_user, f"/statements/{statement}?easy=off")).text
    for words in (
        "£904.50",
        "£77.00",
        "£38.50",
        "Garden group",
        "Pettypool",
        "cancelled, nothing to pay",
        "Is something wrong?",
    ):
        assert words in text


@pytest.mark.row("A2")
async def test_the_easy_read_page_has_a_picture_by_each_idea(world: World, client: httpx.AsyncClient) -> None:
    statement, _ = await emmas(world)
    text = (await see(client, world.emma_user, f"/statements/{statement}?easy=on")).text
    assert text.count("fairday-easy-block__words") >= 10
    assert text.count("fairday-easy-block__words") == text.count('class="fairday-picture"')
    assert "You have this much left." in text


@pytest.mark.row("A2")
async def test_both_pdfs_are_tagged_and_say_what_the_page_says(
    world: World, client: httpx.AsyncClient
) -> None:
    statement, _ = await emmas(world)
    full = await see(client, world.emma_user, f"/statements/{statement}.pdf")
    easy = await see(client, world.emma_user, f"/statements/{statement}/easy-read.pdf")
    for answer in (full, easy):
        assert answer.headers["content-type"] == "application/pdf"
        facts = facts_of(answer.content)
        assert (facts.language, facts.marked, facts.size_mm) == ("en-GB", True, (210, 297))
        assert b"<pdfuaid:part>1</pdfuaid:part>" in answer.content
        assert "How to communicate: Easy Read, one idea at a time" in text_of(answer.content)
        assert "£904.50" in text_of(answer.content)
    assert {"/Table", "/TH", "/TD", "/H1"} <= facts_of(full.content).tags
    assert "Garden group: two times. £77.00" in text_of(easy.content)


async def test_who_may_see_the_person_may_see_the_statement_and_nobody_else(
    world: World, client: httpx.AsyncClient
) -> None:
    statement, month = await emmas(world)
    for actor in (world.emma_user, world.sister, world.broker, world.care_manager, world.finance_officer):
        for path in (
            f"/statements/{statement}",
            f"/people/{world.emma}/statements",
            f"/statements/{statement}.pdf",
        ):
            assert (await see(client, actor, path)).status_code == 200
    for actor in (world.dan_user, world.stranger, world.other_care_manager):
        for path in (
            f"/statements/{statement}",
            f"/people/{world.emma}/statements",
            f"/statements/{statement}/easy-read.pdf",
        ):
            assert (await see(client, actor, path)).status_code == 404
        assert "Emma" not in (await see(client, actor, f"/council/statements?month={month}")).text
    assert (await see(client, world.manager, f"/statements/{statement}")).status_code == 403
    viewed = await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'statement.viewed'")
    assert viewed == 10


async def test_council_and_holder_find_a_month_as_a_list_and_a_spreadsheet(
    world: World, client: httpx.AsyncClient
) -> None:
    statement, month = await emmas(world)
    council = (await see(client, world.finance_officer, f"/council/statements?month={month}")).text
    assert "3 statements" in council
    assert f"/statements/{statement}" in council
    holder = (await see(client, world.broker, f"/holder/statements?month={month}")).text
    assert "2 statements" in holder
    sheet = (await see(client, world.finance_officer, f"/council/statements.csv?month={month}")).text
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert len(rows) == 3
    emma = next(row for row in rows if row["fund"] == "ISF with Harbour Brokerage")
    assert (emma["left"], emma["booked"], emma["used"]) == ("904.50", "38.50", "77.00")
    assert "Emma" not in sheet


async def test_a_program_gets_the_statement_as_it_was_frozen(world: World, client: httpx.AsyncClient) -> None:
    statement, month = await emmas(world)
    bearer = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    listed = (await client.get(f"/api/v1/people/{world.emma}/statements", headers=bearer)).json()
    assert str(statement) in {each["id"] for each in listed}
    told = (await client.get(f"/api/v1/statements/{statement}", headers=bearer)).json()
    assert told["closing"]["available"] == 90450
    of_month = (await client.get("/api/v1/statements", params={"month": month}, headers=bearer)).json()
    assert of_month["total"] == 2
    stranger = {"Authorization": f"Bearer {await world.token(world.stranger)}"}
    assert (await client.get(f"/api/v1/statements/{statement}", headers=stranger)).status_code == 404
