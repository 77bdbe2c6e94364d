"""A council's pages to decide applications and to open frameworks."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.access import require_council
from providers.commissions.commands import Decision, decide_commission, end_commission, open_framework
from providers.commissions.queries import commission_of
from providers.organisations.queries import provider

DECIDE = {"permission": Permission.COMMISSION_DECIDE}
ONE_DAY = timedelta(days=1)


def _after(last: date | None) -> date | None:
    """The first day without, from the last day with."""
    return last + ONE_DAY if last else None


@get("/council/applications/{commission_id:uuid}", opt=DECIDE)
async def show_application(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """One application or approval, with what can be decided."""
    return await _application(request, actor, commission_id, {}, {})


@post("/council/applications/{commission_id:uuid}", opt=DECIDE, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """Approve or refuse; the last day is typed, the first day without is kept."""
    form = await Form.read(request)
    decision = form.choice("decision", Decision, required="Choose approve or refuse")
    starts_on, last = form.day("starts_on"), form.day("last_day")
    try:
        form.check()
        assert decision is not None  # noqa: S101 - nothing was wrong
        await decide_commission(
            actor, commission_id, decision, starts_on, _after(last), form.text("reason", most=2000)
        )
    except (Invalid, Conflict) as refusal:
        form.take(_at_fields(refusal))
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    words = "The provider is approved." if decision is Decision.APPROVE else "The application is refused."
    return await done(request, "/council/providers", f"{words} A letter tells them.")


@post("/council/applications/{commission_id:uuid}/end", opt=DECIDE, status_code=200)
async def do_end_approval(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """Record an approval's last day."""
    form = await Form.read(request)
    last = form.day("last_day", required="Enter the last day, like 31 3 2027")
    reason = form.text("reason", required="Enter the reason", most=2000)
    try:
        form.check()
        await end_commission(actor, commission_id, (last or clock.today()) + ONE_DAY, reason)
    except (Invalid, Conflict) as refusal:
        form.take(_at_fields(refusal))
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    return await done(request, f"/council/applications/{commission_id}", "The last day is recorded.")


def _at_fields(refusal: Invalid | Conflict) -> Invalid | Conflict:
    """The command speaks of the first day without; the form asks for the last day with."""
    if isinstance(refusal, Invalid):
        return Invalid(
            {"last_day" if name == "ends_on" else name: words for name, words in refusal.fields.items()}
        )
    return refusal


async def _application(
    request: AnyRequest,
    actor: Actor,
    commission_id: UUID,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    asked = await commission_of(actor, commission_id)
    return await page(
        request,
        "providers/application.html",
        status=status,
        asked=asked,
        provider=await provider(asked["provider_id"]),
        today=clock.today(),
        one_day=ONE_DAY,
        form=values,
        errors=errors,
    )


@get("/council/frameworks/new", opt=DECIDE)
async def show_new_framework(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of a new framework."""
    require_council(actor, Permission.COMMISSION_DECIDE)
    return await page(request, "providers/framework_form.html")


@post("/council/frameworks/new", opt=DECIDE, status_code=200)
async def do_new_framework(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Open a framework with its lots, one on each line."""
    form = await Form.read(request)
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2026")
    last = form.day("last_day")
    lots = [line.strip()[:200] for line in form.text("lots").splitlines() if line.strip()]
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - nothing was wrong
        await open_framework(actor, form.text("name", most=200), lots, starts_on, _after(last))
    except (Invalid, Conflict) as refusal:
        form.take(_at_fields(refusal))
        return await page(
            request,
            "providers/framework_form.html",
            status=refusal.status,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, "/council/providers", "The framework is open.")


HANDLERS = [show_application, do_decide, do_end_approval, show_new_framework, do_new_framework]
