"""How somebody stands to an agreement today: for whom they may sign."""

from uuid import UUID

from isf.agreements.records import Record
from isf.agreements.rules import Standing
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock, db

# Who signs for a person: themselves, who was named or authorised for it, or a representative who may pay for them.
_AUTHORITIES = """
    SELECT a.kind FROM authority a
     WHERE a.person_id = $1 AND a.user_id = $2 AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)
       AND (a.kind IN ('self', 'nominated_person', 'authorised_person', 'trust')
            OR a.kind = 'representative' AND 'pay' = ANY (a.scopes))
     ORDER BY a.kind = 'self' DESC, a.kind LIMIT 1
"""
_IN_WORDS = {
    "self": "for themselves",
    "nominated_person": "nominated person for {person}",
    "authorised_person": "authorised person for {person}",
    "trust": "trustee for {person}",
    "representative": "representative of {person}",
}


async def standing_of(actor: Actor, agreement: Record) -> Standing:
    """How the actor stands to the agreement, with the organisation that they act for now."""
    signs = Permission.AGREEMENT_SIGN in actor.permissions
    of_council = signs and actor.council_id == agreement.council_id
    of_holder = (
        signs
        and Role.BROKER in actor.roles
        and actor.organisation_id is not None
        and actor.organisation_id == agreement.holder_organisation_id
    )
    person_side = signs and not of_council and not of_holder
    kind = await _authority(actor, agreement.person_id) if person_side else None
    return Standing(actor.user_id, of_council, of_holder, signs_as_person=kind is not None)


async def role_words(actor: Actor, agreement: Record, standing: Standing) -> str:
    """In which role the actor signs, as it is kept beside the signature."""
    if standing.of_council:
        return f"for {agreement.names.council}"
    if standing.of_holder:
        return f"for {agreement.names.holder}"
    kind = await _authority(actor, agreement.person_id)
    return _IN_WORDS[kind or "self"].format(person=agreement.names.person)


async def _authority(actor: Actor, person_id: UUID) -> str | None:
    found: str | None = await db.fetch_value(_AUTHORITIES, person_id, actor.user_id, clock.today())
    return found
