"""The payment page that a person sees: plain, accessible, and impossible to mistake for a real one."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import MediaType, Request, Response, get, post
from litestar.response import Redirect

from tests.stripe_server import accounts, actions, cards, form
from tests.stripe_server.state import Account, Obj, World

_HERE = Path(__file__).parent
_PAGES = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_UNKNOWN_CARD = "Type one of the test numbers below. This page takes no other card."


@get("/c/pay/{session_id:str}")
async def show(request: Request[Any, Any, Any], session_id: str) -> Response[str]:
    """What is bought, for how much, and where to type the card."""
    found = _find(request, session_id)
    return _page(*found) if found else _nothing()


@post("/c/pay/{session_id:str}")
async def submit(request: Request[Any, Any, Any], session_id: str) -> Response[Any]:
    """Pay, or say why not. A second press after paying takes nothing more."""
    found = _find(request, session_id)
    if found is None:
        return _nothing()
    account, session = found
    if session["status"] == "open":
        card = cards.find(form.decode((await request.body()).decode()).get("card_number", ""))
        if card is None:
            return _page(account, session, _UNKNOWN_CARD, status=422)
        actions.pay(request.app.state.world, account, session, card)
        if card.decline is not None:
            return _page(account, session, card.words, status=402)
    if session["status"] == "complete":
        return Redirect(_return_url(session), status_code=303)
    return _page(account, session, status=410)


@get("/c/onboard/{token:str}")
async def show_onboarding(request: Request[Any, Any, Any], token: str) -> Response[Any]:
    """Where the owner of an account tells about itself; a second visit needs a new way here."""
    world: World = request.app.state.world
    link = world.links.get(token)
    if link is None:
        return _nothing()
    if link.visited:
        return Redirect(link.refresh_url, status_code=303)
    link.visited = True
    html = _PAGES.get_template("onboarding.html").render(
        account=accounts.profile(world, link.account), action=f"/c/onboard/{token}"
    )
    return Response(html, media_type=MediaType.HTML, headers=_HEADERS)


@post("/c/onboard/{token:str}")
async def submit_onboarding(request: Request[Any, Any, Any], token: str) -> Response[Any]:
    """Everything is told, or the owner goes back before that."""
    world: World = request.app.state.world
    link = world.links.get(token)
    if link is None:
        return _nothing()
    if form.decode((await request.body()).decode()).get("told") == "everything":
        accounts.tell_everything(world, link.account)
    return Redirect(link.return_url, status_code=303)


@get("/c/page.css", media_type=MediaType.CSS)
async def style() -> str:
    """The page's looks."""
    return (_HERE / "page.css").read_text()


def _find(request: Request[Any, Any, Any], session_id: str) -> tuple[Account, Obj] | None:
    world: World = request.app.state.world
    actions.expire_due(world)
    return world.find_session(session_id)


def _page(account: Account, session: Obj, error: str | None = None, *, status: int = 200) -> Response[str]:
    html = _PAGES.get_template("checkout.html").render(
        session=session,
        items=account.line_items[session["id"]],
        account=account.id,
        error=error,
        return_url=_return_url(session),
        pounds=_pounds,
    )
    return Response(html, status_code=status, media_type=MediaType.HTML, headers=_HEADERS)


def _nothing() -> Response[str]:
    return Response("There is no such page.", status_code=404, media_type=MediaType.TEXT, headers=_HEADERS)


def _return_url(session: Obj) -> str:
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])


def _pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02d}"
