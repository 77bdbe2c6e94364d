"""Choosing how to be told, letters on paper, and who sees what was told (`rules.md` 25, 27)."""

from typing import Any
from uuid import UUID

import pytest
from litestar.testing import AsyncTestClient

from isf.notices import Notice, tell_person
from isf.notices.letters import mark_posted, printed_letter
from isf.notices.preferences import Preference, own_preference, prefer, prefer_for_person
from isf.notices.queries import letters_to_post, told_about
from isf.notices.rules import Print, Way
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound
from tests.asking import follow, send, sign_in, words_of
from tests.isf.notices.living import live_with_notices
from tests.pdf_tools import text_of
from tests.world import World


async def test_a_letter_is_printed_as_its_person_reads_and_posted_once(world: World) -> None:
    letter_id = UUID(str((await live_with_notices(world))["letter_id"]))
    [waiting] = await letters_to_post(world.care_manager)
    assert waiting.print is Print.EASY_READ
    _, printed = await printed_letter(world.finance_officer, letter_id)
    assert "It is in your week." in text_of(printed)
    assert await mark_posted(world.care_manager, [letter_id]) == 1
    assert await mark_posted(world.care_manager, [letter_id]) == 0
    assert await letters_to_post(world.care_manager) == []


async def test_large_print_is_what_communication_needs_say(world: World) -> None:
    await db.execute(
        "UPDATE person SET communication_needs = 'Large print, 18 point' WHERE id = $1", world.dan
    )
    await prefer_for_person(world.dan_user, world.dan, Preference(way=Way.LETTER, address="2 Low Street"))
    await tell_person(world.dan, Notice("Moved", "It begins later.", "/"))
    [waiting] = await letters_to_post(world.care_manager)
    assert waiting.print is Print.LARGE
    _, printed = await printed_letter(world.care_manager, waiting.id)
    assert "Hello Dan," in text_of(printed)


async def test_another_council_neither_sees_nor_posts_a_letter(world: World) -> None:
    letter_id = UUID(str((await live_with_notices(world))["letter_id"]))
    with pytest.raises(NotFound):
        await printed_letter(world.other_care_manager, letter_id)
    assert await mark_posted(world.other_care_manager, [letter_id]) == 0


async def test_a_representative_sees_what_was_sent_to_them_the_person_sees_all(world: World) -> None:
    await tell_person(world.emma, Notice("Booked", "A place is booked.", "/"))
    assert {line.to for line in (await told_about(world.sister, world.emma)).items} == {"Sally Sister"}
    everybody = {line.to for line in (await told_about(world.emma_user, world.emma)).items}
    assert everybody == {"Emma Example", "Sally Sister", "Harbour Brokerage"}
    with pytest.raises(NotFound):
        await told_about(world.stranger, world.emma)


async def test_a_choice_needs_an_address_for_letters_and_the_scope_to_book(world: World) -> None:
    with pytest.raises(Invalid):
        await prefer_for_person(world.emma_user, world.emma, Preference(way=Way.LETTER))
    with pytest.raises((NotFound, Forbidden)):
        await prefer_for_person(world.stranger, world.emma, Preference(way=Way.NONE))


async def test_a_provider_that_wants_no_messages_gets_none(world: World) -> None:
    await prefer(world.manager, Way.NONE)
    assert (await own_preference(world.manager)).way is Way.NONE
    assert (await own_preference(world.broker)).way is Way.MAIL


async def test_the_pages_keep_the_choice_and_show_what_was_told(
    world: World, client: AsyncTestClient[Any]
) -> None:
    await sign_in(client, world.emma_user)
    path = f"/people/{world.emma}/messages/how"
    refused = await send(client, path, way="letter", print="", address="")
    assert refused.status_code == 422
    assert "Enter the address" in refused.text
    said = await follow(
        client, await send(client, path, way="letter", print="large", address="1 High Street")
    )
    assert "From now on: by letter." in said
    await tell_person(world.emma, Notice("A place is booked", "A place is booked.", "/"))
    assert "Letter, waits for the post" in await words_of(client, f"/people/{world.emma}/messages")
    await sign_in(client, world.care_manager)
    [letter] = await letters_to_post(world.care_manager)
    assert "1 letter marked as posted." in await follow(
        client, await send(client, "/council/letters", letters=str(letter.id))
    )
