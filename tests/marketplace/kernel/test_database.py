"""Units of work, idempotency, jobs, letters: against a real PostgreSQL, in parallel."""

import asyncio
import email
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from marketplace.jobs import JOBS, leadership
from marketplace.kernel import audit, db, outbox, settings
from marketplace.kernel.errors import IdempotencyConflict, NotFound, StateConflict
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.jobs import Job, run_slot
from marketplace.kernel.states import transition
from tests.world import World

pytestmark = pytest.mark.usefixtures("database")


async def _letters() -> int:
    return int(await db.fetch_value("SELECT count(*) FROM outbox_message"))


async def test_all_of_a_unit_of_work_happens_or_none() -> None:
    async def change_and_fail() -> None:
        async with db.unit_of_work():
            await outbox.enqueue_mail("a@example.com", "one", "")
            raise NotFound

    with pytest.raises(NotFound):
        await change_and_fail()
    assert await _letters() == 0
    assert not db.in_transaction()


async def test_a_failure_inside_dooms_the_whole_even_when_it_is_caught() -> None:
    async def inner() -> None:
        async with db.unit_of_work():
            raise NotFound

    async def outer() -> None:
        async with db.unit_of_work():
            await outbox.enqueue_mail("a@example.com", "one", "")
            with pytest.raises(NotFound):
                await inner()

    with pytest.raises(RuntimeError):
        await outer()
    assert await _letters() == 0


async def test_what_is_said_at_the_end_is_said_once_of_everything_and_with_the_rest_or_not_at_all() -> None:
    async def write(values: Sequence[str]) -> None:
        await outbox.enqueue_mail("a@example.com", " and ".join(values), "")

    async def two_things(*, fails: bool) -> None:
        async with db.unit_of_work():
            db.at_the_end(write, "one")
            async with db.unit_of_work():
                db.at_the_end(write, "two")
            assert await _letters() == 0
            if fails:
                raise NotFound

    with pytest.raises(NotFound):
        await two_things(fails=True)
    assert await _letters() == 0
    await two_things(fails=False)
    assert await db.fetch_value("SELECT string_agg(subject, '; ') FROM outbox_message") == "one and two"
    with pytest.raises(RuntimeError):
        db.at_the_end(write, "three")


async def test_a_commit_that_fails_gives_the_connection_back(world: World) -> None:
    """A deferred constraint refuses at COMMIT: nothing is kept and no connection is lost."""

    async def unbalanced() -> None:
        async with db.unit_of_work():
            journal = await db.fetch_value(
                "SELECT id FROM journal WHERE fund_id = $1 LIMIT 1", world.emma_isf
            )
            await db.execute(
                "INSERT INTO entry (id, journal_id, account, amount_pence) VALUES ($1, $2, 'fee', 1)",
                uuid4(),
                journal,
            )

    for _ in range(30):  # More often than there are connections.
        with pytest.raises(asyncpg.CheckViolationError):
            await asyncio.wait_for(unbalanced(), timeout=5)
    assert not db.in_transaction()


async def test_the_same_key_runs_once_however_many_ask_at_the_same_moment() -> None:
    owner, runs = uuid4(), 0

    async def work() -> dict[str, int]:
        nonlocal runs
        runs += 1
        await outbox.enqueue_mail("a@example.com", "once", "")
        await asyncio.sleep(0.05)
        return {"run": runs}

    key = key_of(owner, "k", "POST /x", {"a": 1})
    answers = await asyncio.gather(*(once(key, 201, work) for _ in range(6)))
    assert set(answers) == {(201, b'{"run":1}')}
    assert await _letters() == 1
    with pytest.raises(IdempotencyConflict):
        await once(key_of(owner, "k", "POST /x", {"a": 2}), 201, work)
    assert (await once(key_of(uuid4(), "k", "POST /x", {"a": 2}), 201, work))[0] == 201


async def test_a_refusal_is_not_kept_under_its_key() -> None:
    key = key_of(uuid4(), "k", "POST /x", {})

    async def refuse() -> None:
        raise NotFound

    async def work() -> str:
        return "done"

    with pytest.raises(NotFound):
        await once(key, 200, refuse)
    assert await once(key, 200, work) == (200, b'"done"')


@pytest.mark.row("O2")
async def test_a_slot_of_a_job_runs_once_among_many_processes() -> None:
    runs: list[int] = []

    async def work() -> str:
        runs.append(1)
        return "done"

    job = Job("test", "", {}, work)
    answers = await asyncio.gather(*(run_slot(job, "2026-11-21T05:00") for _ in range(8)))
    assert len(runs) == 1
    assert sorted(answers, key=str) == [None] * 7 + ["done"]
    assert await run_slot(job, "2026-11-21T05:01") == "done"


@pytest.mark.row("O2")
async def test_there_is_one_leader_and_the_next_takes_over_when_it_goes(dsn: str) -> None:
    leading: list[str] = []

    @asynccontextmanager
    async def as_leader(name: str) -> AsyncIterator[None]:
        async with leadership(dsn, ask_every_seconds=0.05):
            leading.append(name)
            yield

    async def second() -> None:
        async with as_leader("second"):
            pass

    async with as_leader("first"):
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.3)
        assert leading == ["first"]
    await asyncio.wait_for(waiting, timeout=5)
    assert leading == ["first", "second"]


@pytest.mark.row("O2")
async def test_a_leader_that_loses_the_database_knows_it(dsn: str) -> None:
    async with leadership(dsn) as over:
        await db.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
            " AND objid = x'6a6f6273'::int"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        await asyncio.wait_for(over.wait(), timeout=5)
    async with leadership(dsn) as over:
        assert not over.is_set()


async def test_every_job_of_the_schedule_runs_on_an_empty_house() -> None:
    for job in JOBS.values():
        assert await job.run()


async def test_letters_leave_once_though_two_processes_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(settings.settings(), var_dir=tmp_path, smtp_url=None)
    monkeypatch.setattr("marketplace.kernel.outbox.settings", lambda: here)
    for number in range(10):
        await outbox.enqueue_mail("pat@example.com", f"Letter {number}", "Hello")
    sent = await asyncio.gather(*(outbox.deliver_waiting() for _ in range(3)))
    assert sum(sent) == 10
    letters = [email.message_from_bytes(path.read_bytes()) for path in (tmp_path / "mail").iterdir()]
    assert sorted(letter["Subject"] for letter in letters) == [f"Letter {number}" for number in range(10)]
    assert await outbox.deliver_waiting() == 0


async def test_a_letter_that_cannot_leave_waits_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    here = replace(settings.settings(), smtp_url="smtp://127.0.0.1:9")
    monkeypatch.setattr("marketplace.kernel.outbox.settings", lambda: here)
    await outbox.enqueue_mail("pat@example.com", "Letter", "Hello")
    assert await outbox.deliver_waiting() == 0
    row = await db.fetch_one(
        "SELECT attempts, last_error, delivered_at, not_before > now() AS later FROM outbox_message"
    )
    assert row == {"attempts": 1, "last_error": "ConnectionRefusedError", "delivered_at": None, "later": True}


async def test_a_lost_race_of_a_state_is_a_conflict_and_leaves_no_audit(world: World) -> None:
    from providers.rules import ACTIVITY_TRANSITIONS, ActivityState

    activity = await world.activity()
    with pytest.raises(StateConflict):
        await transition(
            world.manager, "activity", activity, ActivityState.DRAFT, ActivityState.PUBLISHED, ACTIVITY_TRANSITIONS,
            action="test",
        )  # fmt: skip
    assert await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'test'") == 0


@pytest.mark.row("A3")
async def test_audit_records_cannot_be_changed_or_removed() -> None:
    await audit.record(audit.SYSTEM, "test", "thing", None)
    for change in (
        "UPDATE audit_record SET action = 'x'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(change)
