"""Who a request comes from, and the guard that refuses routes which do not say whom they are for."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from marketplace.identity.access import Actor, require
from marketplace.identity.credentials import actor_of_session, actor_of_token, hash_token
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import DomainError

SESSION_COOKIE = "fairday_session"
API_PREFIX = "/api/"
_NO_VISITOR = ("/static/", "/healthz", "/readyz", "/metrics", "/webhooks/")

AnyRequest = Request[Any, Any, Any]


@dataclass(slots=True)
class Visit:
    """One request's visitor: the actor (None when not signed in), words to show once, the person chosen."""

    actor: Actor | None = None
    flash: str = ""
    chosen_person: UUID | None = None
    session_token: str | None = None


class UndeclaredRoute(DomainError):
    """A route without a permission: refused until it says whom it is for."""

    status = 500
    code = "undeclared_route"


def visit_of(request: ASGIConnection[Any, Any, Any, Any]) -> Visit:
    """The visit of a request."""
    return cast("Visit", request.scope["state"].setdefault("visit", Visit()))


def bearer_token(header: str | None) -> str | None:
    """The token in an Authorization header."""
    scheme, _, token = (header or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


class VisitMiddleware(ASGIMiddleware):
    """Finds the actor: by bearer token on the API, by session cookie on pages.

    The API takes no cookies, so that no other site can make a browser call it. An unknown cookie is never adopted.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Note the visit in the request's state."""
        path = scope["path"]
        if scope["type"] == ScopeType.HTTP and not path.startswith(_NO_VISITOR):
            scope["state"]["visit"] = await self._visit(ASGIConnection(scope), path)
        await next_app(scope, receive, send)

    async def _visit(self, connection: ASGIConnection[Any, Any, Any, Any], path: str) -> Visit:
        if path.startswith(API_PREFIX):
            token = bearer_token(connection.headers.get("authorization"))
            return Visit(actor=await actor_of_token(token) if token else None)
        cookie = connection.cookies.get(SESSION_COOKIE)
        found = await actor_of_session(cookie) if cookie else None
        if found is None:
            return Visit()
        actor, flash, chosen = found
        return Visit(actor, flash, chosen, cookie)


def declared_permission(handler: BaseRouteHandler) -> Permission | None:
    """What a route says in `opt["permission"]`."""
    return handler.opt.get("permission")


async def permission_guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The app's guard: an undeclared route is refused; a declared one asks for its permission."""
    permission = declared_permission(handler)
    if permission is None and connection.scope.get("method") == "OPTIONS":
        return  # Litestar's own answer: only the methods that an address takes.
    if permission is None:
        raise UndeclaredRoute(f"The route {handler.handler_id} declares no permission.")
    if permission in (Permission.PUBLIC, Permission.MACHINE):
        return
    require(visit_of(connection).actor, permission)


def provide_actor(request: AnyRequest) -> Actor:
    """The signed-in actor of a route that asks for one. Raises NotSignedIn."""
    return require(visit_of(request).actor, Permission.SIGNED_IN)


def provide_visitor(request: AnyRequest) -> Actor | None:
    """The actor on a public page, or None."""
    return visit_of(request).actor


async def flash(request: AnyRequest, words: str) -> None:
    """Words for the top of the next page; only for people who have signed in."""
    token = visit_of(request).session_token
    if token is not None:
        await db.execute(
            "UPDATE login_session SET flash = $2 WHERE token_hash = $1", hash_token(token), words
        )


async def choose_person(request: AnyRequest, person_id: UUID | None) -> None:
    """Remember for whom somebody is looking, so that the directory can say how that person may pay."""
    visit = visit_of(request)
    if visit.session_token is not None and visit.chosen_person != person_id:
        visit.chosen_person = person_id
        await db.execute(
            "UPDATE login_session SET chosen_person = $2 WHERE token_hash = $1",
            hash_token(visit.session_token),
            person_id,
        )


async def act_for(request: AnyRequest, organisation_id: UUID) -> None:
    """From the next page on the visitor acts for another organisation, one in which they have a role."""
    visit = visit_of(request)
    if visit.session_token is not None and visit.actor is not None:
        await db.execute(
            "UPDATE login_session SET organisation_id = $2 WHERE token_hash = $1 AND EXISTS (SELECT 1 FROM role_grant g"
            " WHERE g.user_id = $3 AND g.organisation_id = $2)",
            hash_token(visit.session_token),
            organisation_id,
            visit.actor.user_id,
        )
