"""The pages of a person's pauses, and the provider's term for keeping places."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.pauses.rules import PauseKind
from isf.routes.reading import SEES, person_page
from isf.rules import first_day_after
from marketplace.bookings.pauses import commands, queries, retainers
from marketplace.bookings.pauses.retainers import Term
from marketplace.bookings.pauses.rules import DateAnswer, Fate, PauseDraft, Retainer, cost_of
from marketplace.identity.access import Actor, require_person, scopes_for
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

BOOKS = {"permission": Permission.BOOK}
OFFERS = {"permission": Permission.OFFER_MANAGE}
KINDS = [(str(kind), kind.label) for kind in PauseKind]


@get("/people/{person_id:uuid}/pauses", opt=SEES)
async def show_pauses(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """A person's pauses."""
    pauses = await queries.pauses_of(actor, person_id)
    may = Permission.BOOK in actor.permissions and Scope.BOOK in await scopes_for(actor, person_id)
    return await person_page(
        request, actor, person_id, "bookings/pauses/pauses.html", pauses=pauses, may_pause=may
    )


@get("/people/{person_id:uuid}/pauses/new", opt=BOOKS)
async def show_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a pause."""
    await require_person(actor, person_id, Scope.BOOK)
    return await _form(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/pauses/new", opt=BOOKS, status_code=200)
async def do_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """First what it does to each date and costs; with `shown_pence` from that page it is done."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    draft = _draft(form)
    try:
        form.check()
        assert draft is not None  # noqa: S101 - nothing was wrong
        shown = form.text("shown_pence")
        if not shown.isdecimal():
            return await _preview(request, actor, person_id, form, draft)
        pause_id = await commands.pause(actor, person_id, draft, shown=Money(int(shown)))
    except DomainError as refusal:
        form.take(refusal)
        _at_fields(form)
        return await _form(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/pauses/{pause_id}", "The pause is recorded.")


def _draft(form: Form) -> PauseDraft | None:
    kind = form.choice("kind", PauseKind, required="Choose why")
    starts_on = form.day("starts_on", required="Enter the first day, like 24 11 2026")
    last = form.day("last_day")
    keep = form.one_of("keep", {"yes", "no"}, required="Choose whether places should be kept")
    only = form.one_of("only", {"all", "some"}, required="Choose what rests")
    chosen = [UUID(each) for each in form.all("activity")] if only == "some" else []
    if only == "some" and not chosen:
        form.fail("activity", "Choose at least one")
    agreed = None
    if form.text("agreed_percent") and keep == "yes":
        agreed = Retainer(
            form.whole("agreed_percent", required="Enter a number from 1 to 100", least=1, most=100),
            form.whole("agreed_weeks", required="Enter a number from 1 to 52", least=1, most=52),
        )
    if kind is None or starts_on is None:
        return None
    return PauseDraft(
        kind, starts_on, first_day_after(last) if last else None, keep == "yes", agreed,
        form.text("agreed_with", most=200), form.text("because", most=2000), tuple(chosen),
    )  # fmt: skip


def _at_fields(form: Form) -> None:
    if "ends_on" in form.errors:
        form.errors["last_day"] = form.errors.pop("ends_on")


def _rows(found: list[DateAnswer]) -> list[dict[str, Any]]:
    return [
        {
            "title": each.dated.title,
            "when": formats.when((each.dated.starts_at, each.dated.ends_at)),
            "provider": each.dated.provider_name,
            "fate": each.fate.label,
            "cost": each.charge.pence,
        }
        for each in found
    ]


async def _preview(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, draft: PauseDraft
) -> Response[Any]:
    found = await queries.preview(actor, person_id, draft)
    return await person_page(
        request,
        actor,
        person_id,
        "bookings/pauses/preview.html",
        form=form,
        draft=draft,
        rows=_rows(found),
        cost_pence=cost_of(found).pence,
        typed=[(name, value) for name, value in _typed(form) if name != "shown_pence"],
    )


def _typed(form: Form) -> list[tuple[str, str]]:
    return [
        (name, str(each))
        for name, value in form.values.items()
        for each in (value if isinstance(value, list) else [value])
    ]


async def _form(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "bookings/pauses/new.html",
        form=form,
        status=status,
        kinds=KINDS,
        today=clock.today(),
        activities=[
            (str(each.id), f"{each.title}, {each.provider_name}", formats.count(each.bookings, "booking"))
            for each in await queries.booked_activities(actor, person_id)
        ],
    )


@get("/pauses/{pause_id:uuid}", opt=SEES)
async def show_pause(request: AnyRequest, actor: Actor, pause_id: UUID) -> Response[Any]:
    """What became of each booking, and the forms to change the end and to book again."""
    return await _one(request, actor, pause_id, Form({}))


@post("/pauses/{pause_id:uuid}/end", opt=BOOKS, status_code=200)
async def do_end(request: AnyRequest, actor: Actor, pause_id: UUID) -> Response[Any]:
    """Change the last day, or leave it open."""
    form = await Form.read(request)
    last = form.day("last_day")
    if last is None and form.text("open") != "yes":
        form.fail("last_day", "Enter the last day of the pause, like 24 11 2026")
    try:
        form.check()
        ends_on: date | None = first_day_after(last) if last else None
        await commands.move_end(actor, pause_id, ends_on)
    except DomainError as refusal:
        form.take(refusal)
        _at_fields(form)
        return await _one(request, actor, pause_id, form, status=refusal.status)
    return await done(request, f"/pauses/{pause_id}", "The end of the pause is changed.")


@post("/pauses/{pause_id:uuid}/book-again", opt=BOOKS, status_code=200)
async def do_book_again(request: AnyRequest, actor: Actor, pause_id: UUID) -> Response[Any]:
    """Book what was given back and is free."""
    answers = await commands.book_again(actor, pause_id)
    booked = sum(each.booking_id is not None for each in answers)
    words = [f"{formats.count(booked, 'date')} booked again."]
    words += [f"!{each.title}, {each.when}: {each.refusal}" for each in answers if each.refusal]
    return await done(request, f"/pauses/{pause_id}", "\n".join(words))


def _fate(place: queries.PlaceLine) -> str:
    if place.booked_again:
        return "Given back, and booked again"
    return "Booked as before" if place.back and place.fate is Fate.KEPT else place.fate.label


async def _one(
    request: AnyRequest, actor: Actor, pause_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    line, places = await queries.pause_with_places(actor, pause_id)
    may = Permission.BOOK in actor.permissions and Scope.BOOK in await scopes_for(actor, line.person_id)
    return await person_page(
        request,
        actor,
        line.person_id,
        "bookings/pauses/one.html",
        form=form,
        status=status,
        line=line,
        rows=[
            {
                "title": each.title,
                "href": f"/bookings/{each.booking_id}",
                "when": formats.when((each.starts_at, each.ends_at)),
                "fate": _fate(each),
                "cost": 0 if each.back and each.fate == "kept" else each.charge_pence,
            }
            for each in places
        ],
        again=sum(each.again for each in places),
        may_change=may,
    )


@get("/provider/activities/{activity_id:uuid}/retainer", opt=OFFERS)
async def show_retainer(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """What keeping a place costs."""
    _, term = await retainers.own_term(actor, activity_id)
    values = (
        {"percent": str(term.percent), "weeks": str(term.weeks), "keeps": "yes"} if term else {"keeps": "no"}
    )
    return await _retainer(request, actor, activity_id, Form(values))


@post("/provider/activities/{activity_id:uuid}/retainer", opt=OFFERS, status_code=200)
async def do_retainer(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Say what it costs, or that no place is kept."""
    form = await Form.read(request)
    keeps = form.one_of("keeps", {"yes", "no"}, required="Choose whether places are kept")
    term = None
    if keeps == "yes":
        term = Term(
            form.whole("percent", required="Enter a number from 1 to 100", least=1, most=100),
            form.whole("weeks", required="Enter a number from 1 to 52", least=1, most=52),
        )
    try:
        form.check()
        await retainers.set_term(actor, activity_id, term)
    except DomainError as refusal:
        form.take(refusal)
        return await _retainer(request, actor, activity_id, form, status=refusal.status)
    return await done(request, f"/provider/activities/{activity_id}", "What keeping a place costs is saved.")


async def _retainer(
    request: AnyRequest, actor: Actor, activity_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    title, _ = await retainers.own_term(actor, activity_id)
    return await page(
        request,
        "bookings/pauses/retainer.html",
        status=status,
        activity={"id": activity_id, "title": title},
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [
    show_pauses, show_new, do_new, show_pause, do_end, do_book_again, show_retainer, do_retainer,
]  # fmt: skip
