"""A question from an activity's public page reaches its provider; the answer comes by mail (`pages.md` 2)."""

import pytest

from marketplace.directory.questions.commands import MOST_OF_ADDRESS, Question, answer, ask
from marketplace.directory.questions.queries import questions_of
from marketplace.identity.credentials import TooManyTries
from marketplace.kernel import db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from tests.asking import Client, follow, plain, send, sign_in, words_of
from tests.world import World

WHEELCHAIR = Question("Gran", "gran@example.com", "Can I come with a wheelchair?")


async def test_a_visitor_asks_and_the_provider_answers_by_mail(world: World, client: Client) -> None:
    activity = await world.activity()
    path = f"/activities/{activity}/ask"
    refused = await send(client, path, words="", email="gran")
    assert "Write your question" in refused.text
    assert "Enter an e-mail address" in refused.text
    sent = await send(client, path, words=WHEELCHAIR.words, email=WHEELCHAIR.email, name="Gran")
    assert "answers to gran@example.com" in plain(sent.text)
    await sign_in(client, world.staff)
    assert "1 question to answer" in await words_of(client, "/provider/to-do")
    [asked] = await questions_of(world.staff)
    shown = await words_of(client, f"/provider/questions/{asked.id}")
    assert "Can I come with a wheelchair?" in shown
    assert "gran@example.com" not in shown
    done = await send(client, f"/provider/questions/{asked.id}", words="Yes. There is a ramp.")
    assert "on its way by e-mail" in await follow(client, done)
    body = await db.fetch_value("SELECT body FROM outbox_message WHERE recipient = 'gran@example.com'")
    assert "There is a ramp." in body
    assert await db.fetch_value("SELECT email FROM activity_question") == ""


async def test_a_question_is_answered_once_and_by_its_own_provider(world: World) -> None:
    asked = await ask(await world.activity(), WHEELCHAIR)
    with pytest.raises(NotFound):
        await answer(world.other_manager, asked, "Yes")
    with pytest.raises(Invalid):
        await answer(world.manager, asked, " ")
    await answer(world.manager, asked, "Yes")
    with pytest.raises(StateConflict):
        await answer(world.staff, asked, "No")


async def test_nobody_floods_a_provider_with_questions(world: World) -> None:
    activity = await world.activity()
    for _ in range(MOST_OF_ADDRESS):
        await ask(activity, WHEELCHAIR)
    with pytest.raises(TooManyTries):
        await ask(activity, WHEELCHAIR)


async def test_a_letter_cannot_be_smuggled_into_the_address(world: World) -> None:
    activity = await world.activity()
    for address in (
        "gran@example.com\nBcc: all@example.com",
        "a@example.com,b@example.com",
        "<x@y.z>",
        "gran",
    ):
        with pytest.raises(Invalid):
            await ask(activity, Question("", address, "Hello?"))
