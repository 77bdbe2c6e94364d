"""Signing in and out."""

from typing import Any

from litestar import Response, Router, get, post
from litestar.response import Redirect

from marketplace.identity.access import Actor
from marketplace.identity.credentials import sign_in, sign_out
from marketplace.identity.http import SESSION_COOKIE, AnyRequest, visit_of
from marketplace.identity.invitations import routes as invitations
from marketplace.identity.pages import local_path, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.settings import settings

PUBLIC = {"permission": Permission.PUBLIC}


@get("/sign-in", opt=PUBLIC)
async def show_sign_in(request: AnyRequest, visitor: Actor | None) -> Response[Any]:
    """The page to sign in."""
    target = local_path(request.query_params.get("next"), "/home")
    if visitor is not None:
        return Redirect(target, status_code=303)
    return await page(request, "identity/sign_in.html", next=target)


@post("/sign-in", opt=PUBLIC, status_code=200)
async def do_sign_in(request: AnyRequest) -> Response[Any]:
    """Begin a session with a new cookie; wrong words keep the e-mail typed."""
    form = await Form.read(request)
    target = local_path(form.text("next"), "/home")
    email = form.text("email", required="Enter your e-mail address", most=320)
    password = str(form.values.get("password", ""))
    if not password:
        form.fail("password", "Enter your password")
    try:
        form.check()
        token = await sign_in(email, password)
    except DomainError as refusal:
        form.take(refusal)
        return await page(
            request,
            "identity/sign_in.html",
            status=refusal.status,
            next=target,
            form={"email": email},
            errors=form.errors,
        )
    earlier = visit_of(request).session_token
    if earlier is not None:
        await sign_out(earlier)
    response = Redirect(target, status_code=303)
    response.set_cookie(
        SESSION_COOKIE, token, httponly=True, secure=settings().secure_cookies, samesite="lax", path="/"
    )
    return response


@post("/sign-out", opt=PUBLIC, status_code=303)
async def do_sign_out(request: AnyRequest) -> Redirect:
    """End the session and forget the cookie."""
    token = visit_of(request).session_token
    if token is not None:
        await sign_out(token)
    response = Redirect("/", status_code=303)
    response.delete_cookie(SESSION_COOKIE)
    return response


router = Router("/", route_handlers=[show_sign_in, do_sign_in, do_sign_out, *invitations.HANDLERS])
