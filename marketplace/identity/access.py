"""Who is asking, and whether they may (`design.md`, Permission). Can't see: 404. Sees but may not: 403."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from marketplace.identity.rules import (
    COUNCIL_ROLES,
    Permission,
    Role,
    Scope,
    council_scopes_of,
    permissions_of,
)
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Forbidden, NotFound, NotSignedIn


@dataclass(frozen=True, slots=True)
class Actor:
    """A user acting for an organisation, or for themselves (no organisation)."""

    user_id: UUID
    organisation_id: UUID | None
    roles: frozenset[Role]
    name: str = field(default="", repr=False)
    organisation_name: str = field(default="", repr=False)

    @property
    def permissions(self) -> frozenset[Permission]:
        """What the actor's roles allow."""
        return permissions_of(self.roles)

    @property
    def council_id(self) -> UUID | None:
        """The council whose staff the actor is, if any."""
        return self.organisation_id if self.roles & COUNCIL_ROLES else None


def require(actor: Actor | None, permission: Permission) -> Actor:
    """The actor, if their roles allow it. Raises NotSignedIn or Forbidden."""
    if actor is None:
        raise NotSignedIn
    if permission not in actor.permissions:
        raise Forbidden
    return actor


def organisation_with(actor: Actor, permission: Permission) -> UUID:
    """The organisation for which the actor does this. Raises Forbidden, and NotFound for who acts for none."""
    require(actor, permission)
    if actor.organisation_id is None:
        raise NotFound
    return actor.organisation_id


# One statement of what an actor may do for a person on a day; $1 user, $2 organisation, $3 day.
# Council staff reach every person of their council ($4, null for others).
SCOPES_SQL = """
    SELECT scope FROM authority a, unnest(a.scopes) AS scope
     WHERE a.person_id = p.id AND (a.user_id = $1 OR a.organisation_id = $2)
       AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)
"""


async def scopes_for(actor: Actor, person_id: UUID, on: date | None = None) -> frozenset[Scope]:
    """What the actor may do for the person on a day (today by default); empty when there is no relationship."""
    rows = await db.fetch_one(
        f"SELECT p.council_id, ARRAY({SCOPES_SQL})::text[] AS scopes FROM person p WHERE p.id = $4",  # noqa: S608
        actor.user_id,
        actor.organisation_id,
        on or clock.today(),
        person_id,
    )
    return scopes_from(actor, rows)


def scopes_from(actor: Actor, row: db.Row | None) -> frozenset[Scope]:
    """The scopes in a row that selected `council_id` and `scopes` by SCOPES_SQL."""
    if row is None:
        return frozenset()
    scopes = frozenset(Scope(scope) for scope in row["scopes"])
    if actor.council_id is not None and actor.council_id == row["council_id"]:
        scopes |= council_scopes_of(actor.roles)
    return scopes


def check_scope(scopes: frozenset[Scope], scope: Scope) -> None:
    """Raises NotFound when nothing may be seen, Forbidden when this may not be done."""
    if Scope.SEE not in scopes:
        raise NotFound
    if scope not in scopes:
        raise Forbidden("You can see this person's money and week, but you may not do this for them.")


async def require_person(actor: Actor, person_id: UUID, scope: Scope) -> None:
    """The actor's roles and relationship allow it for this person today. Raises NotFound or Forbidden."""
    require(actor, Permission.PERSON_SEE)
    check_scope(await scopes_for(actor, person_id), scope)


async def record_view(actor: Actor, subject_type: str, subject_id: UUID) -> None:
    """Every view of a person's record is audited (`rules.md` 27)."""
    await audit.record(actor, f"{subject_type}.viewed", subject_type, subject_id)
