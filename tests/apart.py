"""Running our commands beside a sync test: a thread with its own event loop and its own connections."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from marketplace.kernel import db

T = TypeVar("T")


class Apart:
    """A loop in a thread on one database.

    Playwright and Hypothesis tests are sync, and an asyncpg pool belongs to one loop: while something runs here, the
    engine uses this pool; afterwards it has its own again.
    """

    def __init__(self, dsn: str, connections: int = 6) -> None:
        self.dsn = dsn
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._pool: Any = None
        self.run(lambda: self._open(connections))

    async def _open(self, connections: int) -> None:
        await db.open_pool(connections)
        self._pool = db.ENGINE.pool

    def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something to its end and answer what it answers, or raise what it raises."""
        before = db.ENGINE.pool, db.ENGINE.config
        db.ENGINE.pool, db.ENGINE.config = self._pool, {"dsn": self.dsn}
        try:
            return asyncio.run_coroutine_threadsafe(_awaited(work), self._loop).result()
        finally:
            db.ENGINE.pool, db.ENGINE.config = before

    def close(self) -> None:
        """Give the connections back and end the thread."""
        self.run(db.close_pool)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _awaited(work: Callable[[], Awaitable[T]]) -> T:
    return await work()
