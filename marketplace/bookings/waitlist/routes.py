"""Joining a line, seeing where one stands, and answering an offer; a person's lines on one page."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from marketplace.bookings.outside.commands import say_why
from marketplace.bookings.places.choice import Choice, FundChoice, read_choice
from marketplace.bookings.terms import cancel_words, moment
from marketplace.bookings.waitlist import commands, queries
from marketplace.bookings.waitlist.queries import Waiting
from marketplace.bookings.waitlist.rules import before_words
from marketplace.bookings.week.routes import side_of
from marketplace.bookings.week.view import picture_of, place_of
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, Forbidden, FundExhausted
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}


@get("/people/{person_id:uuid}/waitlist", opt=SEES)
async def show_lines(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Where a person waits for a place, and what is offered to them."""
    lines = await queries.waiting_of(actor, person_id)
    return await page(
        request,
        "bookings/waitlist/lines.html",
        about=person_id,
        lines=lines,
        back={"href": f"/people/{person_id}/week", "text": "The week"},
    )


@get("/people/{person_id:uuid}/waitlist/{full_session_id:uuid}", opt=BOOKS)
async def show_join(
    request: AnyRequest, actor: Actor, person_id: UUID, full_session_id: UUID
) -> Response[Any]:
    """What it means to wait for this session, how many do, and with which money."""
    choice = await read_choice(actor, person_id, full_session_id, side_of(actor))
    found = await queries.open_entry(person_id, full_session_id)
    if found is not None:
        return Redirect(f"/waitlist/{found}", status_code=303)
    if choice.session.booked_id is not None or choice.session.places_left > 0:
        return Redirect(f"/people/{person_id}/book/{full_session_id}", status_code=303)  # Nobody has to wait.
    return await _join_page(request, choice, Form({}))


@post("/people/{person_id:uuid}/waitlist/{full_session_id:uuid}", opt=BOOKS, status_code=200)
async def do_join(request: AnyRequest, actor: Actor, person_id: UUID, full_session_id: UUID) -> Response[Any]:
    """Stand in line."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    choice = await read_choice(actor, person_id, full_session_id, side_of(actor))
    found = await queries.open_entry(person_id, full_session_id)
    if found is not None:  # The button was pressed twice.
        return Redirect(f"/waitlist/{found}", status_code=303)
    try:
        chosen = choice.of(form.text("fund"))
        if chosen is None:
            form.fail("fund", "Choose which money to use")
        form.check()
        assert chosen is not None  # noqa: S101 - `check` refuses None
        if not chosen.in_plan:
            await say_why(actor, person_id, full_session_id, form.text("because", most=2000))
        entry_id = await commands.join(actor, full_session_id, chosen.fund.id)
    except DomainError as refusal:
        form.take(refusal)
        return await _join_page(request, choice, form, status=refusal.status)
    line = await queries.entry(actor, entry_id)
    return await done(request, f"/waitlist/{entry_id}", f"You are on the waitlist. {line.words}")


async def _join_page(request: AnyRequest, choice: Choice, form: Form, *, status: int = 200) -> Response[Any]:
    session = choice.session
    funds = [each for each in [*choice.able, *choice.unable] if _could_pay(each)]
    return await page(
        request,
        "bookings/waitlist/join.html",
        status=status,
        about=choice.person.id,
        person=choice.person,
        session=session,
        place=place_of(session.venue, session.town),
        picture=picture_of(session.category),
        funds=[(str(each.fund.id), each.fund.title, _money_words(each)) for each in funds],
        refusals=[each for each in choice.unable if not _could_pay(each)],
        in_plan=all(each.in_plan for each in funds),
        waiting=before_words(await queries.how_many_wait(session.id)),
        back={"href": f"/people/{choice.person.id}/book/{session.id}", "text": session.title},
        form=form.values,
        errors=form.errors,
    )


def _could_pay(each: FundChoice) -> bool:
    """Whether only the money of this moment stands in the way, which is looked at when a place is free."""
    return each.refusal is None or isinstance(each.refusal, FundExhausted)


def _money_words(each: FundChoice) -> str:
    left = f"{formats.money(each.fund.available_pence)} left now."
    if each.after_pence < 0:
        return f"{left} A place is offered only when there is {Money(-each.after_pence)} more."
    return left


@get("/waitlist/{entry_id:uuid}", opt=SEES)
async def show_entry(request: AnyRequest, actor: Actor, entry_id: UUID) -> Response[Any]:
    """Where somebody stands in a line; when a place is kept for them, what it costs and the two answers."""
    line = await queries.entry(actor, entry_id)
    return await _entry_page(request, actor, line, Form({}))


async def _entry_page(
    request: AnyRequest, actor: Actor, line: Waiting, form: Form, *, status: int = 200
) -> Response[Any]:
    choice = await read_choice(actor, line.person_id, line.activity_session_id, side_of(actor))
    session = choice.session
    price = Money(session.price_pence or 0)
    fund = choice.of(str(line.fund_id))
    own_money = fund is None or not isinstance(fund.refusal, Forbidden)
    may_book = Permission.BOOK in actor.permissions and Scope.BOOK in choice.person.scopes
    return await page(
        request,
        "bookings/waitlist/entry.html",
        status=status,
        about=line.person_id,
        line=line,
        session=session,
        until=moment(line.expires_at) if line.expires_at else "",
        place=place_of(line.venue, line.town),
        picture=picture_of(line.category),
        fund=fund,
        terms=cancel_words(session.terms, price, session.starts_at, clock.now()),
        may_answer=may_book and own_money,
        back={"href": f"/people/{line.person_id}/waitlist", "text": "Waitlists"},
        form=form.values,
        errors=form.errors,
    )


@post("/waitlist/{entry_id:uuid}/accept", opt=BOOKS, status_code=200)
async def do_accept(request: AnyRequest, actor: Actor, entry_id: UUID) -> Response[Any]:
    """Yes: the place is booked at the price that was shown. A direct payment goes on to the page where it is paid."""
    form = await Form.read(request)
    line = await queries.entry(actor, entry_id)
    if line.booking_id is not None:  # The button was pressed twice.
        return Redirect(f"/bookings/{line.booking_id}", status_code=303)
    try:
        choice = await read_choice(actor, line.person_id, line.activity_session_id, side_of(actor))
        chosen = choice.of(str(line.fund_id))
        if line.offered and chosen is not None and chosen.by_card_or_bank and chosen.refusal is None:
            pay = f"/people/{line.person_id}/pay/{line.activity_session_id}?fund={line.fund_id}"
            return Redirect(pay, status_code=303)
        booked = await commands.accept(actor, entry_id)
    except DomainError as refusal:
        form.take(refusal)
        again = await queries.entry(actor, entry_id)
        return await _entry_page(request, actor, again, form, status=refusal.status)
    words = f"{line.title} is booked for {Money(booked.price_pence)}."
    return await done(request, f"/bookings/{booked.id}", words)


@post("/waitlist/{entry_id:uuid}/decline", opt=BOOKS, status_code=303)
async def do_decline(request: AnyRequest, actor: Actor, entry_id: UUID) -> Redirect:
    """No: the next in line is asked."""
    line = await queries.entry(actor, entry_id)
    try:
        await commands.decline(actor, entry_id)
    except DomainError as refusal:
        return await done(request, f"/waitlist/{entry_id}", f"!{refusal.message}")
    return await done(
        request, f"/people/{line.person_id}/waitlist", "You said no. The next in line is asked."
    )


@post("/waitlist/{entry_id:uuid}/leave", opt=BOOKS, status_code=303)
async def do_leave(request: AnyRequest, actor: Actor, entry_id: UUID) -> Redirect:
    """Wait no longer."""
    line = await queries.entry(actor, entry_id)
    try:
        await commands.leave(actor, entry_id)
    except DomainError as refusal:
        return await done(request, f"/waitlist/{entry_id}", f"!{refusal.message}")
    return await done(
        request, f"/people/{line.person_id}/waitlist", f"You left the waitlist for {line.title}."
    )


HANDLERS = [show_lines, show_join, do_join, show_entry, do_accept, do_decline, do_leave]
