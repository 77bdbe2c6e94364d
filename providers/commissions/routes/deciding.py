"""A council's pages to judge and decide applications."""

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
from providers.commissions.commands import (
    Decision,
    ask_for_more,
    decide_commission,
    end_commission,
    score_application,
)
from providers.commissions.queries import application_of
from providers.commissions.rules import SCORE_WORDS, SCORES, Said
from providers.organisations.queries import provider

DECIDE = {"permission": Permission.COMMISSION_DECIDE}
ONE_DAY = timedelta(days=1)


def after(last: date | None) -> date | None:
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
    if form.text("decision") == "more":
        return await _ask(request, actor, commission_id, form)
    decision = form.choice("decision", Decision, required="Choose approve, refuse, or ask for more")
    starts_on, last = form.day("starts_on"), form.day("last_day")
    try:
        form.check()
        assert decision is not None  # noqa: S101 - nothing was wrong
        await decide_commission(
            actor,
            commission_id,
            decision,
            starts_on,
            after(last),
            form.text("reason", most=2000),
            form.text("conditions", most=2000),
        )
    except (Invalid, Conflict) as refusal:
        form.take(at_fields(refusal))
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    words = "The provider is approved." if decision is Decision.APPROVE else "The application is refused."
    return await done(request, "/council/providers", f"{words} A letter tells them.")


async def _ask(request: AnyRequest, actor: Actor, commission_id: UUID, form: Form) -> Response[Any]:
    try:
        await ask_for_more(actor, commission_id, form.text("reason", most=2000))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    return await done(request, "/council/providers", "The provider has it again. A letter tells them why.")


@post("/council/applications/{commission_id:uuid}/scores", opt=DECIDE, status_code=200)
async def do_score(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """Keep the scores that were chosen, each with its note."""
    shown = await application_of(actor, commission_id)
    form = await Form.read(request)
    scores = {
        each["id"]: (
            form.whole(f"score-{each['id']}", required="Choose a score from 0 to 5", most=SCORES[-1]),
            form.text(f"note-{each['id']}", most=2000),
        )
        for each in shown.criteria
        if form.text(f"score-{each['id']}")
    }
    try:
        form.check()
        await score_application(actor, commission_id, scores)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    return await done(request, f"/council/applications/{commission_id}", "The scores are kept.")


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
        form.take(at_fields(refusal))
        return await _application(
            request, actor, commission_id, form.values, form.errors, status=refusal.status
        )
    return await done(request, f"/council/applications/{commission_id}", "The last day is recorded.")


def at_fields(refusal: Invalid | Conflict) -> Invalid | Conflict:
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
    shown = await application_of(actor, commission_id)
    return await page(
        request,
        "providers/application.html",
        status=status,
        shown=shown,
        asked=shown.row,
        provider=await provider(shown.row["provider_id"]),
        said_labels={str(kind): kind.label for kind in Said},
        scores=[(score, f"{score}: {SCORE_WORDS[score]}") for score in SCORES],
        today=clock.today(),
        one_day=ONE_DAY,
        form=values,
        errors=errors,
    )


HANDLERS = [show_application, do_decide, do_score, do_end_approval]
