"""What was lost to a stopped provider: the pages of those who look after people (row P7)."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf import queries as people
from marketplace.bookings.reprovision import commands, queries
from marketplace.bookings.reprovision.commands import Back
from marketplace.bookings.reprovision.queries import Item
from marketplace.bookings.reprovision.rules import ItemState
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route

SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}

_COLUMNS = [
    {"key": "title", "text": "What was lost"},
    {"key": "person_name", "text": "Person"},
    {"key": "when", "text": "When"},
    {"key": "provider_name", "text": "With"},
    {"key": "price_pence", "text": "Price", "kind": "money"},
]


@get("/reprovision", opt=SEES)
async def show_queue(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Bookings lost to suspensions, of everybody whom the actor looks after, the soonest first."""
    found = await queries.queue(actor)
    return await page(
        request,
        "bookings/suspensions/queue.html",
        columns=_COLUMNS,
        rows=[_row(one) for one in found],
        people=len({one.person_id for one in found}),
    )


def _row(item: Item) -> dict[str, Any]:
    return {
        "title": item.title,
        "href": f"/reprovision/{item.id}",
        "person_name": item.person_name,
        "when": formats.when((item.starts_at, item.ends_at)),
        "provider_name": item.provider_name,
        "price_pence": item.price_pence,
        "urgent": item.starts_at < clock.now() + queries.SOON,
    }


@get("/people/{person_id:uuid}/reprovision", opt=SEES)
async def show_of_person(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What a person lost, and what came of each."""
    items = await queries.items_of(actor, person_id)
    return await page(
        request,
        "bookings/suspensions/person_easy.html" if easy_read(request) else "bookings/suspensions/person.html",
        about=person_id,
        person=await people.person(actor, person_id),
        items=items,
        may_book=Permission.BOOK in actor.permissions,
        back_again=any(
            one.state is ItemState.OPEN and one.provider_free and one.starts_at > clock.now() for one in items
        ),
    )


@post("/people/{person_id:uuid}/reprovision/back", opt=BOOKS, status_code=200)
async def do_book_back(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Book again what still fits; each one says what came of it."""
    await require_person(actor, person_id, Scope.BOOK)
    try:
        told = [_told(one) for one in await commands.book_back(actor, person_id)]
    except DomainError as refusal:
        told = [f"! {refusal.message}"]
    return await done(request, f"/people/{person_id}/reprovision", "\n".join(told))


def _told(back: Back) -> str:
    if back.refusal:
        return f"! {back.title}: {back.refusal}"
    return f"{back.title} is booked again: {back.reference}."


@get("/reprovision/{lost_id:uuid}", opt=SEES)
async def show_item(request: AnyRequest, actor: Actor, lost_id: UUID) -> Response[Any]:
    """What was lost, what could be booked instead, and how to answer it."""
    return await _item_page(request, actor, lost_id, Form({}))


@post("/reprovision/{lost_id:uuid}", opt=BOOKS, status_code=200)
async def do_answer(request: AnyRequest, actor: Actor, lost_id: UUID) -> Response[Any]:
    """Book what was chosen instead (`session`), name a booking made elsewhere (`new_booking`), or want nothing."""
    form = await Form.read(request)
    item = await queries.item(actor, lost_id)
    try:
        told = await _answer(actor, item, form)
    except DomainError as refusal:
        form.take(refusal)
        return await _item_page(request, actor, lost_id, form, status=refusal.status)
    return await done(request, f"/people/{item.person_id}/reprovision", told)


async def _answer(actor: Actor, item: Item, form: Form) -> str:
    if form.text("do") == "not_wanted":
        await commands.not_wanted(actor, item.id, form.text("words", most=2000))
        return f"Nothing is booked instead of {item.title}."
    if form.text("do") == "answer":
        booking = _uuid(form, "new_booking", "Choose the booking that stands in for it")
        form.check()
        await commands.answer_with(actor, item.id, booking)
        return f"Something else is booked instead of {item.title}."
    session = _uuid(form, "session", "Choose what to book instead")
    form.check()
    made = await commands.book_instead(actor, item.id, session, item.fund_id)
    return f"It is booked: {made.reference}."


def _uuid(form: Form, name: str, required: str) -> UUID:
    try:
        return UUID(form.text(name))
    except ValueError:
        form.fail(name, required)
        return UUID(int=0)


async def _item_page(
    request: AnyRequest, actor: Actor, item_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    item = await queries.item(actor, item_id)
    is_open = item.state is ItemState.OPEN
    route = await queries.route_of(item.fund_id)
    return await page(
        request,
        "bookings/suspensions/item.html",
        status=status,
        about=item.person_id,
        item=item,
        alternatives=await queries.alternatives(item.booking_id) if is_open else [],
        answers=await queries.could_answer(item.person_id, item.opened_at) if is_open else [],
        may_book=Permission.BOOK in actor.permissions
        and (route is Route.COUNCIL_MANAGED) == (actor.council_id is not None),
        pays_itself=route is Route.DIRECT_PAYMENT,
        own=item.provider_free and item.starts_at > clock.now(),
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    include_in_schema=False,
    route_handlers=[
        show_queue,
        show_of_person,
        do_book_back,
        show_item,
        do_answer,
    ],
)
