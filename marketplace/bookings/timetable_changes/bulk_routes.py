"""A week of all dates of a provider: change many at once, or copy the single ones to other weeks."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.timetable_changes import forms, queries
from marketplace.bookings.timetable_changes.commands import MOST_DATES, Asked, look, make_change
from marketplace.bookings.timetable_changes.rules import ChangedMeanwhile, DateChange, Movers, fingerprint
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form
from providers.access import own_provider
from providers.timetables.changing import Change, Place
from providers.timetables.copying import MOST_WEEKS, Copy, copy_week, look_at_copy
from providers.timetables.forms import known_id

MANAGE = {"permission": Permission.OFFER_MANAGE}
WHAT = [
    ("off", "They do not happen"),
    ("later", "They begin earlier or later"),
    ("places", "They have another number of places"),
    ("place", "They are at another place"),
]


def _monday(request: AnyRequest) -> date:
    try:
        return week_of(date.fromisoformat(request.query_params.get("week", "")))
    except ValueError:
        return week_of(clock.today())


@get("/provider/dates", opt=MANAGE)
async def show_week(request: AnyRequest, actor: Actor) -> Response[Any]:
    """All dates of a week, over all activities."""
    return await _week(request, actor, _monday(request), Form({"movers": str(Movers.MOVE)}))


@post("/provider/dates", opt=MANAGE, status_code=200)
async def do_week(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Show what a change of the ticked dates does, or do it."""
    monday, form = _monday(request), await Form.read(request)
    asked = _read(form)
    changes: Sequence[DateChange] = ()
    status = 200
    try:
        form.check()
        assert asked is not None  # noqa: S101 - nothing was wrong
        if form.text("do") == "make":
            changes = await make_change(actor, asked, form.text("shown"))
            return await done(request, f"/provider/dates?week={monday}", " ".join(forms.summary(changes)))
        changes = await look(actor, asked)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        status = refusal.status
        if isinstance(refusal, ChangedMeanwhile) and asked is not None:
            changes = await look(actor, asked)
    return await _week(request, actor, monday, form, changes, status=status)


def _read(form: Form) -> Asked | None:
    ids = []
    try:
        ids = [UUID(value) for value in form.all("dates")]
    except ValueError:
        form.fail("dates", "Choose from the list")
    if not ids or len(ids) > MOST_DATES:
        form.fail("dates", "Choose one date or more")
    what = form.one_of("what", {value for value, _ in WHAT}, required="Choose what changes")
    movers = form.choice("movers", Movers, required="Choose what happens to people who booked")
    change = _change(form, what)
    return None if form.errors or movers is None else Asked(tuple(ids), change, movers=movers)


def _change(form: Form, what: str) -> Change:
    if what == "off":
        return Change(stop=True)
    if what == "places":
        return Change(
            capacity=form.whole("capacity", required="Enter how many places there are", least=1, most=10_000)
        )
    if what == "place":
        return Change(place=Place(known_id(form, "venue_id")))
    minutes = form.whole("minutes", required="Enter the minutes, like 30", least=1, most=1439)
    earlier = form.one_of("direction", {"later", "earlier"}, required="Choose earlier or later") == "earlier"
    return Change(later_minutes=-minutes if earlier else minutes)


async def _week(
    request: AnyRequest,
    actor: Actor,
    monday: date,
    form: Form,
    changes: Sequence[DateChange] = (),
    *,
    status: int = 200,
) -> Response[Any]:
    provider_id = await own_provider(actor)
    venues = await db.fetch_all(
        "SELECT id, name FROM venue WHERE provider_id = $1 ORDER BY name", provider_id
    )
    return await page(
        request,
        "bookings/timetable_changes/week.html",
        status=status,
        monday=monday,
        before=monday - timedelta(days=7),
        after=monday + timedelta(days=7),
        dates=await queries.dates_of_week(provider_id, monday),
        what=WHAT,
        movers=forms.MOVERS,
        venues=[("", "The activity’s own place"), *((str(row["id"]), row["name"]) for row in venues)],
        changes=changes,
        summary=forms.summary(changes) if changes else [],
        shown=fingerprint(changes) if changes else "",
        form=form.values,
        errors=form.errors,
    )


@get("/provider/dates/copy", opt=MANAGE)
async def show_copy(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Which week is copied to which."""
    await own_provider(actor)
    return await _copy(request, _monday(request), Form({}), [])


@post("/provider/dates/copy", opt=MANAGE, status_code=200)
async def do_copy(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Show what copying a week makes, or copy it."""
    monday, form = _monday(request), await Form.read(request)
    copies: list[Copy] = []
    status = 200
    weeks = [day for value in form.all("to_weeks") if (day := _day(value)) is not None]
    try:
        if form.text("do") == "copy":
            made = await copy_week(actor, monday, weeks)
            return await done(
                request, f"/provider/dates?week={monday + timedelta(days=7)}", f"{count(made, 'date')} added."
            )
        copies = await look_at_copy(actor, monday, weeks)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        status = refusal.status
    return await _copy(request, monday, form, copies, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


async def _copy(
    request: AnyRequest, monday: date, form: Form, copies: list[Copy], *, status: int = 200
) -> Response[Any]:
    first = max(monday, week_of(clock.today()) - timedelta(days=7))
    return await page(
        request,
        "bookings/timetable_changes/copy.html",
        status=status,
        monday=monday,
        weeks=[first + timedelta(days=7 * number) for number in range(1, MOST_WEEKS + 1)],
        copies=copies,
        new=sum(not copy.why_not for copy in copies),
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_week, do_week, show_copy, do_copy]
