"""The page that an invitation's link opens."""

from typing import Any

from litestar import Response, get, post
from litestar.response import Redirect

from marketplace.identity.credentials import begin_session, sign_out
from marketplace.identity.http import SESSION_COOKIE, AnyRequest, visit_of
from marketplace.identity.invitations.commands import invitation_by, join
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.settings import settings

PUBLIC = {"permission": Permission.PUBLIC}


@get("/join/{link:str}", opt=PUBLIC)
async def show_join(request: AnyRequest, link: str) -> Response[Any]:
    """Who invites, and the password to set or to give."""
    return await page(request, "identity/join.html", invitation=await invitation_by(link))


@post("/join/{link:str}", opt=PUBLIC, status_code=200)
async def do_join(request: AnyRequest, link: str) -> Response[Any]:
    """Use the link and go on signed in."""
    invitation = await invitation_by(link)
    form = await Form.read(request)
    password = str(form.values.get("password", ""))
    try:
        if not password:
            raise Invalid({"password": "Enter a password of 12 characters or more"})
        user_id = await join(link, password)
    except Invalid as refusal:
        return await page(
            request, "identity/join.html", status=refusal.status, invitation=invitation, errors=refusal.fields
        )
    earlier = visit_of(request).session_token
    if earlier is not None:
        await sign_out(earlier)
    response = Redirect("/home", status_code=303)
    response.set_cookie(
        SESSION_COOKIE,
        await begin_session(user_id, invitation["organisation_id"]),
        httponly=True,
        secure=settings().secure_cookies,
        samesite="lax",
        path="/",
    )
    return response


HANDLERS = [show_join, do_join]
