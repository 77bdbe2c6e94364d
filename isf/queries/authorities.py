"""Reads about who may act for people: now, and on any day."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.rules import last_day, runs_on
from isf.rules.authorities import Held, Known, held_on
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import AuthorityKind, Permission, Scope
from marketplace.kernel import clock, db


class AuthorityLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do for a person; `ends_on` is the first day without."""

    id: UUID
    kind: AuthorityKind
    scopes: list[Scope]
    holder: str
    starts_on: date
    ends_on: date | None
    evidence: str
    evidence_file: UUID | None
    capacity_decided_by: str
    capacity_decided_on: date | None
    ended_by: str
    ended_at: datetime | None
    ended_because: str

    @property
    def last_day(self) -> date | None:
        """The last day with it, if there is one."""
        return last_day(self.ends_on) if self.ends_on else None

    @property
    def runs(self) -> bool:
        """Whether it holds today."""
        return runs_on(self.starts_on, self.ends_on, clock.today())

    @property
    def over(self) -> bool:
        """Whether it has ended, or was taken back before it began."""
        return self.ends_on is not None and self.ends_on <= max(clock.today(), self.starts_on)


class DayLine(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody could do on one day, as it was known then; `since` and `until` where it was not the whole day."""

    authority_id: UUID
    kind: AuthorityKind
    scopes: list[Scope]
    holder: str
    could: bool
    since: datetime | None
    until: datetime | None
    changed_later: bool
    recorded_at: datetime
    changed_at: datetime | None
    changed_by: str
    because: str


_HOLDER = """
    LEFT JOIN organisation o ON o.id = a.organisation_id LEFT JOIN app_user u ON u.id = a.user_id
    LEFT JOIN app_user c ON c.id = a.changed_by
"""


async def authorities_of(actor: Actor, person_id: UUID) -> list[AuthorityLine]:
    """Who may act for a person, now, later and before: those that hold today first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT a.id, a.kind, a.scopes, coalesce(o.name, u.name) AS holder, a.starts_on, a.ends_on, a.evidence,"
        "       a.evidence_file, a.capacity_decided_by, a.capacity_decided_on, coalesce(c.name, '') AS ended_by,"
        "       a.changed_at AS ended_at, a.changed_because AS ended_because"
        f"  FROM authority a {_HOLDER}"
        " WHERE a.person_id = $1 ORDER BY coalesce(a.ends_on <= $2, false), a.starts_on, a.id",
        person_id,
        clock.today(),
    )
    return [msgspec.convert(row, AuthorityLine) for row in rows]


async def authorities_on(actor: Actor, person_id: UUID, day: date) -> list[DayLine]:
    """Who could do what for a person on a day, as it was true then, and what was changed about it afterwards.

    Also lists what was recorded only later for that day (`could` is false). Raises NotFound.
    """
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT a.id, a.kind, a.scopes, coalesce(o.name, u.name) AS holder, a.starts_on, a.ends_on, a.created_at,"
        "       h.moments, h.befores, h.who, h.because"
        f"  FROM authority a {_HOLDER}"
        "  LEFT JOIN LATERAL ("
        "      SELECT array_agg(x.changed_at ORDER BY x.changed_at, x.id) AS moments,"
        "             array_agg(x.ends_on_before ORDER BY x.changed_at, x.id) AS befores,"
        "             (array_agg(coalesce(xu.name, '') ORDER BY x.changed_at DESC, x.id DESC))[1] AS who,"
        "             (array_agg(x.because ORDER BY x.changed_at DESC, x.id DESC))[1] AS because"
        "        FROM authority_change x LEFT JOIN app_user xu ON xu.id = x.changed_by WHERE x.authority_id = a.id"
        "  ) h ON true"
        " WHERE a.person_id = $1 ORDER BY a.starts_on, a.id",
        person_id,
    )
    told = [(row, held_on(row["starts_on"], _known(row), day)) for row in rows]
    return [_day_line(row, held) for row, held in told if held.could or held.changed_later]


def _known(row: db.Row) -> list[Known]:
    """What was known of its end, from when on."""
    since = [row["created_at"], *(row["moments"] or ())]
    ends = [*(row["befores"] or ()), row["ends_on"]]
    return [Known(*each) for each in zip(since, ends, strict=True)]


def _day_line(row: db.Row, held: Held) -> DayLine:
    moments = row["moments"] or ()
    return DayLine(
        authority_id=row["id"],
        kind=AuthorityKind(row["kind"]),
        scopes=[scope for scope in Scope if scope in row["scopes"]],
        holder=row["holder"],
        could=held.could,
        since=held.since,
        until=held.until,
        changed_later=held.changed_later,
        recorded_at=row["created_at"],
        changed_at=moments[-1] if moments else None,
        changed_by=row["who"] or "",
        because=row["because"] or "",
    )


async def holders(actor: Actor) -> list[tuple[UUID, str]]:
    """Organisations that can act for people or hold an ISF: those where somebody can sign in, councils left out."""
    require(actor, Permission.PERSON_MANAGE)
    rows = await db.fetch_all(
        "SELECT o.id, o.name FROM organisation o WHERE NOT EXISTS (SELECT 1 FROM council c WHERE c.id = o.id)"
        "   AND EXISTS (SELECT 1 FROM role_grant g WHERE g.organisation_id = o.id"
        "                AND g.role IN ('broker', 'provider_manager') AND (g.ends_on IS NULL OR g.ends_on > $1))"
        " ORDER BY o.name",
        clock.today(),
    )
    return [(row["id"], row["name"]) for row in rows]


async def user_by_email(actor: Actor, email: str) -> UUID | None:
    """The user who signs in with an e-mail, for staff who let them act for a person."""
    require(actor, Permission.PERSON_MANAGE)
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM app_user WHERE lower(email) = lower($1) AND active", email
    )
    return found
