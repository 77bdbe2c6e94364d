"""The pages about a change in a person's life: their form, and the council's worklist."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf import queries as people
from isf.budgets import queries as budgets
from isf.budgets.reports import commands, queries
from isf.budgets.reports.queries import Report
from isf.budgets.reports.rules import WAITING, ReportAnswer, ReportState
from isf.routes.reading import MANAGES, SEES, uuid_typed
from isf.rules import last_day
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.ids import new_id

STATE_WORDS = {
    ReportState.REPORTED: "Waiting for the council",
    ReportState.OPENED: "The council looks at it",
    ReportState.NO_CHANGE: "The budget stays as it is",
    ReportState.BUDGET_CHANGED: "The budget is changed",
    ReportState.REVIEW: "A review comes",
}


@get("/people/{person_id:uuid}/change", opt=SEES)
async def show_change(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Tell the council what has changed, and read what it answered before."""
    response = await _report_page(request, actor, person_id, Form({}))
    await commands.mark_read(actor, person_id)
    return response


@post("/people/{person_id:uuid}/change", opt=SEES, status_code=200)
async def do_report(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Tell it, or keep what was typed. Clicked twice, it is told once."""
    await people.person(actor, person_id)
    form = await Form.read(request)
    try:
        since = form.day("since")
        what = form.text("what", required="Write what has changed", most=2000)
        meaning = form.text("meaning", most=2000)
        form.check()
        await commands.report_change(
            actor, person_id, what, since, meaning, report_id=uuid_typed(form, "report_id")
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _report_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/change", "The council has what you wrote.")


async def _report_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request, "isf/budgets/report.html", status=status, about=person_id,
        person=await people.person(actor, person_id), reports=await queries.reports_of(actor, person_id),
        state_words=STATE_WORDS, report_id=form.text("report_id") or new_id(), form=form.values, errors=form.errors,
    )  # fmt: skip


@get("/council/changes", opt=MANAGES)
async def show_changes(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Reported changes, the oldest first; `show=review` for those that lead to one, `show=answered` for the rest."""
    show = request.query_params.get("show", "waiting")
    states = {
        "review": frozenset({ReportState.REVIEW}),
        "answered": frozenset({ReportState.NO_CHANGE, ReportState.BUDGET_CHANGED}),
    }.get(show, WAITING)
    found = await queries.waiting_reports(actor, states)
    return await page(
        request, "isf/budgets/changes.html",
        rows=[
            {
                "name": one.person_name, "href": f"/council/changes/{one.id}",
                "what": one.what if len(one.what) <= 90 else one.what[:90].rstrip() + "…",
                "on": one.reported_at, "by": one.reported_by, "state": STATE_WORDS[one.state],
            }
            for one in found
        ],
        tabs=[
            {"text": text, "href": formats.link("/council/changes", {"show": key if key != "waiting" else None}),
             "current": states == these}
            for key, text, these in (
                ("waiting", "To answer", WAITING),
                ("review", "Review", frozenset({ReportState.REVIEW})),
                ("answered", "Answered", frozenset({ReportState.NO_CHANGE, ReportState.BUDGET_CHANGED})),
            )
        ],
    )  # fmt: skip


@get("/council/changes/{report_id:uuid}", opt=MANAGES)
async def show_one_change(request: AnyRequest, actor: Actor, report_id: UUID) -> Response[Any]:
    """One report: take it on, or answer it."""
    return await _answer_page(request, actor, await queries.report(actor, report_id), Form({}))


@post("/council/changes/{report_id:uuid}", opt=MANAGES, status_code=200)
async def do_answer(request: AnyRequest, actor: Actor, report_id: UUID) -> Response[Any]:
    """Take a report on (`do=open`), or answer it."""
    told = await queries.report(actor, report_id)
    form = await Form.read(request)
    path = f"/council/changes/{report_id}"
    try:
        if form.text("do") == "open":
            await commands.open_report(actor, report_id)
            return await done(request, path, "You look at this now.")
        answer = form.choice("answer", ReportAnswer, required="Choose what the answer is")
        words = form.text("words", required="Write the answer, as the person will read it", most=2000)
        form.check()
        assert answer is not None  # noqa: S101 - the form was checked
        await commands.answer_report(actor, report_id, answer, words, budget_id=uuid_typed(form, "budget"))
    except DomainError as refusal:
        form.take(refusal)
        return await _answer_page(request, actor, told, form, status=refusal.status)
    return await done(request, path, "The answer is sent.")


async def _answer_page(
    request: AnyRequest, actor: Actor, told: Report, form: Form, *, status: int = 200
) -> Response[Any]:
    versions = await budgets.versions_of(actor, told.person_id)
    return await page(
        request, "isf/budgets/answer.html", status=status, about=told.person_id, told=told,
        state_words=STATE_WORDS, answers=[(str(answer), answer.label) for answer in ReportAnswer],
        open_to_answer=told.state in (ReportState.OPENED, ReportState.REVIEW),
        versions=[("", "Choose a version"), *[
            (str(one.id), f"{formats.full_date(one.starts_on)} to {formats.full_date(last_day(one.ends_on))},"
             f" {formats.money(one.whole_pence)}") for one in versions]],
        form=form.values, errors=form.errors,
    )  # fmt: skip


HANDLERS = [show_change, do_report, show_changes, show_one_change, do_answer]
