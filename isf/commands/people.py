"""People, and who may act for them (rows F1, F4, A3)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.commands import grant_role, write_authority
from marketplace.identity.rules import AuthorityKind, Permission, Role, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id, reference

_OWN_ROLES = [str(role) for role in (Role.DIRECT_PAYMENT_HOLDER, Role.REPRESENTATIVE)]


@dataclass(frozen=True, slots=True)
class PersonDraft:
    """A person to be. `communication_needs` in words (Accessible Information Standard, `rules.md` 25)."""

    name: str
    preferred_name: str = ""
    born_on: date | None = None
    postcode: str = ""
    communication_needs: str = ""
    prefers_easy_read: bool = False
    user_id: UUID | None = None


async def create_person(actor: Actor, draft: PersonDraft) -> UUID:
    """A person of the actor's own council; a linked user may act for themselves from today.

    Needs PERSON_MANAGE for a council. Raises Invalid without a name or with a day of birth to come.
    """
    require(actor, Permission.PERSON_MANAGE)
    if not draft.name.strip():
        raise Invalid({"name": "Enter the person’s name"})
    if draft.born_on is not None and draft.born_on > clock.today():
        raise Invalid({"born_on": "The date of birth must be in the past"})
    person_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO person (id, council_id, user_id, reference, name, preferred_name, born_on, postcode,"
            " communication_needs, prefers_easy_read) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            person_id,
            actor.council_id,
            draft.user_id,
            reference("PN"),
            draft.name.strip(),
            draft.preferred_name.strip(),
            draft.born_on,
            draft.postcode.strip().upper(),
            draft.communication_needs.strip(),
            draft.prefers_easy_read,
        )
        await audit.record(actor, "person.created", "person", person_id, after={"council": actor.council_id})
        if draft.user_id is not None:
            await write_self_authority(
                actor, person_id, draft.user_id, evidence="Linked when the record was made"
            )
    return person_id


async def own_person(actor: Actor, person_id: UUID) -> db.Row:
    """The person, locked, when the actor's own council supports them. Raises NotFound."""
    person = await db.fetch_one(
        "SELECT id, council_id, user_id FROM person WHERE id = $1 AND council_id = $2 FOR NO KEY UPDATE",
        person_id,
        actor.council_id,
    )
    if person is None:
        raise NotFound
    return person


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
) -> UUID:
    """Let a user, or everybody in an organisation, act for a person; `ends_on` is the first day without (half-open).

    Needs PERSON_MANAGE in the person's council. Raises NotFound for another council's person, Invalid unless there is
    exactly one of user and organisation, known, with dates in order.
    """
    require(actor, Permission.PERSON_MANAGE)
    wrong = {}
    if (user_id is None) == (organisation_id is None):
        wrong["holder"] = "Choose an organisation or enter one person’s e-mail, not both"
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
        if user_id is not None and kind is AuthorityKind.REPRESENTATIVE:
            await let_act(actor, user_id, Role.REPRESENTATIVE)
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
        )


async def end_authority(actor: Actor, authority_id: UUID, on: date) -> None:
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
        await db.execute("UPDATE authority SET ends_on = $2 WHERE id = $1", authority_id, ends_on)
        await audit.record(
            actor,
            "authority.ended",
            "authority",
            authority_id,
            before={"ends_on": told["ends_on"]},
            after={"person": told["person_id"], "ends_on": ends_on},
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
