"""Every page is made here: the template with the visitor, the menu, the flash and the switches around it."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar.response import Redirect, Template
from litestar.utils.scope.state import ScopeState

from marketplace.identity.about import flag_about
from marketplace.identity.access import Actor
from marketplace.identity.credentials import hash_token
from marketplace.identity.http import AnyRequest, flash, visit_of
from marketplace.identity.rules import COUNCIL_ROLES, Permission, Role
from marketplace.kernel import db
from marketplace.kernel.settings import settings

EASY_COOKIE = "fairday_easy"

_COUNCIL = frozenset(COUNCIL_ROLES)

# Short for everybody: what somebody does every day, and the way to the rest from the page where they begin.
_MENU: list[tuple[str, str, frozenset[Permission | Role] | None]] = [
    ("Find something to do", "/", None),
    ("My money and week", "/me", frozenset({Role.DIRECT_PAYMENT_HOLDER, Role.REPRESENTATIVE})),
    ("Broker’s desk", "/desk", frozenset({Role.BROKER})),
    ("Council", "/council", _COUNCIL),
    ("Caseload", "/desk", frozenset({Role.CARE_MANAGER})),
    ("Today", "/provider", frozenset({Permission.ATTENDANCE_RECORD})),
    ("Activities", "/provider/activities", frozenset({Permission.OFFER_MANAGE})),
    ("People", "/people", frozenset({Role.CARE_MANAGER, Role.FINANCE_OFFICER, Role.MONITORING_OFFICER})),
    ("Providers", "/council/providers", frozenset({Permission.COMMISSION_DECIDE})),
    ("Client account", "/holder/client-account", frozenset({Permission.CLIENT_ACCOUNT_DECLARE})),
    ("Invoices", "/invoices", frozenset({Permission.INVOICE_SEE})),
    ("Ways of paying", "/ways-to-pay", None),
]
# Pages that are reached from Invoices and have addresses of their own.
_OF_INVOICES = frozenset({
    "bank-details", "bank-lines", "bank-statements", "credit-notes", "electronic-address", "line-queries",
    "payment-runs", "payments", "periods", "purchase-orders", "self-billing",
})  # fmt: skip


def menu(actor: Actor | None, path: str) -> list[dict[str, Any]]:
    """The links at the top for an actor; the longest one that starts the path is current."""
    allowed: frozenset[Permission | Role] = frozenset()
    if actor is not None:
        allowed = allowed | actor.permissions | actor.roles
    items = [(text, href) for text, href, needs in _MENU if needs is None or needs & allowed]
    if path.lstrip("/").split("/")[0] in _OF_INVOICES:
        path = "/invoices"
    current = max(
        (href for _, href in items if path == href or path.startswith(href.rstrip("/") + "/")),
        key=len,
        default="",
    )
    return [
        {"text": text, "href": href, "current": href == current and (href != "/" or path == "/")}
        for text, href in items
    ]


def easy_read(request: AnyRequest) -> bool:
    """Whether the visitor asked for Easy Read, by the switch on the page or earlier."""
    asked = request.query_params.get("easy")
    return asked == "on" if asked in ("on", "off") else request.cookies.get(EASY_COOKIE) == "on"


def _switch(request: AnyRequest) -> dict[str, Any]:
    on = easy_read(request)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "easy"]
    return {"on": on, "href": f"{request.url.path}?{urlencode([*kept, ('easy', 'off' if on else 'on')])}"}


def banners(words: str) -> list[dict[str, str]]:
    """The words of a flash, a line for each banner; one that begins with `!` says what was not done."""
    return [
        {"kind": "problem" if line.startswith("!") else "done", "text": line.removeprefix("!").strip()}
        for line in words.splitlines()
        if line.strip()
    ]


def around(request: AnyRequest) -> dict[str, Any]:
    """What stands around every page, refusals too: the visitor, the menu, the form token. Asks no database."""
    actor = visit_of(request).actor
    return {
        "viewer": {"name": actor.name, "organisation": actor.organisation_name} if actor else None,
        "actor": actor,
        "nav": menu(actor, request.url.path),
        "csrf_token": ScopeState.from_scope(request.scope).csrf_token or "",
    }


async def page(
    request: AnyRequest, template: str, *, status: int = 200, about: UUID | None = None, **context: Any
) -> Template:
    """A page. `form` and `errors` in the context keep what was typed; see `templates/base.html` for the rest.

    `about` is the person whom the page is about, whom the visitor may see: how to communicate with them stands at its
    top (`rules.md` 25).
    """
    visit = visit_of(request)
    if visit.flash and visit.session_token:
        await db.execute(
            "UPDATE login_session SET flash = '' WHERE token_hash = $1", hash_token(visit.session_token)
        )
    context.setdefault("form", {})
    context.setdefault("errors", {})
    response = Template(
        template,
        status_code=status,
        context={
            **around(request),
            "flash": banners(visit.flash),
            "demonstration": await demonstration(),
            "easy_read": _switch(request),
            "flag": await flag_about(visit.actor, about),
            **context,
        },
    )
    if request.query_params.get("easy") in ("on", "off"):
        # Asked for by the visitor, so strictly necessary for what they asked.
        response.set_cookie(
            EASY_COOKIE,
            request.query_params["easy"],
            max_age=365 * 24 * 3600,
            secure=settings().secure_cookies,
            samesite="lax",
            httponly=True,
        )
    return response


async def done(request: AnyRequest, path: str, words: str = "") -> Redirect:
    """After a POST: go to a page of ours (303), with words at its top."""
    if words:
        await flash(request, words)
    return Redirect(path, status_code=303)


def local_path(path: str | None, otherwise: str) -> str:
    """A path of this site from a form or query, or the other one: no redirect ever leaves the site."""
    if (
        path
        and path.startswith("/")
        and not path.startswith(("//", "/\\"))
        and "\n" not in path
        and "\r" not in path
    ):
        return path
    return otherwise


_known: set[str] = set()


async def demonstration() -> bool:
    """Whether this site serves the demonstration council: asked until it does, then known."""
    if "demonstration" not in _known and await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM organisation WHERE demonstration)"
    ):
        _known.add("demonstration")
    return "demonstration" in _known
