"""Who did what to which thing, when and why: append-only, ids and not names (`rules.md` 23, 27)."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from marketplace.kernel import db


class Who(Protocol):
    """Somebody who acts: an actor, or the system itself."""

    @property
    def user_id(self) -> UUID | None:
        """The user, or None for the system."""
        ...

    @property
    def organisation_id(self) -> UUID | None:
        """The organisation the user acts for, if any."""
        ...


class _System:
    """The system acting by its own schedule."""

    user_id: UUID | None = None
    organisation_id: UUID | None = None


SYSTEM = _System()


def plain(values: Mapping[str, Any] | None) -> str | None:
    """JSON text of an audit side, with ids, dates and money as plain values."""
    return None if values is None else msgspec.json.encode(dict(values), enc_hook=_plain).decode()


def _plain(value: object) -> object:
    pence = getattr(value, "pence", None)
    if pence is not None:
        return pence
    return str(value)


async def record_each(
    who: Who,
    action: str,
    subject_type: str,
    subject_ids: Sequence[UUID],
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    because: str = "",
) -> None:
    """Write the same of several things, one record each, by one statement."""
    await db.execute(
        "INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, before, after,"
        " because) SELECT $1, $2, $3, $4, subject, $6::jsonb, $7::jsonb, $8 FROM unnest($5::uuid[]) AS subject",
        who.user_id,
        who.organisation_id,
        action,
        subject_type,
        list(subject_ids),
        plain(before),
        plain(after),
        because,
    )


async def record_all(
    who: Who, action: str, subject_type: str, after: Mapping[UUID, Mapping[str, Any]], *, because: str = ""
) -> None:
    """Write of several things what became of each, one record each, by one statement."""
    await db.execute(
        "INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, after, because)"
        " SELECT $1, $2, $3, $4, a.subject, a.after::jsonb, $7"
        "   FROM unnest($5::uuid[], $6::text[]) AS a (subject, after)",
        who.user_id,
        who.organisation_id,
        action,
        subject_type,
        list(after),
        [plain(told) for told in after.values()],
        because,
    )


async def record(
    who: Who,
    action: str,
    subject_type: str,
    subject_id: UUID | None,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    because: str = "",
) -> None:
    """Write one audit record in the transaction of the change it tells of."""
    await db.execute(
        "INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, before, after,"
        " because) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8)",
        who.user_id,
        who.organisation_id,
        action,
        subject_type,
        subject_id,
        plain(before),
        plain(after),
        because,
    )
