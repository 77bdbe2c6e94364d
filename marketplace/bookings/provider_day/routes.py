"""To do, the bookings inbox and the week of a provider."""

from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.bookings.news.commands import mark_seen
from marketplace.bookings.news.rules import NewsKind
from marketplace.bookings.provider_day import queries, rules
from marketplace.bookings.register.queries import SessionLine
from marketplace.bookings.register.sheet_routes import week_asked
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.clock import london_day, week_of
from marketplace.kernel.forms import Form

RECORDS = {"permission": Permission.ATTENDANCE_RECORD}


@get("/provider/to-do", opt=RECORDS)
async def show_to_do(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What waits, each number a link to its rows."""
    shown = rules.numbers(await queries.counts(actor), actor.permissions)
    return await page(request, "bookings/provider_day/to_do.html", numbers=shown)


def _kind(request: AnyRequest) -> NewsKind | None:
    asked = request.query_params.get("kind", "")
    return next((kind for kind in NewsKind if kind == asked), None)


@get("/provider/inbox", opt=RECORDS)
async def show_inbox(request: AnyRequest, actor: Actor) -> Response[Any]:
    """What was booked, moved and cancelled since somebody looked; or everything."""
    number = request.query_params.get("page", "1")
    everything = request.query_params.get("show") == "all"
    told = await queries.inbox(
        actor,
        _kind(request),
        max(1, int(number)) if number.isdecimal() and len(number) < 6 else 1,
        only_new=not everything,
    )
    params = {"show": "all" if everything else "", "kind": str(_kind(request) or "")}
    return await page(
        request,
        "bookings/provider_day/inbox.html",
        told=told,
        everything=everything,
        pages=max(1, -(-told.total // queries.PAGE_SIZE)),
        params=params,
        kinds=[
            {
                "text": text,
                "href": formats.link("/provider/inbox", params, kind=kind),
                "current": _kind(request) == (kind or None),
            }
            for kind, text in (("", "All"), *((str(kind), kind.label) for kind in NewsKind))
        ],
    )


@post("/provider/inbox", opt=RECORDS, status_code=200)
async def do_inbox(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Mark as seen what was on the page, so that what came meanwhile stays new."""
    form = await Form.read(request)
    seen = await mark_seen(actor, [UUID(each) for each in form.all("news") if _is_uuid(each)])
    return await done(request, "/provider/inbox", f"{formats.count(seen, 'change')} marked as seen.")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@get("/provider/waiting", opt=RECORDS)
async def show_waiting(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The sessions for which people wait."""
    return await page(request, "bookings/provider_day/waiting.html", lines=await queries.waiting(actor))


@get("/provider/week", opt=RECORDS)
async def show_week(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every session of a week, day by day."""
    monday = week_asked(request)
    lines = await queries.week(actor, monday)
    return await page(
        request,
        "bookings/provider_day/week.html",
        monday=monday,
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7),
        this_week=None if monday == week_of(clock.today()) else "/provider/week",
        days=[
            {"day": day, "rows": [_row(line) for line in of_day]}
            for day, of_day in groupby(lines, key=lambda line: london_day(line.starts_at))
        ],
        sessions=sum(line.state == "scheduled" for line in lines),
        activities=len({line.activity_id for line in lines}),
        places=sum(line.places_taken for line in lines),
    )


def _row(line: SessionLine) -> dict[str, Any]:
    every = line.recorded + line.unrecorded
    past = line.starts_at <= clock.now()
    kept = past or line.recorded > 0  # on its day it may be filled in before it begins
    register = "" if not every else f"{line.recorded} of {every}" if kept else "To come"
    return {
        "what": line.title,
        "href": f"/provider/sessions/{line.id}",
        "when": formats.times(line),
        "where": line.venue,
        "taken": line.taken_words,
        "register": "Cancelled" if line.state == "cancelled" else register,
        "urgent": past and line.unrecorded > 0 and london_day(line.starts_at) < clock.today(),
    }


router = Router(
    "/", route_handlers=[show_to_do, show_inbox, do_inbox, show_waiting, show_week], include_in_schema=False
)
