"""A change in a person's life: told, taken on, answered, read (row W2)."""

import httpx
import pytest

from isf.budgets.reports.commands import answer_report, open_report, report_change
from isf.budgets.reports.queries import report, reports_of, todos_of, waiting_reports
from isf.budgets.reports.rules import WAITING, ReportAnswer, ReportState
from marketplace.identity.credentials import begin_session
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from tests.asking import send
from tests.isf.budgets.changing import change, isf, managed
from tests.isf.budgets.test_pages import signed_in
from tests.world import World


@pytest.mark.row("W2")
async def test_the_person_somebody_for_them_and_a_broker_can_report(world: World) -> None:
    for actor in (world.emma_user, world.sister, world.broker):
        await report_change(actor, world.emma, "Mum cannot drive any more.", None, "")
    assert len(await waiting_reports(world.care_manager, WAITING)) == 3
    assert await waiting_reports(world.other_care_manager, WAITING) == []
    with pytest.raises(NotFound):
        await report_change(world.stranger, world.emma, "Nothing", None, "")
    with pytest.raises(Invalid):
        await report_change(world.emma_user, world.emma, " ", None, "")


@pytest.mark.row("W2")
async def test_told_taken_on_answered_and_read(world: World, client: httpx.AsyncClient) -> None:
    await signed_in(client, world.emma_user)
    path = f"/people/{world.emma}/change"
    told = await send(
        client,
        path,
        what="I moved to my own flat.",
        meaning="I need help with cooking.",
        report_id=str(new_id()),
    )
    assert told.status_code == 303
    (one,) = await waiting_reports(world.care_manager, WAITING)
    assert await todos_of(world.emma_user, world.emma) == []

    await signed_in(client, world.care_manager)
    assert "I moved to my own flat." in (await client.get("/council/changes")).text
    at = f"/council/changes/{one.id}"
    assert (await send(client, at, do="open")).status_code == 303
    refused = await send(client, at, answer="budget_changed", words="We give more.")
    assert "change the budget first" in refused.text
    assert (await send(client, at, answer="review", words="We come and see you.")).status_code == 303

    (todo,) = await todos_of(world.emma_user, world.emma)
    assert todo.href == path
    mails = await db.fetch_all(
        "SELECT recipient FROM outbox_message WHERE subject = 'The council has answered'"
    )
    assert [mail["recipient"] for mail in mails] == ["emma@example.com"]
    client.cookies.set("fairday_session", await begin_session(world.emma_user.user_id))
    assert "We come and see you." in (await client.get(path + "?easy=on")).text
    assert await todos_of(world.emma_user, world.emma) == []


@pytest.mark.row("W2")
async def test_a_review_ends_in_a_changed_budget_with_its_version(world: World) -> None:
    made = await report_change(world.sister, world.emma, "Her needs grew.", clock.today(), "")
    with pytest.raises(StateConflict):
        await answer_report(world.care_manager, made, ReportAnswer.NO_CHANGE, "No.")
    await open_report(world.care_manager, made)
    with pytest.raises(StateConflict):
        await open_report(world.second_care_manager, made)
    await answer_report(world.care_manager, made, ReportAnswer.REVIEW, "We look at it together.")
    version = await change(world, world.emma, isf(world, "60"), managed(world, "20"), day=clock.today())
    await answer_report(
        world.care_manager,
        made,
        ReportAnswer.BUDGET_CHANGED,
        "There is more now.",
        budget_id=version.budget_id,
    )
    found = await report(world.sister, made)
    assert (found.state, found.budget_id) == (ReportState.BUDGET_CHANGED, version.budget_id)
    dans = await db.fetch_value("SELECT id FROM personal_budget WHERE person_id = $1", world.dan)
    other = await report_change(world.sister, world.emma, "And again.", None, "")
    await open_report(world.care_manager, other)
    with pytest.raises(Invalid):
        await answer_report(world.care_manager, other, ReportAnswer.BUDGET_CHANGED, "More.", budget_id=dans)


@pytest.mark.row("W2")
async def test_sent_twice_it_is_told_once(world: World) -> None:
    name = new_id()
    for _ in range(2):
        await report_change(world.emma_user, world.emma, "I moved.", None, "", report_id=name)
    assert len(await reports_of(world.emma_user, world.emma)) == 1
    with pytest.raises(NotFound):
        await report_change(world.dan_user, world.dan, "Mine", None, "", report_id=name)


@pytest.mark.row("A3")
async def test_only_the_persons_own_council_answers(world: World) -> None:
    made = await report_change(world.emma_user, world.emma, "I moved.", None, "")
    for name in ("emma_user", "broker", "finance_officer", "monitoring_officer"):
        with pytest.raises(Forbidden):
            await open_report(world.personas()[name], made)
    with pytest.raises(NotFound):
        await open_report(world.other_care_manager, made)
