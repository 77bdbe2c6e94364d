"""One way to move a thing from state to state: guarded, audited, and honest about lost races."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.kernel import db
from marketplace.kernel.audit import Who, record, record_each
from marketplace.kernel.errors import StateConflict


async def transition(
    who: Who,
    table: str,
    subject_id: UUID,
    frm: StrEnum,
    to: StrEnum,
    allowed: Mapping[Any, frozenset[Any]],
    *,
    action: str,
    because: str = "",
    also: Mapping[str, object] | None = None,
) -> None:
    """Move `table`'s row from one state to another, set the columns in `also`, and audit it.

    Raises StateConflict when the table of transitions forbids the move or somebody was quicker.
    """
    if to not in allowed.get(frm, frozenset()):
        raise StateConflict(f"This cannot go from “{frm}” to “{to}”.")
    columns = dict(also or {})
    sets = "".join(f', "{name}" = ${index}' for index, name in enumerate(columns, start=4))
    moved = await db.fetch_value(
        f'UPDATE "{table}" SET state = $3{sets} WHERE id = $1 AND state = $2 RETURNING id',  # noqa: S608 - names are ours
        subject_id,
        str(frm),
        str(to),
        *columns.values(),
    )
    if moved is None:
        raise StateConflict("Somebody changed this a moment ago. Look at it again before you go on.")
    await record(
        who, action, table, subject_id, before={"state": frm}, after={"state": to, **columns}, because=because
    )


async def transition_each(
    who: Who,
    table: str,
    subject_ids: Sequence[UUID],
    frm: StrEnum,
    to: StrEnum,
    allowed: Mapping[Any, frozenset[Any]],
    *,
    action: str,
    because: str = "",
    also: Mapping[str, object] | None = None,
) -> None:
    """Move several rows that the caller has locked from one state to another, by one statement, each audited.

    Raises StateConflict when the table of transitions forbids the move or one of them is in another state.
    """
    if to not in allowed.get(frm, frozenset()):
        raise StateConflict(f"This cannot go from “{frm}” to “{to}”.")
    columns = dict(also or {})
    sets = "".join(f', "{name}" = ${index}' for index, name in enumerate(columns, start=4))
    moved = await db.fetch_all(
        f'UPDATE "{table}" SET state = $3{sets} WHERE id = ANY ($1) AND state = $2 RETURNING id',  # noqa: S608 - names are ours
        list(subject_ids),
        str(frm),
        str(to),
        *columns.values(),
    )
    if len(moved) != len(set(subject_ids)):
        raise StateConflict("Somebody changed this a moment ago. Look at it again before you go on.")
    await record_each(
        who,
        action,
        table,
        subject_ids,
        before={"state": frm},
        after={"state": to, **columns},
        because=because,
    )


def mermaid(transitions: Mapping[Any, frozenset[Any]]) -> str:
    """The state diagram, for the docs, from the same table that the code obeys."""
    lines = ["stateDiagram-v2"]
    for frm, targets in transitions.items():
        lines += [f"    {frm} --> {to}" for to in sorted(targets)]
        if not targets:
            lines.append(f"    {frm} --> [*]")
    return "\n".join(lines)
