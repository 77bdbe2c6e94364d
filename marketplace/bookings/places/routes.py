"""Booking a session for a person: the money before, the booking after (`pages.md` 3)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from marketplace.bookings.commands import book
from marketplace.bookings.exceptions.offering import offer_of
from marketplace.bookings.outside.commands import say_why
from marketplace.bookings.places import booked
from marketplace.bookings.places.choice import Choice, FundChoice, Way, read_choice
from marketplace.bookings.queries import Wish, query_of, wish_typed
from marketplace.bookings.terms import cancel_words
from marketplace.bookings.week.commands import forget_ideas
from marketplace.bookings.week.routes import side_of
from marketplace.bookings.week.view import picture_of, place_of
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest, choose_person
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from providers.rules import SupportRatio

BOOKS = {"permission": Permission.BOOK}


@get("/people/{person_id:uuid}/book/{session_id:uuid}", opt=BOOKS)
async def show_choice(request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID) -> Response[Any]:
    """What it costs, which money can pay, what is left after, and what happens on a cancel."""
    wish = wish_typed(request.query_params.get("ratio", ""), request.query_params.get("transport", ""))
    choice = await read_choice(actor, person_id, session_id, side_of(actor), wish)
    await choose_person(request, person_id)
    return await _page(request, actor, choice, Form({"fund": request.query_params.get("fund", "")}))


@post("/people/{person_id:uuid}/book/{session_id:uuid}", opt=BOOKS, status_code=200)
async def do_book(request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID) -> Response[Any]:
    """Book from the fund chosen; a direct payment goes on to the page where it is paid."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    wish = wish_typed(form.text("ratio"), form.text("transport"))
    choice = await read_choice(actor, person_id, session_id, side_of(actor), wish)
    if choice.session.booked_id is not None:  # The button was pressed twice.
        return Redirect(f"/bookings/{choice.session.booked_id}", status_code=303)
    try:
        chosen = _chosen(form, choice)
        form.check()
        assert chosen is not None  # noqa: S101 - `check` refuses None
        if not choice.in_plan:
            await say_why(actor, person_id, session_id, form.text("because", most=2000))
        if chosen.by_card_or_bank:
            if choice.trouble or chosen.refusal:
                raise choice.trouble or chosen.refusal or NotFound
            pay = f"/people/{person_id}/pay/{session_id}?fund={chosen.fund.id}{query_of(wish)}"
            return Redirect(pay, status_code=303)
        made = await book(actor, session_id, chosen.fund.id, wish=_as_shown(form, wish))
    except DomainError as refusal:
        form.take(refusal)
        again = await read_choice(actor, person_id, session_id, side_of(actor), wish)
        return await _page(request, actor, again, form, status=refusal.status)
    await forget_ideas(person_id, [session_id])
    left = Money(chosen.fund.available_pence - made.price_pence)
    return await done(
        request,
        f"/bookings/{made.id}",
        f"{choice.session.title} is booked. {left} is left in {chosen.fund.title}.",
    )


def _as_shown(form: Form, wish: Wish) -> Wish:
    shown = form.text("shown_pence")
    return replace(wish, at_most=Money(int(shown[:12]))) if shown.isdecimal() else wish


def _chosen(form: Form, choice: Choice) -> FundChoice | None:
    found = choice.of(form.text("fund"))
    if found is None:
        form.fail("fund", "Choose which money to use")
    return found


async def _page(
    request: AnyRequest, actor: Actor, choice: Choice, form: Form, *, status: int = 200
) -> Response[Any]:
    session = choice.session
    price = Money(choice.price_pence or 0)
    facts = choice.facts
    journey = Money((facts.transport_pence if facts else None) or 0)
    return await page(
        request,
        "bookings/book.html",
        status=status,
        about=choice.person.id,
        person=choice.person,
        session=session,
        place=place_of(session.venue, session.town),
        picture=picture_of(session.category),
        choice=choice,
        over=session.ends_at <= clock.now(),
        exception=str(await offer_of(actor, choice)),
        terms=cancel_words(session.terms, price - journey, session.starts_at, clock.now()),
        options=[_option(each) for each in choice.able],
        ratio=str(choice.wish.ratio or (facts.ratio if facts else "")),
        ratios=[ratio_option(way) for way in choice.ways],
        ratio_label=SupportRatio(facts.ratio).label if facts else "",
        journey_pence=journey.pence,
        back={
            "href": f"/people/{choice.person.id}/week?on={session.service_on.isoformat()}",
            "text": f"{choice.person.called}’s week",
        },
        form=form.values,
        errors=form.errors,
    )


def ratio_option(way: Way) -> tuple[str, str, str]:
    """A ratio to choose, with what it costs."""
    words = f"{formats.money(way.price_pence)}"
    if way.worker_pence is not None:
        words = f"Your share of {formats.money(way.worker_pence)}, at most {words}. It stays when somebody leaves."
    return str(way.ratio), way.ratio.label, words


def _option(each: FundChoice) -> tuple[str, str, str]:
    left, after = formats.money(each.fund.available_pence), formats.money(each.after_pence)
    words = f"{left} left now. {after} left after booking."
    if each.by_card_or_bank:
        words += " You choose card or bank transfer next."
    return str(each.fund.id), each.fund.title, words


HANDLERS = [show_choice, do_book, *booked.HANDLERS]
