"""Pages that look across packages: where each role begins, and whether the house stands."""

from litestar import Response, Router, get
from litestar.response import Redirect

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import db

PROBE = {"permission": Permission.MACHINE, "exclude_from_csrf": True}

_START: list[tuple[Role, str]] = [
    (Role.BROKER, "/desk"),
    (Role.CARE_MANAGER, "/people"),
    (Role.PROVIDER_MANAGER, "/provider"),
    (Role.PROVIDER_STAFF, "/provider"),
    (Role.FINANCE_OFFICER, "/invoices"),
    (Role.COMMISSIONER, "/council/providers"),
    (Role.ADMINISTRATOR, "/council/providers"),
    (Role.MONITORING_OFFICER, "/people"),
    (Role.DIRECT_PAYMENT_HOLDER, "/me"),
    (Role.REPRESENTATIVE, "/me"),
]


@get("/home", opt={"permission": Permission.SIGNED_IN})
async def start(actor: Actor) -> Redirect:
    """Where the actor's work begins."""
    return Redirect(next((path for role, path in _START if role in actor.roles), "/"), status_code=303)


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


router = Router("/", route_handlers=[start, healthz, readyz])
