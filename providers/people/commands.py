"""A provider's manager lets people in, and ends their roles."""

from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.invitations import commands as invitations
from marketplace.identity.rules import Role
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider


async def _organisation(actor: Actor) -> UUID:
    """The organisation of the provider that the actor manages. Raises Forbidden or NotFound."""
    await own_provider(actor)
    if actor.organisation_id is None:
        raise NotFound
    return actor.organisation_id


async def invite_to_provider(actor: Actor, email: str, name: str, role: Role) -> UUID:
    """Invite somebody as a manager or as staff. Raises Forbidden, NotFound or Invalid."""
    return await invitations.invite(actor, await _organisation(actor), email, name, role)


async def withdraw_from_provider(actor: Actor, invitation_id: UUID) -> None:
    """Take an invitation back. Raises Forbidden, NotFound or StateConflict."""
    await invitations.withdraw_invitation(actor, await _organisation(actor), invitation_id)


async def end_role_at_provider(actor: Actor, grant_id: UUID, ends_on: date) -> None:
    """End a role; `ends_on` is the first day without it. Raises Forbidden, NotFound, Invalid or LastManager."""
    await invitations.end_role(actor, await _organisation(actor), grant_id, ends_on)


async def people_of_provider(actor: Actor) -> tuple[list[db.Row], list[db.Row]]:
    """Who has a role at the actor's provider, and whom it has invited. Raises Forbidden or NotFound."""
    return await invitations.people_of(await _organisation(actor))
