"""Work by the clock: every slot of every job runs once, whichever process is quicker (`design.md`, Jobs)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from marketplace.kernel import clock, db


@dataclass(frozen=True, slots=True)
class Job:
    """A named piece of work. `cron` is when it runs, London time; `run` answers one line that says what it did."""

    name: str
    summary: str
    cron: dict[str, Any]
    run: Callable[..., Awaitable[str]]
    takes_month: bool = False


async def claim(job: str, slot: str) -> bool:
    """Whether this process is the one that runs the slot: the insert decides."""
    tag = await db.execute(
        "INSERT INTO job_run (job, slot, started_at) VALUES ($1, $2, $3) ON CONFLICT (job, slot) DO NOTHING",
        job,
        slot,
        clock.now(),
    )
    return tag == "INSERT 0 1"


async def run_slot(job: Job, slot: str) -> str | None:
    """Run a job for a slot unless somebody did or does; answers what it did, or None when it was taken.

    A job that fails says so in `job_run` and raises; its next slot runs as usual, so jobs catch up on what is due.
    """
    if not await claim(job.name, slot):
        return None
    try:
        detail = await job.run()
    except BaseException as failure:
        await _finish(job.name, slot, detail=type(failure).__name__, succeeded=False)
        raise
    await _finish(job.name, slot, detail=detail, succeeded=True)
    return detail


async def _finish(job: str, slot: str, *, detail: str, succeeded: bool) -> None:
    await db.execute(
        "UPDATE job_run SET finished_at = $3, succeeded = $4, detail = $5 WHERE job = $1 AND slot = $2",
        job,
        slot,
        clock.now(),
        succeeded,
        detail,
    )
