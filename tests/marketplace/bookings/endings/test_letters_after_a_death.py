"""Nothing is written to somebody who has died, whoever writes; the others are told as before (rule 18, row B7)."""

import pytest

from isf.agreements.commands import draft_agreement
from isf.agreements.letters import tell_of_offer
from isf.agreements.records import find
from isf.endings.rules import EndDraft, EndKind
from isf.urgent import commands as urgent
from marketplace.bookings.endings.commands import end_person
from marketplace.kernel import clock, db
from tests.isf.agreements.agreed import terms
from tests.world import World


async def _told(subject: str) -> set[str]:
    rows = await db.fetch_all("SELECT recipient FROM outbox_message WHERE subject LIKE $1", f"%{subject}%")
    return {row["recipient"] for row in rows}


async def _everybody_writes(world: World) -> None:
    await tell_of_offer(await find(await db.fetch_value("SELECT id FROM agreement")))
    await urgent._tell(world.emma_user.user_id, "More money", "It is there.")


@pytest.mark.row("B7")
async def test_after_a_death_the_holder_is_told_and_the_person_is_not(world: World) -> None:
    await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))
    await _everybody_writes(world)
    emma = await db.fetch_value("SELECT email FROM app_user WHERE id = $1", world.emma_user.user_id)
    before = await _told("An agreement waits")
    assert emma in before
    assert emma in await _told("More money")
    await end_person(
        world.care_manager, world.emma, EndDraft(EndKind.DIED, clock.today(), "Her sister rang.")
    )
    await db.execute("DELETE FROM outbox_message")
    await _everybody_writes(world)
    assert await _told("An agreement waits") == before - {emma} != set()
    assert emma not in await _told("")
