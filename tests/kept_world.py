"""The world, made once by its commands and then laid again row by row: the same for every test, many times faster."""

from copy import copy
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from marketplace.kernel import clock, db
from tests.database import MIGRATED
from tests.world import World, make_world

Rows = dict[str, bytes]
"""Tables as PostgreSQL's own binary form has them, by name."""


@dataclass(frozen=True)
class _Kept:
    """A world as its tables had it, in PostgreSQL's own binary form."""

    world: World
    rows: Rows


_kept: dict[tuple[str, date], _Kept] = {}


async def kept_world(dsn: str) -> World:
    """A world in an empty database: by its commands the first time on a day, later by copying the rows back."""
    key = (dsn, clock.today())
    kept = _kept.get(key)
    if kept is None:
        world = await make_world()
        _kept[key] = _Kept(copy(world), await copy_out())
        return world
    await copy_in(kept.rows)
    return copy(kept.world)


async def copy_out() -> Rows:
    """Every row of every table, but for what migrations put there."""
    rows: Rows = {}
    async with db.connection() as conn:
        tables = await conn.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL ($1::text[])",
            list(MIGRATED),
        )
        for table in tables:
            name = table["tablename"]
            if await conn.fetchval(f"SELECT EXISTS (SELECT 1 FROM {name})"):  # noqa: S608 - names of our tables
                told = BytesIO()
                await conn.copy_from_table(name, output=told, format="binary")
                rows[name] = told.getvalue()
    return rows


async def copy_in(rows: Rows) -> None:
    """Lay rows back into empty tables."""
    async with db.connection() as conn, conn.transaction():
        # What the triggers would do is among the rows already.
        await conn.execute("SET LOCAL session_replication_role = replica")
        for name, told in rows.items():
            await conn.copy_to_table(name, source=BytesIO(told), format="binary")
