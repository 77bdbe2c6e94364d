"""The pages of billing runs: what one would make, making it, and what it did."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing.document_words import table_day
from invoicing.rules import last_day, month_of
from invoicing.runs import commands, queries
from invoicing.runs.queries import Preview
from invoicing.runs.rules import Draft, Scope
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
AT_ONCE = 2
"""Steps that a page waits for; the schedule goes on with a longer run."""


@get("/invoices/preview", opt=ISSUES)
async def show_preview(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Exactly the invoices that would be made for some days; the month so far without any."""
    asked = request.query_params
    form = Form({name: asked[name] for name in asked if name.startswith(("starts_on", "ends_on"))})
    this_month = month_of(clock.today())
    starts_on = form.day("starts_on") or this_month
    scope = Scope(
        starts_on,
        form.day("ends_on") or last_day(starts_on),
        payer_id=_id(asked.get("payer")),
        purchase_order_id=_id(asked.get("order")),
    )
    try:
        form.check()
        seen = await queries.preview(actor, scope)
    except Invalid as refusal:
        form.take(refusal)
        month = Scope(this_month, last_day(this_month))
        return await _preview(request, await queries.preview(actor, month), form, refusal.status)
    return await _preview(request, seen, form, 200)


def _id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


async def _preview(request: AnyRequest, seen: Preview, form: Form, status: int) -> Response[Any]:
    scope = seen.scope
    days = {"starts_on": formats.iso(scope.starts_on), "ends_on": formats.iso(scope.ends_on)}
    for name, day in (("starts_on", scope.starts_on), ("ends_on", scope.ends_on)):
        if not form.errors:
            form.values |= {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}
    return await page(
        request,
        "invoicing/runs/preview.html",
        status=status,
        seen=seen,
        invoices=[_draft_words(draft) for draft in seen.drafts],
        hidden={
            **days,
            "payer": str(scope.payer_id or ""),
            "order": str(scope.purchase_order_id or ""),
            "fingerprint": seen.fingerprint,
        },
        form=form.values,
        errors=form.errors,
    )


def _draft_words(draft: Draft) -> dict[str, Any]:
    vat = draft.vat
    return {
        "payer_name": draft.between.payer_name,
        "payer_id": draft.between.payer_organisation_id or draft.between.payer_user_id,
        "purchase_order": draft.order.number if draft.order else None,
        "vat_number": draft.vat_number,
        "gross_pence": vat.gross.pence,
        "count": len(draft.delivered),
        "vat": [
            {
                "category": row.category.label
                + (f", {row.rate_basis_points / 100:g}%" if row.rate_basis_points else ""),
                "net": row.taxable.pence,
                "vat": row.vat.pence,
                "gross": row.gross.pence,
            }
            for row in vat.categories
        ],
        "lines": [
            {
                "day": table_day(each.service_on),
                "description": each.description,
                "person": each.person_reference,
                "vat": each.vat_category.code,
                "gross": each.charge.pence,
            }
            for each in draft.delivered
        ],
    }


@post("/invoices/runs", opt=ISSUES, status_code=200)
async def do_run(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Make exactly the invoices that were shown; when something changed since, show them again."""
    form = await Form.read(request)
    scope = Scope(
        _day(form, "starts_on"), _day(form, "ends_on"), payer_id=_id(form.text("payer")),
        purchase_order_id=_id(form.text("order")),
    )  # fmt: skip
    seen = await queries.preview(actor, scope)
    if seen.fingerprint != form.text("fingerprint"):
        again = Form({})
        again.fail(
            "_form",
            "You cannot make these invoices, because something changed since you looked. "
            "You can look at them again below, then make them.",
        )
        return await _preview(request, seen, again, 409)
    run_id = await commands.begin(actor, seen.scope)
    if run_id is None:
        return await done(request, "/invoices?show=to-be-billed", "There was nothing to bill.")
    made = await commands.work_on(actor, run_id, steps=AT_ONCE)
    return await done(request, f"/invoices/runs/{run_id}", f"{seen.scope.words}: {made.words}")


def _day(form: Form, name: str) -> date:
    day = form.day(name)
    if day is None:
        raise NotFound("There are no such days. Go back and choose them.")
    return day


@get("/invoices/runs", opt=SEES)
async def show_runs(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The runs that made invoices for the actor's side, or of it."""
    return await page(request, "invoicing/runs/runs.html", runs=await queries.runs(actor))


@get("/invoices/runs/{run_id:uuid}", opt=SEES)
async def show_run(request: AnyRequest, actor: Actor, run_id: UUID) -> Response[Any]:
    """What a run has made so far, and what it left out."""
    return await page(
        request,
        "invoicing/runs/run.html",
        run=await queries.run(actor, run_id),
        invoices=await queries.invoices_of_run(actor, run_id),
    )


HANDLERS = [show_preview, do_run, show_runs, show_run]
router = Router("/", route_handlers=HANDLERS, include_in_schema=False)
