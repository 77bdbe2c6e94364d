"""The people of a provider and its registration for programs: the same commands and queries as the pages."""

from datetime import date
from typing import Literal
from uuid import UUID

from litestar import get, post
from msgspec import Struct

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission, Role
from providers.organisations.registering import (
    Contact,
    Standing,
    registration,
    set_safeguarding_contact,
    set_standing,
    tasks_of,
)
from providers.people.commands import end_role_at_provider, invite_to_provider, people_of_provider

MANAGE = {"permission": Permission.OFFER_MANAGE}


class PersonWithRole(Struct):
    """A role that somebody has; `ends_on` is the first day without it."""

    id: UUID
    name: str
    email: str
    role: str
    starts_on: date
    ends_on: date | None


class InvitationIn(Struct, forbid_unknown_fields=True):
    """Whom to let in, and as what."""

    email: str
    name: str
    role: Literal["provider_manager", "provider_staff"]


class InvitationOut(Struct):
    """An invitation that was sent; its link is only in the letter."""

    id: UUID


class RoleEndIn(Struct, forbid_unknown_fields=True):
    """The first day without the role: today or later."""

    ends_on: date


class ContactIn(Struct, forbid_unknown_fields=True):
    """Whom councils call about safeguarding."""

    name: str
    email: str
    phone: str


class StandingIn(Struct, forbid_unknown_fields=True):
    """What the seller is by law; only what fits its type is kept."""

    registration_number: str = ""
    contact_name: str = ""
    has_constitution: bool | None = None
    self_employed: bool | None = None


class TaskOut(Struct):
    """One thing of the registration."""

    text: str
    done: bool
    needed: bool


@get("/provider/registration", opt=MANAGE, tags=["Registration"])
async def get_registration(actor: Actor) -> list[TaskOut]:
    """What is done and what is still to do of the registration of the token's own provider."""
    return [TaskOut(task.text, task.done, task.needed) for task in tasks_of(await registration(actor))]


@post("/provider/safeguarding-contact", opt=MANAGE, status_code=200, tags=["Registration"])
async def post_contact(actor: Actor, data: ContactIn) -> list[TaskOut]:
    """Say whom councils call about safeguarding; answers what is still to do."""
    await set_safeguarding_contact(actor, Contact(data.name, data.email, data.phone))
    return [TaskOut(task.text, task.done, task.needed) for task in tasks_of(await registration(actor))]


@post("/provider/standing", opt=MANAGE, status_code=200, tags=["Registration"])
async def post_standing(actor: Actor, data: StandingIn) -> list[TaskOut]:
    """Say what the seller is by law; answers what is still to do."""
    said = Standing(
        data.registration_number,
        data.contact_name,
        data.has_constitution,
        data.self_employed,
    )
    await set_standing(actor, said)
    return [TaskOut(task.text, task.done, task.needed) for task in tasks_of(await registration(actor))]


@get("/provider/people", opt=MANAGE, tags=["Registration"])
async def get_people(actor: Actor) -> list[PersonWithRole]:
    """Who has a role at the token's own provider."""
    people, _ = await people_of_provider(actor)
    return [PersonWithRole(**{n: row[n] for n in PersonWithRole.__struct_fields__}) for row in people]


@post("/provider/invitations", opt=MANAGE, status_code=201, tags=["Registration"])
async def post_invitation(actor: Actor, data: InvitationIn) -> InvitationOut:
    """Invite somebody by e-mail; the link in it works once, for seven days."""
    return InvitationOut(await invite_to_provider(actor, data.email, data.name, Role(data.role)))


@post("/provider/people/{grant_id:uuid}/end", opt=MANAGE, status_code=200, tags=["Registration"])
async def post_end_role(actor: Actor, grant_id: UUID, data: RoleEndIn) -> list[PersonWithRole]:
    """End a role; the last manager's does not end."""
    await end_role_at_provider(actor, grant_id, data.ends_on)
    people, _ = await people_of_provider(actor)
    return [PersonWithRole(**{n: row[n] for n in PersonWithRole.__struct_fields__}) for row in people]


HANDLERS = [get_registration, post_contact, post_standing, get_people, post_invitation, post_end_role]
