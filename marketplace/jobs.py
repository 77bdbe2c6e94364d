"""The schedule: which job runs when, by one leader among any number of processes (`design.md`, Jobs)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from invoicing.jobs import JOBS as INVOICING_JOBS
from isf.agreements.jobs import JOBS as AGREEMENT_JOBS
from isf.contributions.jobs import JOBS as CONTRIBUTION_JOBS
from isf.ledger.verify import verify
from isf.payments.jobs import JOBS as PAYMENT_JOBS
from isf.statements.jobs import STATEMENTS
from isf.urgent.commands import end_what_is_over
from marketplace.bookings.checks.commands import confirm_by_time
from marketplace.bookings.news.commands import tell_what_happened
from marketplace.bookings.pauses.retainers import charge_kept_places
from marketplace.bookings.refills import waive_refilled
from marketplace.bookings.waitlist.offers import settle_lines
from marketplace.kernel import audit, clock, db, files, outbox
from marketplace.kernel.clock import LONDON
from marketplace.kernel.jobs import Job, run_slot
from providers.accreditation.jobs import JOBS as ACCREDITATION_JOBS
from providers.pictures.commands import sweep_pictures
from providers.timetables.jobs import JOBS as TIMETABLE_JOBS

log = logging.getLogger("fairday.jobs")

_LEADER_LOCK = 0x6A6F6273  # "jobs"


async def _send_letters() -> str:
    await tell_what_happened()
    return f"{await outbox.deliver_waiting()} letters sent"


async def _waive_refilled() -> str:
    today = clock.today()
    return f"{await waive_refilled(audit.SYSTEM, today - timedelta(days=7), today)} charges taken back"


async def _confirm_attendance() -> str:
    return f"{await confirm_by_time()} visits count as right"


async def _settle_waitlists() -> str:
    return f"{await settle_lines()} waitlists settled"


async def _end_urgent_support() -> str:
    return f"{await end_what_is_over()} funds of urgent support ended or given back"


async def _verify_ledger() -> str:
    faults = await verify()
    for fault in faults:
        log.error("ledger fault: %s", fault)
    if faults:
        raise RuntimeError(f"{len(faults)} faults in the ledger")
    return "every ledger is whole"


async def _tidy() -> str:
    now = clock.now()
    await db.execute("DELETE FROM login_session WHERE expires_at < $1", now)
    await db.execute("DELETE FROM spent_attempt WHERE window_starts < $1", now - timedelta(days=1))
    await db.execute("DELETE FROM idempotency_record WHERE created_at < $1", now - timedelta(days=30))
    await db.execute("DELETE FROM job_run WHERE started_at < $1", now - timedelta(days=90))
    swept = await files.sweep()
    swept += await sweep_pictures()
    return f"old sign-ins, counters and answers removed, and {swept} files that belong to nothing"


async def _charge_kept() -> str:
    done = 0
    while more := await charge_kept_places():
        done += more
    return f"{done} kept places charged"


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job("letters", "Send the letters that wait", {"minute": "*"}, _send_letters),
        Job("refills", "Take back charges for places that others took", {"minute": 20}, _waive_refilled),
        Job("attendance", "Count visits as right in time", {"hour": 1, "minute": 40}, _confirm_attendance),
        Job("waitlists", "Offer free places to those who wait", {"minute": "*"}, _settle_waitlists),
        Job(
            "kept-places",
            "Charge for places that were kept in a pause",
            {"hour": 4, "minute": 20},
            _charge_kept,
        ),
        Job(
            "urgent-support",
            "End arranged support that is over",
            {"hour": 1, "minute": 10},
            _end_urgent_support,
        ),
        Job("ledger-verify", "Prove every balance and chain", {"hour": 2, "minute": 30}, _verify_ledger),
        Job("tidy", "Remove what is kept only for a while", {"hour": 3, "minute": 15}, _tidy),
        STATEMENTS,
        *TIMETABLE_JOBS,
        *ACCREDITATION_JOBS,
        *AGREEMENT_JOBS,
        *PAYMENT_JOBS,
        *CONTRIBUTION_JOBS,
        *INVOICING_JOBS,
    )
}


def slot_now() -> str:
    """The name of this minute's slot."""
    return clock.now().strftime("%Y-%m-%dT%H:%M")


async def _run(job: Job) -> None:
    try:
        detail = await run_slot(job, slot_now())
    except Exception:
        log.exception("the job %s failed", job.name)
    else:
        log.info("the job %s: %s", job.name, detail or "another process has it")


@asynccontextmanager
async def leadership(dsn: str, ask_every_seconds: float = 5) -> AsyncIterator[asyncio.Event]:
    """Wait until this process is the leader; answers an event that says when it is not any more.

    The lock belongs to a connection of its own: a leader that dies, or loses the database, has let go.
    """
    over = asyncio.Event()
    connection = await asyncpg.connect(dsn)
    connection.add_termination_listener(lambda _: over.set())
    try:
        # Asked again and again, because a statement that waits would hold back VACUUM for as long as it waits.
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LEADER_LOCK):  # noqa: ASYNC110
            await asyncio.sleep(ask_every_seconds)
        yield over
    finally:
        await connection.close()


async def _lead(dsn: str) -> None:
    while True:
        try:
            async with leadership(dsn) as over:
                await _keep_time_until(over)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            log.warning("the schedule has lost the database; it asks again in a few seconds")
        await asyncio.sleep(5)


async def _keep_time_until(over: asyncio.Event) -> None:
    scheduler = AsyncIOScheduler(timezone=LONDON)
    for job in JOBS.values():
        scheduler.add_job(
            _run, CronTrigger(timezone=LONDON, **job.cron), [job], id=job.name, max_instances=1,
            misfire_grace_time=30, coalesce=True,
        )  # fmt: skip
    scheduler.start()
    try:
        await over.wait()
    finally:
        scheduler.shutdown(wait=False)


@asynccontextmanager
async def schedule(dsn: str) -> AsyncIterator[None]:
    """Take part in the schedule while the block runs."""
    task = asyncio.create_task(_lead(dsn))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
