"""The pages about a stopped provider: of its council, of itself, and of those whose bookings were lost (row P7)."""

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
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route
from providers.organisations.queries import provider
from providers.suspensions import queries as suspensions
from providers.suspensions.commands import SuspensionDraft
from providers.suspensions.rules import SuspensionState

SUSPENDS = {"permission": Permission.PROVIDER_SUSPEND}
SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}
RECORDS = {"permission": Permission.ATTENDANCE_RECORD}

_COLUMNS = [
    {"key": "title", "text": "What was lost"},
    {"key": "person_name", "text": "Person"},
    {"key": "when", "text": "When"},
    {"key": "provider_name", "text": "With"},
    {"key": "price_pence", "text": "Price", "kind": "money"},
]
_SUSPENSION_COLUMNS = [
    {"key": "provider_name", "text": "Provider"},
    {"key": "state", "text": "Now", "kind": "state"},
    {"key": "starts_at", "text": "Since", "kind": "date"},
    {"key": "closed_at", "text": "Until", "kind": "date"},
]


# --- The council that stops a provider ---------------------------------------------------------------------------


@get("/council/suspensions", opt=SUSPENDS)
async def show_suspensions(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Whom the council has stopped, and a search for a provider that has to be."""
    words = request.query_params.get("q", "").replace("\x00", "").strip()[:100]
    found = await suspensions.suspensions_of(actor)
    return await page(
        request,
        "bookings/suspensions/list.html",
        q=words,
        chosen=await suspensions.providers_to_choose(actor, words),
        columns=_SUSPENSION_COLUMNS,
        rows=[
            {
                "provider_name": one.provider_name,
                "href": f"/council/suspensions/{one.id}",
                "state": f"suspension_{one.state}",
                "starts_at": one.starts_at,
                "closed_at": one.closed_at,
            }
            for one in found
        ],
    )


@get("/council/providers/{provider_id:uuid}/suspension", opt=SUSPENDS)
async def show_suspend(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """What stopping the provider would do, and the form that does it."""
    return await _suspend_page(request, actor, provider_id, Form({}))


@post("/council/providers/{provider_id:uuid}/suspension", opt=SUSPENDS, status_code=200)
async def do_suspend(request: AnyRequest, actor: Actor, provider_id: UUID) -> Response[Any]:
    """Stop the provider from this moment on."""
    form = await Form.read(request)
    draft = SuspensionDraft(form.text("grounds"), form.text("contact"))
    try:
        made = await commands.suspend_provider(actor, provider_id, draft)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _suspend_page(request, actor, provider_id, form, status=refusal.status)
    return await done(
        request,
        f"/council/suspensions/{made.suspension_id}",
        f"The provider is stopped. {formats.count(made.bookings, 'booking')} of "
        f"{formats.count(made.people, 'person', 'people')} given back.",
    )


async def _suspend_page(
    request: AnyRequest, actor: Actor, provider_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "bookings/suspensions/suspend.html",
        status=status,
        provider=await provider(provider_id),
        own=[
            one
            for one in await suspensions.suspensions_of(actor, provider_id)
            if one.state is not SuspensionState.RELEASED
        ],
        standing=await suspensions.standing_of(provider_id),
        loss=await queries.would_be_lost(provider_id),
        now=clock.now(),
        form=form.values,
        errors=form.errors,
    )


@get("/council/suspensions/{suspension_id:uuid}", opt=SUSPENDS)
async def show_suspension(request: AnyRequest, actor: Actor, suspension_id: UUID) -> Response[Any]:
    """One suspension: why, since when, what it did, how far it is answered; and what is decided."""
    return await _suspension_page(request, actor, suspension_id, Form({}))


@post("/council/suspensions/{suspension_id:uuid}", opt=SUSPENDS, status_code=200)
async def do_close(request: AnyRequest, actor: Actor, suspension_id: UUID) -> Response[Any]:
    """Release the provider, or use it no more."""
    form = await Form.read(request)
    decided = form.one_of("decided", ("release", "end"), required="Choose what was decided")
    words = form.text("words", required="Enter what was found and decided")
    close = commands.release_provider if decided == "release" else commands.end_provider
    try:
        form.check()
        await close(actor, suspension_id, words)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _suspension_page(request, actor, suspension_id, form, status=refusal.status)
    told = "The provider is released." if decided == "release" else "The provider is not used any more."
    return await done(request, f"/council/suspensions/{suspension_id}", told)


async def _suspension_page(
    request: AnyRequest, actor: Actor, suspension_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found = await suspensions.suspension(actor, suspension_id)
    return await page(
        request,
        "bookings/suspensions/one.html",
        status=status,
        suspension=found,
        progress=await queries.progress(suspension_id),
        others=[one for one in await suspensions.standing_of(found.provider_id) if one.id != suspension_id],
        sees_people=Permission.PERSON_SEE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


@get("/provider/suspension", opt=RECORDS)
async def show_own_suspension(request: AnyRequest, actor: Actor) -> Response[Any]:
    """For the provider: who stopped it, since when, who to speak to, and what it can still do."""
    return await page(
        request, "bookings/suspensions/own.html", standing=await suspensions.own_standing(actor)
    )


# --- Those who look after people ---------------------------------------------------------------------------------


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
        show_suspensions,
        show_suspend,
        do_suspend,
        show_suspension,
        do_close,
        show_own_suspension,
        show_queue,
        show_of_person,
        do_book_back,
        show_item,
        do_answer,
    ],
)
