"""Pages that look across packages: where each role begins, and whether the house stands."""

from typing import Any

from litestar import Response, Router, get
from litestar.response import Redirect

from marketplace.home import queries, rules
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import db

PROBE = {"permission": Permission.MACHINE, "exclude_from_csrf": True}

_START: list[tuple[Role, str]] = [
    (Role.BROKER, "/desk"),
    (Role.CARE_MANAGER, "/council"),
    (Role.PROVIDER_MANAGER, "/provider"),
    (Role.PROVIDER_STAFF, "/provider"),
    (Role.FINANCE_OFFICER, "/council"),
    (Role.COMMISSIONER, "/council"),
    (Role.ADMINISTRATOR, "/council"),
    (Role.MONITORING_OFFICER, "/council"),
    (Role.DIRECT_PAYMENT_HOLDER, "/me"),
    (Role.REPRESENTATIVE, "/me"),
]


@get("/home", opt={"permission": Permission.SIGNED_IN})
async def start(actor: Actor) -> Redirect:
    """Where the actor's work begins."""
    return Redirect(next((path for role, path in _START if role in actor.roles), "/"), status_code=303)


@get("/council", opt={"permission": Permission.SIGNED_IN})
async def show_council(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What waits in the council, the actor's own part of it first; refused to those who are not of a council."""
    counted = await queries.counts(actor)
    parts = rules.parts_for(actor.roles, actor.permissions, counted)
    return await page(
        request,
        "home/council.html",
        council=actor.organisation_name,
        told=rules.waiting_words(parts),
        parts=[
            {
                "id": str(shown.part),
                "heading": shown.part.heading,
                "numbers": rules.numbers_of(shown),
                "pages": shown.pages,
            }
            for shown in parts
        ],
    )


@get("/healthz", opt=PROBE, include_in_schema=False)
async def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@get("/readyz", opt=PROBE, include_in_schema=False)
async def readyz() -> Response[dict[str, str]]:
    """This process can reach its database."""
    try:
        await db.fetch_value("SELECT 1")
    except OSError:
        return Response({"status": "no database"}, status_code=503)
    return Response({"status": "ready"})


router = Router("/", route_handlers=[start, show_council, healthz, readyz])
