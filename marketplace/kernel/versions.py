"""Two people edit the same thing at once: one wins, the other is told, sees both, and loses nothing typed."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from marketplace.kernel import db
from marketplace.kernel.errors import Conflict, NotFound


class EditedMeanwhile(Conflict):
    """Somebody saved the thing after the page was opened; `newer` is what it says now, with its `version`."""

    code = "edited_meanwhile"

    def __init__(self, newer: db.Row) -> None:
        super().__init__(
            "Somebody else changed this while you were typing. Nothing you typed is lost: compare, then save again.",
            newer=newer,
        )
        self.newer = newer


async def update_version(
    table: str, subject_id: UUID, version: int, values: Mapping[str, object]
) -> tuple[db.Row, int]:
    """Write `values` into a row that is still at `version`; answers what it said before and its new version.

    The columns' names are ours, never typed. Joins the open unit of work. Raises NotFound and EditedMeanwhile.
    """
    names = ", ".join(f'"{name}"' for name in values)
    before = await db.fetch_one(
        f'SELECT {names}, version FROM "{table}" WHERE id = $1 FOR NO KEY UPDATE',  # noqa: S608 - names are ours
        subject_id,
    )
    if before is None:
        raise NotFound
    if before["version"] != version:
        raise EditedMeanwhile(before)
    sets = ", ".join(f'"{name}" = ${index}' for index, name in enumerate(values, start=2))
    await db.execute(
        f'UPDATE "{table}" SET {sets}, version = version + 1 WHERE id = $1',  # noqa: S608 - names are ours
        subject_id,
        *values.values(),
    )
    return before, version + 1


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The names whose values differ: an audit says what was changed, and keeps no copy of what it said."""
    return [name for name in after if before[name] != after[name]]


def mark_of(values: Mapping[str, object]) -> str:
    """The version of a part that has no number of its own: a few letters of what it says."""
    return hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()[:24]
