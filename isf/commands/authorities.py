"""Who may act for people: given with evidence, ended at once, never rewritten (rows F4, A3)."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from litestar.datastructures import UploadFile

from isf.commands.own import own_person
from marketplace.identity.access import Actor, require
from marketplace.identity.commands import Capacity, grant_role, write_authority
from marketplace.identity.rules import (
    HELD_BY_ORGANISATION,
    HELD_BY_USER,
    AuthorityKind,
    Permission,
    Role,
    Scope,
)
from marketplace.kernel import audit, clock, db, files
from marketplace.kernel.errors import Invalid, NotFound, StateConflict

_OWN_ROLES = [str(role) for role in (Role.DIRECT_PAYMENT_HOLDER, Role.REPRESENTATIVE)]
_FAMILY = frozenset(
    {AuthorityKind.REPRESENTATIVE, AuthorityKind.NOMINATED_PERSON, AuthorityKind.AUTHORISED_PERSON}
)


async def give_authority(
    actor: Actor,
    person_id: UUID,
    kind: AuthorityKind,
    scopes: Collection[Scope],
    *,
    user_id: UUID | None = None,
    organisation_id: UUID | None = None,
    starts_on: date,
    ends_on: date | None = None,
    evidence: str = "",
    capacity: Capacity | None = None,
    upload: UploadFile | None = None,
) -> UUID:
    """Let a user, or everybody in an organisation, act for a person; `ends_on` is the first day without (half-open).

    Needs PERSON_MANAGE in the person's council. `upload` is kept as the evidence's file; an authorised person needs
    `capacity`. Raises NotFound for another council's person, Invalid unless there is exactly one of user and
    organisation, known and fit for the kind, with dates in order.
    """
    require(actor, Permission.PERSON_MANAGE)
    wrong = _wrong_holder(kind, user_id, organisation_id) | _wrong_capacity(kind, capacity)
    if ends_on is not None and ends_on <= starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    async with db.unit_of_work():
        await own_person(actor, person_id)
        known = await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM app_user WHERE id = $1) OR EXISTS (SELECT 1 FROM organisation WHERE id = $2)",
            user_id,
            organisation_id,
        )
        if not known:
            wrong.setdefault("holder", "Choose who may act for the person")
        if wrong:
            raise Invalid(wrong)
        if user_id is not None and kind in _FAMILY:
            await let_act(actor, user_id, Role.REPRESENTATIVE)
        evidence_file = None
        if upload is not None:
            evidence_file = await files.keep(
                actor, upload, person_id=person_id, purpose="authority", field="evidence_file"
            )
        return await write_authority(
            actor,
            person_id,
            kind,
            scopes,
            user_id=user_id,
            organisation_id=organisation_id,
            starts_on=starts_on,
            ends_on=ends_on,
            evidence=evidence,
            evidence_file=evidence_file,
            capacity=capacity if kind is AuthorityKind.AUTHORISED_PERSON else None,
        )


def _wrong_holder(kind: AuthorityKind, user_id: UUID | None, organisation_id: UUID | None) -> dict[str, str]:
    if (user_id is None) == (organisation_id is None):
        return {"holder": "Choose an organisation or enter one person’s e-mail, not both"}
    if kind in HELD_BY_USER and user_id is None:
        return {"email": f"{kind.label}: enter one person’s e-mail, not an organisation"}
    if kind in HELD_BY_ORGANISATION and organisation_id is None:
        return {"holder": f"{kind.label}: choose an organisation, not one person"}
    return {}


def _wrong_capacity(kind: AuthorityKind, capacity: Capacity | None) -> dict[str, str]:
    """Nobody acts for somebody who cannot decide unless it is written down who found that, and when."""
    if kind is not AuthorityKind.AUTHORISED_PERSON:
        return {}
    wrong = {}
    if capacity is None or not capacity.decided_by.strip():
        wrong["capacity_decided_by"] = "Enter who decided that the person cannot decide this themselves"
    if capacity is None or capacity.decided_on > clock.today():
        wrong["capacity_decided_on"] = "Enter the day on which that was decided, today or earlier"
    return wrong


async def end_authority(actor: Actor, authority_id: UUID, on: date, *, because: str = "") -> None:
    """Make `on` the first day without an authority; today or earlier bites at once.

    One that would have begun later never does. Needs PERSON_MANAGE in the person's council. Raises NotFound, and
    StateConflict when it has ended by then already.
    """
    require(actor, Permission.PERSON_MANAGE)
    async with db.unit_of_work():
        told = await db.fetch_one(
            "SELECT a.id, a.person_id, a.starts_on, a.ends_on FROM authority a JOIN person p ON p.id = a.person_id"
            " WHERE a.id = $1 AND p.council_id = $2 FOR UPDATE OF a",
            authority_id,
            actor.council_id,
        )
        if told is None:
            raise NotFound
        if told["ends_on"] is not None and told["ends_on"] <= on:
            raise StateConflict("This has ended by then already. Look at the dates again.")
        ends_on = max(on, told["starts_on"])
        await db.execute(
            "UPDATE authority SET ends_on = $2, changed_by = $3, changed_at = $4, changed_because = $5 WHERE id = $1",
            authority_id,
            ends_on,
            actor.user_id,
            clock.now(),
            because,
        )
        await audit.record(
            actor,
            "authority.ended",
            "authority",
            authority_id,
            before={"ends_on": told["ends_on"]},
            after={"person": told["person_id"], "ends_on": ends_on},
            because=because,
        )


async def write_self_authority(
    who: audit.Who,
    person_id: UUID,
    user_id: UUID,
    *,
    scopes: frozenset[Scope] = frozenset({Scope.SEE, Scope.PLAN, Scope.BOOK}),
    evidence: str,
) -> None:
    """Let a person act for themselves from today, without an end. Joins the open unit of work."""
    await write_authority(
        who,
        person_id,
        AuthorityKind.SELF,
        scopes,
        user_id=user_id,
        starts_on=clock.today(),
        evidence=evidence,
    )
    await let_act(who, user_id, Role.REPRESENTATIVE)


async def let_act(who: audit.Who, user_id: UUID, role: Role) -> None:
    """Give a role for themselves to a user who has none: an authority opens nothing without one."""
    has_one = await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM role_grant WHERE user_id = $1 AND role = ANY ($2::text[])"
        " AND organisation_id IS NULL AND (ends_on IS NULL OR ends_on > $3))",
        user_id,
        _OWN_ROLES,
        clock.today(),
    )
    if not has_one:
        await grant_role(who, user_id, role)
