"""The page of the people of a provider."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.organisations.queries import provider_of
from providers.people.commands import (
    end_role_at_provider,
    invite_to_provider,
    people_of_provider,
    withdraw_from_provider,
)

MANAGE = {"permission": Permission.OFFER_MANAGE}
PEOPLE = "/provider/people"
ROLES = [
    (str(Role.PROVIDER_STAFF), "Staff", "They see the day and fill in registers"),
    (str(Role.PROVIDER_MANAGER), "Manager", "They can do everything that you can"),
]


@get(PEOPLE, opt=MANAGE)
async def show_people(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Who has a role, who is invited, and the form to invite."""
    return await _people(request, actor, {}, {})


@post(PEOPLE, opt=MANAGE, status_code=200)
async def do_invite(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Invite somebody."""
    form = await Form.read(request)
    role = form.one_of("role", [each[0] for each in ROLES], required="Choose what they may do")
    name = form.text("name", required="Enter the person’s name", most=200)
    email = form.text("email", required="Enter an e-mail address, like name@example.com", most=320)
    try:
        form.check()
        await invite_to_provider(actor, email, name, Role(role))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _people(request, actor, form.values, form.errors, status=refusal.status)
    return await done(request, PEOPLE, f"{name} is invited. The link in the e-mail works for seven days.")


@post("/provider/people/invitations/{invitation_id:uuid}/withdraw", opt=MANAGE, status_code=200)
async def do_withdraw_invitation(request: AnyRequest, actor: Actor, invitation_id: UUID) -> Response[Any]:
    """Take an invitation back."""
    await withdraw_from_provider(actor, invitation_id)
    return await done(request, PEOPLE, "The invitation is taken back. Its link opens nothing any more.")


@post("/provider/people/{grant_id:uuid}/end", opt=MANAGE, status_code=200)
async def do_end_role(request: AnyRequest, actor: Actor, grant_id: UUID) -> Response[Any]:
    """End a role after the day that is typed, or now."""
    form = await Form.read(request)
    field = f"last_day-{grant_id}"
    last = form.day(field)
    try:
        form.check()
        ends_on = last + timedelta(days=1) if last else clock.today()
        await end_role_at_provider(actor, grant_id, ends_on)
    except (Invalid, Conflict) as refusal:
        form.take(Invalid({field: "Enter today or a later day"}) if isinstance(refusal, Invalid) else refusal)
        return await _people(request, actor, form.values, form.errors, status=refusal.status)
    return await done(request, PEOPLE, "The last day is recorded." if last else "The role has ended.")


async def _people(
    request: AnyRequest, actor: Actor, values: dict[str, Any], errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    people, invited = await people_of_provider(actor)
    return await page(
        request,
        "providers/people.html",
        status=status,
        provider=await provider_of(actor),
        people=people,
        invited=invited,
        roles=ROLES,
        role_words={value: text for value, text, _ in ROLES},
        own_id=actor.user_id,
        one_day=timedelta(days=1),
        form=values,
        errors=errors,
    )


HANDLERS = [show_people, do_invite, do_withdraw_invitation, do_end_role]
