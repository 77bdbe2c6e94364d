"""A billing run that is killed before each statement and each commit in turn, and taken up again by another process.

Run by `test_kill_billing.py` with the DSN of a database that has something to bill; prints one JSON line for each place
at which it was killed. Children are forked from a process without connections.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import date, timedelta
from typing import Any

import asyncpg

from invoicing.runs import commands
from invoicing.runs.commands import issue_invoices, resume_runs
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, use_clock

STATEMENTS = ("fetch_all", "fetch_one", "fetch_value", "execute")


def _die_before(place: int) -> None:
    """Let this process be killed before its statement or commit of that number."""
    done = 0

    def wrap(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*args: Any, **named: Any) -> Any:
            nonlocal done
            done += 1
            if done == place:
                os.kill(os.getpid(), signal.SIGKILL)
            return await real(*args, **named)

        return counted

    for name in STATEMENTS:
        setattr(db, name, wrap(getattr(db, name)))
    setattr(db.ReleasingTransaction, "commit", wrap(db.ReleasingTransaction.commit))  # noqa: B010


def _last_month() -> date:
    return (clock.today().replace(day=1) - timedelta(days=10)).replace(day=1)


async def _bill(dsn: str, place: int) -> None:
    db.use_database(dsn)
    await db.open_pool(2)
    _die_before(place)
    await issue_invoices(SYSTEM, _last_month())


async def _take_up(dsn: str) -> None:
    """What the schedule does a few minutes later, and what anybody may do again at any time."""
    db.use_database(dsn)
    await db.open_pool(2)
    with use_clock(FixedClock(clock.now() + timedelta(minutes=5))):
        await resume_runs()
        await issue_invoices(SYSTEM, _last_month())
        told = await _told()
    print(json.dumps(told), flush=True)


async def _told() -> dict[str, Any]:
    row = await db.fetch_one(
        """SELECT (SELECT count(*) FROM invoice_line) AS lines,
                  (SELECT count(DISTINCT booking_id) FROM invoice_line) AS billed,
                  (SELECT count(*) FROM claim) AS claims,
                  (SELECT count(*) FROM invoice) AS invoices,
                  (SELECT count(*) FROM outbox_message WHERE subject LIKE 'Invoice %') AS letters,
                  (SELECT count(*) FROM audit_record WHERE action = 'invoice.issued') AS audited,
                  (SELECT sum(gross_pence) FROM invoice)::bigint AS gross,
                  (SELECT sum(gross_pence) FROM billing_run)::bigint AS run_gross,
                  (SELECT sum(invoices_made) FROM billing_run) AS run_invoices,
                  (SELECT count(*) FROM billing_run WHERE state <> 'done') AS unfinished"""
    )
    numbers = await db.fetch_all("SELECT number FROM invoice ORDER BY number")
    assert row is not None
    return {
        **row,
        "numbers": [int(each["number"].rsplit("-", 1)[1]) for each in numbers],
        "faults": [str(fault) for fault in await verify()],
    }


async def _forget(dsn: str) -> None:
    """Undo all billing, past the triggers that refuse it in real life: quicker than a copy of the database."""
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "SET session_replication_role = replica;"
        " DELETE FROM invoice_line; DELETE FROM invoice; DELETE FROM claim; DELETE FROM billing_run;"
        " DELETE FROM counter WHERE scope LIKE 'invoice:%'; DELETE FROM invoice_series;"
        " DELETE FROM outbox_message WHERE subject LIKE 'Invoice %';"
        " DELETE FROM audit_record WHERE action = 'invoice.issued'"
    )
    await connection.close()


def _child(work: Coroutine[Any, Any, None]) -> int:
    """Do it in a process of its own; answers the signal that ended it, or 0."""
    process = os.fork()
    if process == 0:
        try:
            asyncio.run(work)
        except BaseException as failure:  # noqa: BLE001 - the parent must hear of all
            print(repr(failure), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    work.close()  # It runs in the child.
    _, status = os.waitpid(process, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status):
        raise SystemExit("a child failed")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(dsn: str) -> None:
    """Kill it at every place, until it ends by itself."""
    commands.STEP = 2  # type: ignore[misc]
    place = 0
    killed = signal.SIGKILL.value
    while killed:
        place += 1
        killed = _child(_bill(dsn, place))
        _child(_take_up(dsn))
        _child(_forget(dsn))


if __name__ == "__main__":
    main(sys.argv[1])
