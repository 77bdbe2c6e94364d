"""The provider's day (`pages.md` 6): today with its registers, what is to do, the days ahead."""

from datetime import time
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.commands import Times
from marketplace.bookings.register import queries, sheet_routes, view
from marketplace.bookings.register.commands import Mark, Saved, save_register
from marketplace.bookings.register.queries import PersonOnRegister
from marketplace.bookings.rules import BookingState, Outcome
from marketplace.bookings.sharing.alerts import small_groups
from marketplace.bookings.waitlist.queries import line_of_session
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from providers.access import own_provider
from providers.suspensions.queries import is_suspended

RECORDS = {"permission": Permission.ATTENDANCE_RECORD}
_TICKED = frozenset({Outcome.ATTENDED, Outcome.ABSENT})


@get("/provider", opt=RECORDS)
async def show_day(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Today's sessions with their registers, registers that are missing, and the next seven days."""
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    today = clock.today()
    sessions = await queries.sessions_between(provider_id, today, today)
    people = await queries.people_of(actor, provider_id, [line.id for line in sessions])
    shown = [view.session(line, people.get(line.id, []), today) for line in sessions]
    return await page(
        request,
        "bookings/day.html",
        today=today,
        stopped=await is_suspended(provider_id),
        sessions=shown,
        expected=sum(len(each["people"]) for each in shown),
        unfilled=await queries.unfilled(provider_id, today),
        small_groups=await small_groups(provider_id, today, queries.week_ahead(today)[1]),
        ahead=await queries.sessions_between(provider_id, *queries.week_ahead(today)),
        choices=view.CHOICES,
    )


@get("/provider/sessions/{session_id:uuid}", opt=RECORDS)
async def show_session(request: AnyRequest, actor: Actor, session_id: UUID) -> Response[Any]:
    """One session: who booked it, and the register from its day on."""
    return await _session_page(request, actor, session_id, Form({}))


async def _session_page(
    request: AnyRequest, actor: Actor, session_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    line = await queries.own_session(actor, session_id)
    people = await _people(actor, session_id)
    return await page(
        request,
        "bookings/session.html",
        status=status,
        session=view.session(line, people, clock.today()),
        line=await line_of_session(actor, session_id),
        cancel_href=_cancel_href(actor, line),
        choices=view.CHOICES,
        back={"href": "/provider", "text": "Today"},
        form=form.values,
        errors=form.errors,
    )


def _cancel_href(actor: Actor, line: queries.SessionLine) -> str:
    """Where the date is cancelled with everybody on it; empty when it is over, off or not the actor's to cancel."""
    to_come = line.state == "scheduled" and line.starts_at > clock.now()
    if not to_come or Permission.OFFER_MANAGE not in actor.permissions:
        return ""
    return f"/provider/cancel-dates?day={line.service_on.isoformat()}&session={line.id}"


async def _people(actor: Actor, session_id: UUID) -> list[PersonOnRegister]:
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    return (await queries.people_of(actor, provider_id, [session_id])).get(session_id, [])


@post("/provider/sessions/{session_id:uuid}/register", opt=RECORDS, status_code=200)
async def do_register(request: AnyRequest, actor: Actor, session_id: UUID) -> Response[Any]:
    """Save what was ticked. A script that saves as somebody goes asks for JSON and gets what was saved."""
    form = await Form.read(request)
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    people = await queries.names_on(provider_id, [session_id])
    saved = Saved()
    try:
        saved = await save_register(actor, session_id, _marks(form, people))
    except DomainError as refusal:
        form.take(refusal)
    for booking_id, words in saved.refusals.items():
        form.fail(f"attendance-{booking_id}", words)
    if "application/json" in request.headers.get("accept", ""):
        told = {"saved": [str(each) for each in saved.recorded], "errors": form.errors}
        return Response(told, status_code=409 if form.errors else 200)
    if form.errors:
        return await _session_page(request, actor, session_id, form, status=409)
    words = f"The register is saved: {formats.count(len(saved.recorded), 'person', 'people')}."
    if not saved.recorded:
        words = "!Nothing was saved, because nobody was ticked. You can choose Attended or Did not come."
    back = "/provider" if request.query_params.get("from") == "day" else f"/provider/sessions/{session_id}"
    return await done(request, f"{back}#session-{session_id}", words)


def _marks(form: Form, people: list[PersonOnRegister]) -> dict[UUID, Mark]:
    """What was ticked, person by person; a note alone asks for a tick."""
    marks = {}
    everybody = str(Outcome.ATTENDED) if form.ticked("everybody") else ""
    for person in people:
        if person.cancelled:
            continue
        field = f"attendance-{person.booking_id}"
        note = form.text(f"note-{person.booking_id}", most=500)
        if f"note-{person.booking_id}" in form.errors:
            form.fail(field, form.errors.pop(f"note-{person.booking_id}"))
            continue
        ticked = form.text(field) or everybody * (
            person.outcome is None and person.state is BookingState.CONFIRMED and person.kept_percent is None
        )
        if ticked in _TICKED:
            times = Times(
                _time(form, f"came-{person.booking_id}", person.arrived_at),
                _time(form, f"left-{person.booking_id}", person.left_at),
            )
            marks[person.booking_id] = Mark(Outcome(ticked), note, times)
        elif note or ticked:
            form.fail(field, f"Choose whether {person.name} came")
    return marks


def _time(form: Form, name: str, kept: time | None) -> time | None:
    """A time that was typed, none where it was emptied, and what was kept where the form does not ask."""
    if name not in form.values:
        return kept
    return form.clock_time(name, required="Enter a time like 10:05") if form.text(name) else None


HANDLERS = [*sheet_routes.HANDLERS, show_day, show_session, do_register]
