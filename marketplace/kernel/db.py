"""One PostgreSQL, one pool for each process, one transaction for each use case."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from marketplace.kernel.errors import Conflict, DomainError
from marketplace.kernel.settings import settings

Row = dict[str, Any]


class ReleasingTransaction(PostgresTransaction):
    """Gives the connection back even when COMMIT itself fails, as a deferred constraint makes it do."""

    async def __aexit__(self, exception_type: Any, exception: Any, traceback: Any) -> bool:
        try:
            if exception is not None:
                if not self._rolled_back:
                    await self.rollback()
            elif not self._committed and not self._rolled_back:
                await self.commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            if self.engine.pool:
                await self.engine.pool.release(self.connection)
            else:
                await self.connection.close()
        return False


class MarketplaceEngine(PostgresEngine):
    """Piccolo's engine with our transaction."""

    def transaction(self, allow_nested: bool = False) -> PostgresTransaction:
        """A transaction; nested ones are refused, because Piccolo would silently ignore them."""
        return ReleasingTransaction(engine=self, allow_nested=allow_nested)

    async def check_version(self) -> None:
        """Nothing is asked of the database before there is one; `/readyz` says whether it answers."""

    async def prep_database(self) -> None:
        """Extensions come with the migrations."""


ENGINE = MarketplaceEngine(config={"dsn": settings().database_url} if settings().database_url else {})


def use_database(dsn: str) -> None:
    """Say which database this process works on; before `open_pool`."""
    ENGINE.config = {"dsn": dsn}


async def _no_reset(connection: asyncpg.Connection) -> None:
    # We leave nothing behind on a connection (no session settings, no listening, no temporary tables),
    # and the reset query costs 8 to 22 per cent of a small transaction.
    return None


async def open_pool(size: int | None = None) -> bool:
    """Open this process's connections, unless they are open; answers whether they were opened now.

    About eight for each database node in all is right.
    """
    if ENGINE.pool is not None:
        return False
    most = size or settings().pool_size
    await ENGINE.start_connection_pool(min_size=min(2, most), max_size=most, reset=_no_reset)
    return True


async def close_pool() -> None:
    """Close this process's connections."""
    if ENGINE.pool is not None:
        await ENGINE.close_connection_pool()


# What a broken constraint means to a person; the packages that own the constraints add theirs.
_CONSTRAINT_ERRORS: dict[str, DomainError] = {}


def explain_constraint(name: str, error: DomainError) -> None:
    """Register the error that stands for a broken constraint."""
    _CONSTRAINT_ERRORS[name] = error


def explained(constraint_name: str | None) -> DomainError | None:
    """The registered error that stands for a broken constraint, or None."""
    known = _CONSTRAINT_ERRORS.get(constraint_name or "")
    if known is None:
        return None
    # A fresh copy each time: an exception object carries its own traceback.
    copy = known.__class__.__new__(known.__class__)
    copy.__dict__.update(known.__dict__)
    copy.args = known.args
    return copy


_doomed: ContextVar[bool] = ContextVar("doomed", default=False)
AtTheEnd = Callable[[Sequence[Any]], Awaitable[None]]
_at_the_end: ContextVar[dict[AtTheEnd, list[Any]]] = ContextVar("at_the_end")


def at_the_end(work: AtTheEnd, value: object) -> None:
    """Have something done once before the open unit of work commits, with every value that was given for it.

    For what can only be said when everything has happened. Raises RuntimeError outside a unit of work.
    """
    if not in_transaction():
        raise RuntimeError("at_the_end() belongs into a unit of work")
    _at_the_end.get().setdefault(work, []).append(value)


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[None]:
    """One use case, one transaction: all of it happens or none.

    Inside an open unit of work this joins it; a failure inside dooms the whole, even when it is caught on the way.

    Raises the registered DomainError when a known constraint refuses, and Conflict when PostgreSQL
    gave up on a deadlock or a serialisation failure (nothing was changed; trying again is safe).
    """
    if in_transaction():
        try:
            yield
        except BaseException:
            _doomed.set(True)
            raise
        return
    fresh, waiting = _doomed.set(False), _at_the_end.set({})
    try:
        async with ENGINE.transaction():
            yield
            for work, values in _at_the_end.get().items():
                await work(values)
            if _doomed.get():
                raise RuntimeError("a part of this unit of work failed, so the whole cannot be kept")
    except asyncpg.IntegrityConstraintViolationError as failure:
        known = explained(failure.constraint_name)
        if known is None:
            raise
        raise known from failure
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as failure:
        raise Conflict("Somebody changed the same thing at the same moment. Try again.") from failure
    finally:
        _doomed.reset(fresh)
        _at_the_end.reset(waiting)


def in_transaction() -> bool:
    """Whether a unit of work is open."""
    return ENGINE.current_transaction.get() is not None


def _pool() -> Any:
    if ENGINE.pool is None:
        raise RuntimeError("open_pool() comes before the first statement")
    return ENGINE.pool


def _here() -> Any:
    """Where a statement runs: on the connection of the open unit of work, or on any of the pool's."""
    current = ENGINE.current_transaction.get()
    return _pool() if current is None else current.connection


@asynccontextmanager
async def connection() -> AsyncIterator[Any]:
    """The connection of the open unit of work, or one of the pool's: for several statements in a row."""
    current = ENGINE.current_transaction.get()
    if current is not None:
        yield current.connection
    else:
        async with _pool().acquire() as pooled:
            yield pooled


async def fetch_all(sql: str, *args: object) -> list[Row]:
    """Rows of a query with $1-style parameters."""
    return [dict(row) for row in await _here().fetch(sql, *args)]


async def fetch_one(sql: str, *args: object) -> Row | None:
    """The first row, or None."""
    row = await _here().fetchrow(sql, *args)
    return None if row is None else dict(row)


async def fetch_value(sql: str, *args: object) -> Any:
    """The first column of the first row, or None."""
    return await _here().fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """Run a statement; answers PostgreSQL's command tag."""
    return str(await _here().execute(sql, *args))


async def execute_many(sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run a statement once for each row of parameters, in one round trip."""
    await _here().executemany(sql, rows)


async def run_script(path: Path) -> None:
    """Run a file of several statements, for migrations."""
    async with connection() as conn:
        await conn.execute(path.read_text())
