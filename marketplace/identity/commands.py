"""Making councils, organisations, users and authorities: each one use case, one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from marketplace.identity.credentials import hash_password
from marketplace.identity.rules import SCOPES_OF_KIND, AuthorityKind, Role, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Capacity:
    """Who found that a person cannot decide about their budget, and when: part of an authorised person's authority."""

    decided_by: str
    decided_on: date


db.explain_constraint("app_user_one_email", Invalid({"email": "There is already a user with this e-mail"}))


async def create_organisation(
    who: audit.Who, name: str, *, email: str = "", address: str = "", demonstration: bool = False
) -> UUID:
    """An organisation; joins the open unit of work. Raises Invalid without a name."""
    if not name.strip():
        raise Invalid({"name": "Enter the name of the organisation"})
    organisation_id = new_id()
    await db.execute(
        "INSERT INTO organisation (id, name, email, address, demonstration) VALUES ($1, $2, $3, $4, $5)",
        organisation_id,
        name.strip(),
        email,
        address,
        demonstration,
    )
    await audit.record(who, "organisation.created", "organisation", organisation_id)
    return organisation_id


async def create_council(
    who: audit.Who, name: str, slug: str, *, email: str = "", address: str = "", demonstration: bool = False
) -> UUID:
    """A council, with its organisation. Opens its own unit of work."""
    async with db.unit_of_work():
        council_id = await create_organisation(
            who, name, email=email, address=address, demonstration=demonstration
        )
        await db.execute("INSERT INTO council (id, slug) VALUES ($1, $2)", council_id, slug)
        await audit.record(who, "council.created", "council", council_id)
    return council_id


async def create_user(
    who: audit.Who,
    email: str,
    name: str,
    password: str | None,
    *,
    password_hash: str | None = None,
    demonstration: bool = False,
) -> UUID:
    """A user who can sign in (no password: not yet). Joins the open unit of work. Raises Invalid.

    `password_hash`, from `hash_password`, stands in for a password that many users share: hashing is slow.
    """
    if "@" not in email:
        raise Invalid({"email": "Enter an e-mail address, like name@example.com"})
    user_id = new_id()
    await db.execute(
        "INSERT INTO app_user (id, email, name, password_hash, demonstration) VALUES ($1, $2, $3, $4, $5)",
        user_id,
        email.strip(),
        name.strip() or email.strip(),
        hash_password(password) if password is not None else password_hash,
        demonstration,
    )
    await audit.record(who, "user.created", "app_user", user_id)
    return user_id


async def grant_role(
    who: audit.Who,
    user_id: UUID,
    role: Role,
    organisation_id: UUID | None = None,
    *,
    starts_on: date | None = None,
) -> None:
    """Give a user a role from a day on (today by default). Joins the open unit of work."""
    await db.execute(
        "INSERT INTO role_grant (id, user_id, organisation_id, role, starts_on) VALUES ($1, $2, $3, $4, $5)",
        new_id(),
        user_id,
        organisation_id,
        str(role),
        starts_on or clock.today(),
    )
    await audit.record(
        who, "role.granted", "app_user", user_id, after={"role": role, "organisation": organisation_id}
    )


async def write_authority(
    who: audit.Who,
    person_id: UUID,
    kind: AuthorityKind,
    scopes: Collection[Scope],
    *,
    user_id: UUID | None = None,
    organisation_id: UUID | None = None,
    starts_on: date,
    ends_on: date | None = None,
    evidence: str = "",
    evidence_file: UUID | None = None,
    capacity: Capacity | None = None,
) -> UUID:
    """Let a user, or everybody in an organisation, do things for a person; `ends_on` is the first day without.

    Joins the open unit of work; whether `who` may give it is asked by the command that calls this. Raises Invalid for
    a scope that the kind may not have.
    """
    if not set(scopes) <= SCOPES_OF_KIND[kind]:
        raise Invalid({"scopes": f"{kind.label}: choose see, plan or book. Paying is not theirs"})
    authority_id = new_id()
    await db.execute(
        "INSERT INTO authority (id, person_id, user_id, organisation_id, kind, scopes, starts_on, ends_on, evidence,"
        " created_by, created_at, evidence_file, capacity_decided_by, capacity_decided_on)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        authority_id,
        person_id,
        user_id,
        organisation_id,
        str(kind),
        sorted({str(scope) for scope in scopes} | {"see"}),
        starts_on,
        ends_on,
        evidence,
        who.user_id,
        clock.now(),
        evidence_file,
        capacity.decided_by if capacity else "",
        capacity.decided_on if capacity else None,
    )
    await audit.record(
        who,
        "authority.given",
        "authority",
        authority_id,
        after={"person": person_id, "user": user_id, "organisation": organisation_id, "kind": kind},
    )
    return authority_id


async def create_user_with_role(
    email: str, name: str, password: str, role: str, organisation: str | None
) -> UUID:
    """For the command line: a user with one role in an organisation found by name. Raises Invalid."""
    if role not in list(Role):
        raise Invalid({"role": f"Choose a role: {', '.join(Role)}"})
    async with db.unit_of_work():
        organisation_id = None
        if organisation is not None:
            organisation_id = await db.fetch_value(
                "SELECT id FROM organisation WHERE name = $1", organisation
            )
            if organisation_id is None:
                raise Invalid({"organisation": f"There is no organisation called {organisation}"})
        user_id = await create_user(audit.SYSTEM, email, name, password)
        await grant_role(audit.SYSTEM, user_id, Role(role), organisation_id)
    return user_id


async def found_organisation(name: str, email: str, kind: Literal["council", "holder"]) -> UUID:
    """For the command line: a council or an ISF holder. Raises Invalid when the name is taken or empty."""
    if await db.fetch_value("SELECT EXISTS (SELECT 1 FROM organisation WHERE name = $1)", name.strip()):
        raise Invalid({"name": f"There is already an organisation called {name.strip()}"})
    if kind == "council":
        slug = "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())[:60]
        return await create_council(audit.SYSTEM, name, slug, email=email)
    async with db.unit_of_work():
        return await create_organisation(audit.SYSTEM, name, email=email)
