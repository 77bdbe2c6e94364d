"""A person's week (`pages.md` 3), and the ideas in it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from isf import queries as isf_queries
from marketplace.bookings.desk.place import back_to_desk, place_asked
from marketplace.bookings.rules import Side
from marketplace.bookings.waitlist.queries import waiting_of
from marketplace.bookings.week import queries, rules, view
from marketplace.bookings.week.commands import Outcome, add_idea, book_ideas, remove_idea, require_planner
from marketplace.bookings.week.rules import Span
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, choose_person
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Permission, Role, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.ids import NOBODY

SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}


@get("/people/{person_id:uuid}/week", opt=SEES)
async def show_week(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The week of a day (`on`, today's by default): what is booked, what is wished for, and the money."""
    monday = week_of(day_asked(request.query_params.get("on")))
    week = await read_week(actor, person_id, monday)
    await choose_person(request, person_id)
    today = clock.today()
    may_change = frozenset(str(scope) for scope in week.person.scopes & {Scope.PLAN, Scope.BOOK})
    on_paper = request.query_params.get("print") == "on"
    if on_paper or Permission.BOOK not in actor.permissions:
        may_change = frozenset()
    return await page(
        request,
        "bookings/week_print.html" if on_paper else _template(request),
        about=person_id,
        person=week.person,
        monday=monday,
        today=today,
        path=week.path,
        earlier=monday - timedelta(days=7),
        later=monday + timedelta(days=7),
        this_week=None if monday == week_of(today) else week.path,
        funds=[view.fund_card(fund, today, side_of(actor)) for fund in view.shown_funds(week.funds, monday)],
        days=view.days(week, today, clock.now(), may_change),
        idea_sums=view.idea_sums(week) if "book" in may_change else [],
        waiting=await waiting_of(actor, person_id),
        not_bookable=sum(plan.fund_id is None for plan in week.plans),
        find_href=view.find_on(max(monday, today)) if monday + timedelta(days=6) >= today else None,
        may_change=may_change,
        back=_back(request, actor, person_id),
    )


def _template(request: AnyRequest) -> str:
    return "bookings/week_easy.html" if easy_read(request) else "bookings/week.html"


def _back(request: AnyRequest, actor: Actor, person_id: UUID) -> dict[str, str]:
    if Role.BROKER in actor.roles or place_asked(request):
        return back_to_desk(request, person_id)
    return {"href": f"/people/{person_id}/money", "text": "Money and week"}


def day_asked(typed: str | None) -> date:
    """A day from an address; today for anything that is none."""
    try:
        asked = date.fromisoformat(typed or "")
    except ValueError:
        return clock.today()
    # Far years have no neighbours to link to.
    return asked if 2000 <= asked.year <= 2200 else clock.today()


def side_of(actor: Actor) -> Side:
    """At which side of the desk the actor sits."""
    return Side.COUNCIL if actor.council_id else Side.PERSON


async def read_week(actor: Actor, person_id: UUID, monday: date) -> view.Week:
    """Everything on the page, in a number of statements that does not grow; the view is audited. Raises NotFound."""
    person = await isf_queries.person(actor, person_id)
    funds = await isf_queries.funds_of(actor, person_id)
    bookings = await queries.bookings_of_week(person_id, monday)
    lines = await queries.ideas_of_week(person_id, monday)
    ideas = await queries.with_facts(actor, person_id, lines)
    busy = [Span(booking.starts_at, booking.ends_at) for booking in bookings if booking.live]
    plans = rules.plan_ideas(ideas, busy, side_of(actor), clock.now())
    return view.Week(person, monday, funds, bookings, lines, plans, rules.together(plans, ideas))


@post("/people/{person_id:uuid}/ideas", opt=BOOKS, status_code=303)
async def do_add_idea(request: AnyRequest, actor: Actor, person_id: UUID) -> Redirect:
    """Put a session in the week as an idea."""
    await require_planner(actor, person_id)
    form = await Form.read(request)
    session_id = id_typed(form.text("activity_session_id"))
    if session_id is None:
        raise Invalid({"activity_session_id": "Choose a date of an activity"})
    try:
        day = await add_idea(actor, person_id, session_id)
    except NotFound:
        raise
    except DomainError as refusal:
        return await done(request, f"/people/{person_id}/book/{session_id}", f"!{refusal.message}")
    words = "It is in the week as an idea. It costs nothing until you book it."
    return await done(request, f"/people/{person_id}/week?on={day.isoformat()}", words)


@post("/people/{person_id:uuid}/ideas/{idea_id:uuid}/remove", opt=BOOKS, status_code=303)
async def do_remove_idea(request: AnyRequest, actor: Actor, person_id: UUID, idea_id: UUID) -> Redirect:
    """Take an idea out of the week."""
    form = await Form.read(request)
    await remove_idea(actor, person_id, idea_id)
    on = day_asked(form.text("on"))
    return await done(request, f"/people/{person_id}/week?on={on.isoformat()}", "The idea is removed.")


@post("/people/{person_id:uuid}/week/book-ideas", opt=BOOKS, status_code=303)
async def do_book_ideas(request: AnyRequest, actor: Actor, person_id: UUID) -> Redirect:
    """Book the ideas that the page showed for one fund; says what became of each."""
    form = await Form.read(request)
    idea_ids = [found for part in form.text("ideas").split(",")[:50] if (found := id_typed(part))]
    outcomes = await book_ideas(actor, person_id, idea_ids, id_typed(form.text("fund")) or NOBODY)
    on = day_asked(form.text("on"))
    return await done(request, f"/people/{person_id}/week?on={on.isoformat()}", told(outcomes))


def told(outcomes: Sequence[Outcome]) -> str:
    """What became of each idea, as lines of a flash."""
    if not outcomes:
        return "!Nothing was booked, because these ideas are not in the week any more."
    booked = [outcome.title for outcome in outcomes if outcome.booking_id]
    lines = [f"!{outcome.title}: {outcome.refusal}" for outcome in outcomes if not outcome.booking_id]
    if booked:
        lines.insert(0, f"{formats.count(len(booked), 'idea')} booked: {', '.join(booked)}.")
    return "\n".join(lines)


def id_typed(text: str) -> UUID | None:
    """An id from a hidden field; None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


HANDLERS = [show_week, do_add_idea, do_remove_idea, do_book_ideas]
