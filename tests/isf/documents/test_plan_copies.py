"""The person gets a copy of their plan: page, tagged PDF, Easy Read with a picture by each idea; and it is recorded."""

from collections.abc import Mapping
from uuid import UUID

import httpx
import pytest

from isf.documents.plan_words import plan_easy_words, sentences
from isf.plans.queries import load
from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.kernel import db
from marketplace.kernel.typesetting import pictures
from tests.pdf_tools import facts_of, text_of
from tests.plans import WORDS
from tests.world import World

pytestmark = [pytest.mark.row("SP5")]


async def see(client: httpx.AsyncClient, actor: Actor, path: str) -> httpx.Response:
    """A page as an actor gets it."""
    return await client.get(path, cookies={"fairday_session": await begin_session(actor.user_id)})


async def emmas_plan(world: World) -> UUID:
    """The agreed version of Emma's plan."""
    found: UUID = await db.fetch_value(
        "SELECT id FROM plan_version WHERE person_id = $1 AND state = 'agreed'", world.emma
    )
    return found


@pytest.mark.asyncio
async def test_the_page_and_the_pdf_say_the_persons_words_the_money_and_the_keys(
    world: World, client: httpx.AsyncClient
) -> None:
    plan = await emmas_plan(world)
    pdf = (await see(client, world.emma_user, f"/plans/{plan}/copy.pdf")).content
    html = (await see(client, world.emma_user, f"/plans/{plan}/copy?easy=off")).text
    for words in (*WORDS.values(), "The four keys", "£1,000.00", "£600.00", "This plan is agreed."):
        assert words in text_of(pdf)
        assert words in html
    facts = facts_of(pdf)
    assert (facts.language, facts.marked) == ("en-GB", True)
    assert facts.title == "Support plan of Emma Example, version 1"
    assert {"/Table", "/TH", "/H1"} <= facts.tags
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    assert "How to communicate: Easy Read, one idea at a time" in text_of(pdf)


@pytest.mark.row("A2")
@pytest.mark.asyncio
async def test_easy_read_has_a_picture_by_each_idea_and_one_idea_a_line(
    world: World, client: httpx.AsyncClient
) -> None:
    plan = await emmas_plan(world)
    pdf = (await see(client, world.emma_user, f"/plans/{plan}/easy-read.pdf")).content
    assert facts_of(pdf).marked
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf
    told = plan_easy_words(await load(plan), "")
    ideas: list[Mapping[str, str]] = [idea for part in told["parts"] for idea in part["ideas"]]
    assert all(idea["picture"] in pictures() for idea in ideas)
    text = text_of(pdf)
    for idea in ideas:
        assert " ".join(idea["words"].split()) in text
    html = (await see(client, world.emma_user, f"/plans/{plan}/copy?easy=on")).text
    assert html.count('class="fairday-picture"') == len(ideas)


@pytest.mark.asyncio
async def test_each_copy_is_recorded_with_who_and_when(world: World, client: httpx.AsyncClient) -> None:
    plan = await emmas_plan(world)
    await see(client, world.care_manager, f"/plans/{plan}/copy.pdf")
    await see(client, world.emma_user, f"/plans/{plan}/easy-read.pdf")
    rows = await db.fetch_all(
        "SELECT actor_user, after ->> 'form' AS form FROM audit_record WHERE action = 'plan.copy_made' ORDER BY at"
    )
    assert [(row["actor_user"], row["form"]) for row in rows] == [
        (world.care_manager.user_id, "pdf"),
        (world.emma_user.user_id, "easy_read"),
    ]
    html = (await see(client, world.broker, f"/plans/{plan}/copy?easy=off")).text
    assert "Copies that were made" in html
    assert "PDF, Carol Manager" in html


@pytest.mark.asyncio
async def test_a_stranger_gets_no_copy(world: World, client: httpx.AsyncClient) -> None:
    plan = await emmas_plan(world)
    for path in ("copy", "copy.pdf", "easy-read.pdf"):
        for actor in (world.stranger, world.dan_user, world.other_care_manager):
            assert (await see(client, actor, f"/plans/{plan}/{path}")).status_code == 404
    assert not await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'plan.copy_made'")


def test_words_are_told_sentence_by_sentence() -> None:
    assert sentences("I like music. I do not like noise!\nAsk me first") == [
        "I like music.",
        "I do not like noise!",
        "Ask me first",
    ]
    assert sentences(" \n ") == []
