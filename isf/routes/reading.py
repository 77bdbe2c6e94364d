"""What these pages read from requests in the same way."""

from typing import Any
from uuid import UUID

from litestar import Response

from isf import queries
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.PERSON_MANAGE}


def page_number(request: AnyRequest) -> int:
    """The page of a list that was asked for; the first for anything that is not a number."""
    asked = request.query_params.get("page", "1")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1


async def user_typed(actor: Actor, form: Form, name: str) -> UUID | None:
    """The user whose e-mail was typed, if any; notes an error when nobody signs in with it."""
    email = form.text(name, most=320)
    if not email:
        return None
    user_id = await queries.user_by_email(actor, email)
    if user_id is None:
        form.fail(name, "Nobody signs in with this e-mail. Check it, or leave it empty")
    return user_id


def uuid_typed(form: Form, name: str) -> UUID | None:
    """The id chosen from a list, or None."""
    try:
        return UUID(form.text(name))
    except ValueError:
        return None


async def person_page(
    request: AnyRequest,
    actor: Actor,
    person_id: UUID,
    template: str,
    *,
    form: Form | None = None,
    status: int = 200,
    **context: Any,
) -> Response[Any]:
    """A page about a person, with how to communicate with them at its top; the view is audited. Raises NotFound."""
    person = await queries.person(actor, person_id)
    return await page(
        request,
        template,
        status=status,
        about=person_id,
        person=person,
        manages=Permission.PERSON_MANAGE in actor.permissions and actor.council_id == person.council_id,
        form=form.values if form else {},
        errors=form.errors if form else {},
        **context,
    )
