"""Runs a piece of work again and again, killed a step later each time, until it comes to its end.

    python tests/withstand/dying.py event SIGNATURE < BODY
    python tests/withstand/dying.py refunds
    python tests/withstand/dying.py all < WORKS

A step is a statement to the database, COMMIT too; what is asked of Stripe lies between two of them. Prints how many
times it was killed. Each try is a process of its own, killed with SIGKILL, as a power cut would. WORKS is JSON: a list
of what is done in turn, each with the user, organisation and role who does it, a query that answers what it is done to
or with, and a query whose answer each try prints before it begins.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from invoicing.cards.events import take_event
from invoicing.cards.jobs import send_refunds
from invoicing.payment_runs.commands import approve_run, send_run
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.returning import return_payment
from invoicing.periods.commands import close_month
from invoicing.uploads.commands import send
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db

_STATEMENTS = ("fetch", "fetchrow", "fetchval", "execute", "executemany")


def kill_after(steps: int) -> None:
    """From now on this process dies instead of making its next statement but so many."""
    left = steps

    def counted(real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def ask(self: Any, *args: Any, **named: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return await real(self, *args, **named)

        return ask

    for name in _STATEMENTS:
        setattr(asyncpg.Connection, name, counted(getattr(asyncpg.Connection, name)))


async def _run(work: Callable[[], Awaitable[object]], steps: int, look: str) -> None:
    await db.open_pool()
    if look:
        print(await db.fetch_value(look), flush=True)
    kill_after(steps)
    await work()


def die_until_done(work: Callable[[], Awaitable[object]], look: str = "") -> int:
    """How many times the work was killed before a try came to its end. Raises RuntimeError when a try failed."""
    for steps in range(1000):
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(_run(work, steps, look))
            except BaseException as failure:  # noqa: BLE001 - told by the exit code
                print(repr(failure), file=sys.stderr)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            continue
        if status != 0:
            raise RuntimeError(f"a try failed after {steps} steps")
        return steps
    raise RuntimeError("it never came to its end")


WORKS: dict[str, Callable[..., Awaitable[object]]] = {
    "propose": lambda actor, due_until: propose_run(actor, due_until, clock.today()),
    "approve": approve_run,
    "send": send_run,
    "return": lambda actor, payment: return_payment(actor, payment, clock.today(), "Account closed"),
    "close": close_month,
    "send their own": send,
}
"""What somebody does, by name, to one thing or with one day."""


async def _somebodys(work: dict[str, str]) -> None:
    actor = Actor(UUID(work["user"]), UUID(work["organisation"]), frozenset({Role(work["role"])}))
    await WORKS[work["name"]](actor, await db.fetch_value(work["about"]))


def main() -> None:
    """Do what the command line says."""
    if sys.argv[1] == "refunds":
        print(die_until_done(send_refunds))
        return
    if sys.argv[1] == "all":
        for work in json.load(sys.stdin):
            print(work["name"], flush=True)
            print(die_until_done(partial(_somebodys, work), work["look"]), flush=True)
        return
    body, signature = sys.stdin.buffer.read(), sys.argv[2]
    print(die_until_done(lambda: take_event(body, signature)))


if __name__ == "__main__":
    main()
