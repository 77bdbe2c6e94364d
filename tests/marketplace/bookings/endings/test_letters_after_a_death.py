"""Nothing is written to somebody who has died, whoever writes; the others are told as before (rule 18, row B7)."""

import pytest

from invoicing.cards.letters import receipt, refund_to_come, refunded
from invoicing.cards.rules import RefundCause
from isf.agreements.commands import draft_agreement
from isf.agreements.letters import tell_of_offer
from isf.agreements.records import find
from isf.endings.rules import EndDraft, EndKind
from isf.urgent import commands as urgent
from marketplace.bookings.commands import book
from marketplace.bookings.endings.commands import end_person
from marketplace.directory.questions.commands import Question, answer, ask
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
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


@pytest.mark.row("B7")
async def test_neither_a_refund_nor_an_answer_is_written_to_somebody_who_has_died(world: World) -> None:
    dan = await db.fetch_value("SELECT email FROM app_user WHERE id = $1", world.dan_user.user_id)
    booked = await book(world.dan_user, await world.session(), world.dan_direct)
    row = await db.fetch_one(
        "SELECT b.*, a.title, p.name AS provider_name FROM booking b"
        " JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " JOIN provider p ON p.id = b.provider_id WHERE b.id = $1",
        booked.id,
    )
    assert row is not None
    activity = await db.fetch_value("SELECT activity_id FROM activity_session LIMIT 1")
    asked, too = [
        await ask(activity, Question("Dan", dan.title(), words)) for words in ("Is it far?", "When?")
    ]
    await refunded(row, Money(500), Money(0))
    await answer(world.staff, asked, "A mile.")
    assert {each.lower() for each in await _told("")} >= {dan}
    await end_person(world.care_manager, world.dan, EndDraft(EndKind.DIED, clock.today(), "A nurse rang."))
    await db.execute("DELETE FROM outbox_message")
    await receipt(row, Money(500))
    await refunded(row, Money(500), Money(0))
    await refund_to_come(row, Money(500), RefundCause.LATE)
    await answer(world.staff, too, "At ten.")
    assert dan not in {each.lower() for each in await _told("")}
