"""The pages of an activity's dates."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form
from providers.offers.queries import own_activity
from providers.paging import page_number
from providers.timetables import forms
from providers.timetables.commands import add_single_session, cancel_session, create_timetable, end_timetable
from providers.timetables.making import horizon
from providers.timetables.queries import count_sessions, sessions_of, timetables_of
from providers.timetables.rules import InTerms, closed_days, dates_of, rule_in_words
from providers.timetables.terms.queries import spans_of
from providers.timetables.words import recurrence_in_words

MANAGE = {"permission": Permission.OFFER_MANAGE}
PAGE_SIZE = 20


@get("/provider/activities/{activity_id:uuid}/dates", opt=MANAGE)
async def show_dates(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The dates to come and the timetables that make them."""
    return await _dates(request, actor, activity_id, {})


@get("/provider/activities/{activity_id:uuid}/timetable", opt=MANAGE)
async def show_timetable(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The form of a timetable."""
    shown = await own_activity(actor, activity_id)
    return await page(
        request,
        "providers/timetable.html",
        activity=shown,
        options=await forms.options_for(shown),
        form=forms.blank(shown),
    )


@post("/provider/activities/{activity_id:uuid}/timetable", opt=MANAGE, status_code=200)
async def do_timetable(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Show the dates that a timetable would make, or make them."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    dates: list[tuple[datetime, datetime]] = []
    closed: dict[Any, str] = {}
    status = 200
    draft = forms.read_timetable(form)
    try:
        form.check()
        assert draft is not None  # noqa: S101 - nothing was wrong
        terms = await spans_of(shown.provider_id, draft.in_terms, draft.terms_council_id)
        dates = dates_of(draft, terms, until=horizon())
        closed = closed_days(draft, horizon())
        if form.text("do") == "add":
            _, made = await create_timetable(actor, activity_id, draft)
            return await done(
                request, f"/provider/activities/{activity_id}/dates", f"{count(made, 'date')} added."
            )
    except (Invalid, Conflict) as refusal:
        form.take(_at_fields(refusal))
        status = refusal.status
    return await page(
        request,
        "providers/timetable.html",
        status=status,
        activity=shown,
        options=await forms.options_for(shown),
        words=recurrence_in_words(draft.recurs) if draft else "",
        until=horizon() if draft and (draft.ends_on is None or draft.ends_on > horizon()) else None,
        shows=draft is not None and not form.errors,
        dates=dates if not form.errors else [],
        closed=closed,
        form=form.values,
        errors=form.errors,
    )


def _at_fields(refusal: DomainError) -> DomainError:
    """The rule speaks of minutes; the form asks for hours and minutes."""
    if isinstance(refusal, Invalid):
        names = {"minutes": "hours"}
        return Invalid({names.get(name, name): words for name, words in refusal.fields.items()})
    return refusal


@get("/provider/activities/{activity_id:uuid}/dates/new", opt=MANAGE)
async def show_single(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The form of a single date."""
    shown = await own_activity(actor, activity_id)
    return await page(request, "providers/single_date.html", activity=shown, form=forms.blank(shown))


@post("/provider/activities/{activity_id:uuid}/dates/new", opt=MANAGE, status_code=200)
async def do_single(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Add a single date."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    draft = forms.read_session(form)
    try:
        form.check()
        assert draft is not None  # noqa: S101 - nothing was wrong
        await add_single_session(actor, activity_id, draft)
    except (Invalid, Conflict) as refusal:
        form.take(_at_fields(refusal))
        return await page(
            request,
            "providers/single_date.html",
            status=refusal.status,
            activity=shown,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, f"/provider/activities/{activity_id}/dates", "The date is added.")


@post("/provider/activities/{activity_id:uuid}/dates/{session_id:uuid}/cancel", opt=MANAGE, status_code=200)
async def do_cancel(request: AnyRequest, actor: Actor, activity_id: UUID, session_id: UUID) -> Response[Any]:
    """Take a date away that nobody has booked."""
    try:
        await cancel_session(actor, session_id)
    except Conflict as refusal:
        return await _dates(request, actor, activity_id, {"_form": refusal.message}, status=refusal.status)
    return await done(request, f"/provider/activities/{activity_id}/dates", "The date is taken away.")


async def _own_timetable(actor: Actor, activity_id: UUID, timetable_id: UUID) -> db.Row:
    timetables = await timetables_of(actor, activity_id)
    found = next((row for row in timetables if row["id"] == timetable_id), None)
    if found is None:
        raise NotFound
    return _in_words(found)


@get("/provider/activities/{activity_id:uuid}/timetables/{timetable_id:uuid}/end", opt=MANAGE)
async def show_end(request: AnyRequest, actor: Actor, activity_id: UUID, timetable_id: UUID) -> Response[Any]:
    """Ask for a timetable's last day."""
    return await page(
        request,
        "providers/timetable_end.html",
        activity=await own_activity(actor, activity_id),
        timetable=await _own_timetable(actor, activity_id, timetable_id),
    )


@post(
    "/provider/activities/{activity_id:uuid}/timetables/{timetable_id:uuid}/end", opt=MANAGE, status_code=200
)
async def do_end(request: AnyRequest, actor: Actor, activity_id: UUID, timetable_id: UUID) -> Response[Any]:
    """Stop a timetable after a day."""
    timetable = await _own_timetable(actor, activity_id, timetable_id)
    form = await Form.read(request)
    last_day = form.day("last_day", required="Enter the last day, like 31 3 2027")
    try:
        form.check()
        gone = await end_timetable(actor, timetable_id, last_day or clock.today())
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/timetable_end.html",
            status=refusal.status,
            activity=await own_activity(actor, activity_id),
            timetable=timetable,
            form=form.values,
            errors=form.errors,
        )
    return await done(
        request,
        f"/provider/activities/{activity_id}/dates",
        f"{count(gone, 'date')} taken away. Dates that people have booked stay.",
    )


def _in_words(timetable: db.Row) -> db.Row:
    terms = InTerms(timetable["in_terms"])
    return {
        **timetable,
        "words": rule_in_words(timetable["rule"]),
        "season": "" if terms is InTerms.ALWAYS else terms.label,
    }


async def _dates(
    request: AnyRequest, actor: Actor, activity_id: UUID, errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    shown = await own_activity(actor, activity_id)
    timetables = await timetables_of(actor, activity_id)
    dates = await count_sessions(activity_id)
    number = page_number(request, -(-dates // PAGE_SIZE))
    return await page(
        request,
        "providers/dates.html",
        status=status,
        activity=shown,
        timetables=[_in_words(timetable) for timetable in timetables],
        sessions=await sessions_of(actor, activity_id, most=PAGE_SIZE, skip=(number - 1) * PAGE_SIZE),
        dates=dates,
        page=number,
        pages=-(-dates // PAGE_SIZE),
        today=clock.today(),
        errors=errors,
    )


HANDLERS = [show_dates, show_timetable, do_timetable, show_single, do_single, do_cancel, show_end, do_end]
