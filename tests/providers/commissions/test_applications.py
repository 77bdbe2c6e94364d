"""An application from its first word to its end, from both sides, and the register that everybody reads."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from litestar.datastructures import UploadFile

from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from providers.commands import (
    AlreadyApplied,
    Decision,
    answer_question,
    apply_to_lot,
    ask_for_more,
    decide_commission,
    keep_evidence,
    score_application,
    send_application,
    set_lot,
    start_application,
    withdraw_application,
)
from providers.commissions.queries import (
    application_of,
    criteria_of,
    own_application,
    questions_of,
    registered,
)
from providers.commissions.rules import CriterionDraft, QuestionDraft, QuestionKind
from tests.asking import Client, day, follow, send, sign_in, words_of
from tests.providers.commissions.living import PDF, asking_lot, pdf, whole_application
from tests.world import World

pytestmark = pytest.mark.row("P1")


async def _sent(world: World) -> tuple[UUID, UUID, UUID]:
    lot = await asking_lot(world)
    asked, file_id = await whole_application(world, lot)
    await send_application(world.manager, asked)
    return asked, lot, file_id


async def _score(world: World, asked: UUID, lot: UUID, *scores: int) -> None:
    criteria = await criteria_of(asked, lot)
    await score_application(
        world.commissioner,
        asked,
        {each["id"]: (score, "Read it all.") for each, score in zip(criteria, scores, strict=False)},
    )


async def test_an_application_is_sent_whole_or_not_at_all(world: World) -> None:
    lot = await asking_lot(world)
    with pytest.raises(Invalid):
        await apply_to_lot(world.manager, world.pettypool, lot)
    asked = await start_application(world.manager, lot)
    with pytest.raises(Invalid) as refused:
        await send_application(world.manager, asked)
    questions = await questions_of(asked, lot)
    assert set(refused.value.fields) == {f"answer-{each['id']}" for each in questions if each["needed"]}
    with pytest.raises(NotFound):
        await application_of(world.commissioner, asked)


async def test_the_council_reads_what_was_sent_and_what_was_sent_stays(world: World) -> None:
    asked, _, file_id = await _sent(world)
    shown = await application_of(world.commissioner, asked)
    assert [each["answer"] for each in shown.questions[:1]] == ["Two workers, always."]
    safe, _, policy = shown.questions
    assert policy["file_id"] == file_id
    with pytest.raises(StateConflict):
        await answer_question(world.manager, asked, safe["id"], "Something else")
    with pytest.raises(StateConflict):
        await keep_evidence(world.manager, asked, policy["id"], pdf())
    with pytest.raises(asyncpg.CheckViolationError):
        await db.execute("UPDATE commission_answer SET words = 'x' WHERE commission_id = $1", asked)
    with pytest.raises(asyncpg.RestrictViolationError):
        await db.execute("DELETE FROM commission_word WHERE commission_id = $1", asked)


async def test_the_council_asks_for_more_and_both_sides_read_every_word(world: World) -> None:
    asked, lot, _ = await _sent(world)
    with pytest.raises(Invalid):
        await ask_for_more(world.commissioner, asked, " ")
    await ask_for_more(world.commissioner, asked, "Who is the second worker?")
    with pytest.raises(StateConflict):
        await ask_for_more(world.commissioner, asked, "And the third?")
    safe = (await questions_of(asked, lot))[0]
    await answer_question(world.manager, asked, safe["id"], "Nora and Sam, always.")
    await send_application(world.manager, asked, "Nora is the second.")
    for shown in (
        await own_application(world.manager, asked),
        await application_of(world.commissioner, asked),
    ):
        assert [(each["kind"], each["words"]) for each in shown.said] == [
            ("sent", ""),
            ("asked", "Who is the second worker?"),
            ("answered", "Nora is the second."),
        ]
    letter = await db.fetch_value("SELECT body FROM outbox_message WHERE body LIKE '%second worker%'")
    assert "asks for more" in letter


async def test_nobody_is_approved_below_the_score_that_the_lot_needs(world: World) -> None:
    asked, lot, _ = await _sent(world)
    today = clock.today()
    for scores in ((), (5,), (2, 5)):
        await _score(world, asked, lot, *scores)
        with pytest.raises(Invalid) as refused:
            await decide_commission(world.commissioner, asked, Decision.APPROVE, today)
        assert set(refused.value.fields) == {"decision"}
    await _score(world, asked, lot, 3, 0)
    await decide_commission(
        world.commissioner, asked, Decision.APPROVE, today, conditions="Two workers at each session."
    )
    shown = await own_application(world.manager, asked)
    assert (shown.row["state"], shown.criteria) == ("approved", [])
    with pytest.raises(StateConflict):
        await _score(world, asked, lot, 5, 5)


async def test_a_score_is_from_0_to_5_and_of_this_lot(world: World) -> None:
    asked, lot, _ = await _sent(world)
    with pytest.raises(Invalid):
        await _score(world, asked, lot, 6)
    with pytest.raises(NotFound):
        await score_application(world.commissioner, asked, {asked: (1, "")})
    with pytest.raises(NotFound):
        await score_application(world.other_commissioner, asked, {})
    with pytest.raises(Forbidden):
        await score_application(world.manager, asked, {})


async def test_withdrawn_then_applied_for_again(world: World) -> None:
    asked, lot, _ = await _sent(world)
    with pytest.raises(AlreadyApplied):
        await start_application(world.manager, lot)
    with pytest.raises(NotFound):
        await withdraw_application(world.other_manager, asked)
    await withdraw_application(world.manager, asked, "We move house.")
    with pytest.raises(StateConflict):
        await decide_commission(world.commissioner, asked, Decision.REFUSE, reason="Too late")
    again = await start_application(world.manager, lot)
    assert again != asked


async def test_two_commissioners_decide_at_once_and_one_of_them_is_told(world: World) -> None:
    asked, lot, _ = await _sent(world)
    await _score(world, asked, lot, 4, 4)
    answers = await asyncio.gather(
        decide_commission(world.commissioner, asked, Decision.APPROVE, clock.today()),
        decide_commission(world.commissioner, asked, Decision.REFUSE, reason="No room"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if answer is not None] == [StateConflict]
    said = await db.fetch_value(
        "SELECT count(*) FROM commission_word WHERE commission_id = $1 AND kind IN ('approved', 'refused')",
        asked,
    )
    assert said == 1


async def test_two_applications_begun_at_once_are_one(world: World) -> None:
    lot = await asking_lot(world)
    answers = await asyncio.gather(
        *(start_application(world.manager, lot) for _ in range(4)), return_exceptions=True
    )
    assert [type(answer) for answer in answers].count(AlreadyApplied) == 3


async def test_a_question_that_goes_keeps_its_answers_and_one_that_stays_is_the_same(world: World) -> None:
    asked, lot, _ = await _sent(world)
    before = await questions_of(asked, lot)
    await set_lot(
        world.commissioner,
        lot,
        "",
        [QuestionDraft(QuestionKind.FILE, "Your safeguarding policy", needed=False)],
        [CriterionDraft("Choice", 1)],
    )
    assert [row["id"] for row in await questions_of(None, lot)] == [before[2]["id"]]
    assert {row["id"] for row in await questions_of(asked, lot)} == {before[0]["id"], before[2]["id"]}
    with pytest.raises(NotFound):
        await set_lot(world.other_commissioner, lot, "", [], [])


@pytest.mark.parametrize(
    ("content", "declared"),
    [
        (b"PK\x03\x04" + b"0" * 64, "application/pdf"),
        (b"MZ\x90\x00" + b"0" * 64, "application/pdf"),
        (b"<html><script>alert(1)</script>", "image/png"),
        (PDF, "image/png"),
        (b"\x1f\x8b\x08" + b"0" * 64, "application/pdf"),
    ],
)
async def test_evidence_is_what_its_bytes_say(world: World, content: bytes, declared: str) -> None:
    lot = await asking_lot(world)
    asked = await start_application(world.manager, lot)
    policy = (await questions_of(asked, lot))[2]["id"]
    lying = UploadFile(content_type=declared, filename="policy.pdf", file_data=content)
    with pytest.raises(Invalid) as refused:
        await keep_evidence(world.manager, asked, policy, lying)
    assert set(refused.value.fields) == {f"answer-{policy}"}
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 0


async def test_evidence_is_seen_by_its_provider_and_by_the_council_that_was_sent_it(
    world: World, client: Client
) -> None:
    lot = await asking_lot(world)
    asked, file_id = await whole_application(world, lot)
    path = f"/evidence/{file_id}"

    async def status(actor: object) -> int:
        await sign_in(client, actor)  # type: ignore[arg-type]
        return (await client.get(path)).status_code

    assert await status(world.manager) == 200
    assert await status(world.commissioner) == 404
    await send_application(world.manager, asked)
    assert await status(world.commissioner) == 200
    answer = await client.get(path)
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    for other in (
        world.other_commissioner,
        world.care_manager,
        world.staff,
        world.other_manager,
        world.broker,
    ):
        assert await status(other) == 404
    client.cookies.clear()
    assert (await client.get(path, follow_redirects=False)).status_code in (302, 303)
    viewed = await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'stored_file.viewed'")
    assert viewed == 3


async def test_everybody_reads_who_is_approved_and_on_which_conditions(world: World, client: Client) -> None:
    asked, lot, _ = await _sent(world)
    await _score(world, asked, lot, 4, 4)
    today = clock.today()
    await decide_commission(
        world.commissioner,
        asked,
        Decision.APPROVE,
        today + timedelta(days=5),
        today + timedelta(days=400),
        conditions="=Two workers",
    )
    rows, total = await registered()
    assert (total, len(rows)) == (3, 3)
    assert (await registered("cooking pettypool northshire"))[1] == 1
    assert (await registered("cooking enable"))[1] == 0
    assert (await registered("%"))[1] == 3
    page = await words_of(client, "/approved-providers?q=cooking")
    assert "1 approval with “cooking”" in page
    assert "=Two workers" in page
    told = (await client.get("/approved-providers.csv?q=cooking")).text.splitlines()
    assert told[1].startswith("Pettypool,voluntary,Northshire Council,Skills,Cooking,")
    assert told[1].endswith(",'=Two workers,no")
    approved = (await client.get("/api/v1/approved-providers?q=cooking")).json()
    assert approved["total"] == 1


async def test_an_application_by_pages_from_the_first_word_to_the_award(world: World, client: Client) -> None:
    await sign_in(client, world.commissioner)
    lot = await db.fetch_value("SELECT id FROM lot")
    kept = await send(
        client,
        f"/council/lots/{lot}",
        description="What people do together.",
        questions="How do you keep people safe?\nWhere else? (optional)",
        evidence="Your insurance",
        criteria="Safe (3)",
    )
    assert "your changes are kept" in await follow(client, kept)
    assert "Safe (3)" in (await client.get(f"/council/lots/{lot}")).text

    await sign_in(client, world.in_house_manager)
    begun = await send(client, "/provider/applications", lot_id=str(lot))
    path = begun.headers["location"]
    questions = await db.fetch_all("SELECT id, kind FROM lot_question ORDER BY position")
    answers = {f"answer-{each['id']}": "Two workers." for each in questions if each["kind"] == "words"}
    (evidence,) = [each["id"] for each in questions if each["kind"] == "file"]
    lying = {f"answer-{evidence}": ("insurance.pdf", b"MZ no", "application/pdf")}
    refused = await send(client, path, **answers, do="send", files=lying)
    assert refused.status_code == 422
    assert "This file is none of them" in refused.text
    assert "Two workers." in refused.text
    told = await send(
        client,
        path,
        **answers,
        do="send",
        files={f"answer-{evidence}": ("insurance.pdf", PDF, "application/pdf")},
    )
    assert "Northshire Council has your application" in await follow(client, told)

    await sign_in(client, world.commissioner)
    commission = path.rsplit("/", 1)[1]
    here = f"/council/applications/{commission}"
    asked = await send(client, here, decision="more", reason="Which two?")
    assert asked.status_code == 303
    await sign_in(client, world.in_house_manager)
    assert "Which two?" in await words_of(client, path)
    await send(client, path, do="send", words="Nora and Sam.")
    await sign_in(client, world.commissioner)
    assert "Nora and Sam." in await words_of(client, here)
    criterion = await db.fetch_value("SELECT id FROM lot_criterion")
    decision = {"decision": "approve", "conditions": "Two workers.", **day("starts_on", clock.today())}
    early = await send(client, here, **decision)
    assert "Give a score for this first: Safe" in early.text
    await send(client, here, f"{here}/scores", **{f"score-{criterion}": "4", f"note-{criterion}": "Good."})
    assert (await send(client, here, **decision)).status_code == 303
    client.cookies.clear()
    assert "Two workers." in await words_of(client, "/approved-providers?q=vivo")


async def test_an_application_for_programs(world: World, client: Client) -> None:
    lot = await asking_lot(world)
    safe, _, policy = await questions_of(None, lot)
    manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    council = {"Authorization": f"Bearer {await world.token(world.commissioner)}"}
    made = await client.post(
        "/api/v1/provider/applications",
        headers=manager,
        json={"lot_id": str(lot), "answers": {str(safe["id"]): "Two workers."}},
    )
    assert made.status_code == 201, made.text
    here = f"/api/v1/provider/applications/{made.json()['application']['id']}"
    kept = await client.post(
        f"{here}/files/{policy['id']}", headers=manager, files={"file": ("p.pdf", PDF, "application/pdf")}
    )
    assert kept.status_code == 201, kept.text
    sent = await client.post(f"{here}/answers", headers=manager, json={"send": True})
    assert sent.json()["application"]["state"] == "applied"
    there = here.replace("/provider/", "/council/")
    (criterion, other) = (await client.get(there, headers=council)).json()["criteria"]
    scores = [{"criterion_id": each["id"], "score": 4} for each in (criterion, other)]
    assert (await client.post(f"{there}/scores", headers=council, json=scores)).status_code == 200
    decided = await client.post(
        f"{there}/decision", headers=council,
        json={"decision": "approve", "starts_on": clock.today().isoformat(), "conditions": "None"},
    )  # fmt: skip
    assert decided.json()["application"]["state"] == "approved"
    assert (await client.get(here, headers=manager)).json()["criteria"] == []
