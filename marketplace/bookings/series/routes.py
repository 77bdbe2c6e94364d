"""Pages of a series: which dates, what each would come to, the series itself, and giving it up from a day on."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from marketplace.bookings.places.booked import OWN_REASONS
from marketplace.bookings.places.routes import ratio_option
from marketplace.bookings.queries import wish_typed
from marketplace.bookings.rules import Reason
from marketplace.bookings.series import commands, queries, view
from marketplace.bookings.series.asking import Asked, Choice, Preview, preview, read_choice
from marketplace.bookings.series.rules import Mode
from marketplace.bookings.week.routes import day_asked, id_typed, side_of
from marketplace.bookings.week.view import place_of
from marketplace.identity.access import Actor, record_view, require_person
from marketplace.identity.http import AnyRequest, choose_person
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.forms import Form
from marketplace.kernel.idempotency import key_of
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

BOOKS = {"permission": Permission.BOOK}
SEES = {"permission": Permission.PERSON_SEE}
THESE = "these"
_USUAL = timedelta(weeks=11)


@get("/people/{person_id:uuid}/series/{session_id:uuid}", opt=BOOKS)
async def show_series_choice(
    request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID
) -> Response[Any]:
    """Which dates, beginning with this one; then what each of them would come to, before anything is booked."""
    await require_person(actor, person_id, Scope.BOOK)
    choice = await read_choice(actor, person_id, session_id, side_of(actor))
    await choose_person(request, person_id)
    form = Form(_queried(request))
    if not {"how", "until-day"} & form.values.keys():
        return await _choice_page(request, choice, form)
    try:
        asked = _asked(form, choice)
        form.check()
        found = await preview(actor, choice.first, choice.dates, asked, side_of(actor))
    except DomainError as refusal:
        form.take(refusal)
        return await _choice_page(request, choice, form, status=refusal.status)
    return await _answers_page(request, choice, form, asked, found)


def _queried(request: AnyRequest) -> dict[str, Any]:
    typed: dict[str, Any] = {}
    for name, value in request.query_params.multi_items():
        typed.setdefault(name, []).append(value)
    return {name: values if name == "session" else values[-1] for name, values in typed.items()}


def _asked(form: Form, choice: Choice) -> Asked:
    fund = form.one_of("fund", [str(each.id) for each in choice.funds], required="Choose which money to use")
    how = form.one_of("how", [THESE, *view.WEEKS], required="Choose which dates")
    wish = wish_typed(form.text("ratio"), form.text("transport"))
    sessions = tuple(found for typed in form.all("session") if (found := id_typed(typed)))
    if how == THESE:
        if not sessions:
            form.fail("session", "Tick at least one date")
        return Asked(id_typed(fund) or new_id(), None, None, sessions, wish)
    until = form.day("until", required="Enter the last day, like 24 11 2026")
    if until is not None and until < choice.first.service_on:
        form.fail("until", f"Enter {formats.full_date(choice.first.service_on)} or a later day")
    return Asked(id_typed(fund) or new_id(), int(how) if how in view.WEEKS else None, until, (), wish)


async def _choice_page(
    request: AnyRequest, choice: Choice, form: Form, *, status: int = 200
) -> Response[Any]:
    last = choice.dates[-1].service_on
    return await page(
        request,
        "bookings/series/choose.html",
        status=status,
        about=choice.person.id,
        choice=choice,
        place=place_of(choice.activity.venue, choice.activity.town),
        hows=view.hows(choice.first),
        dates=[(str(each.id), formats.when(each)) for each in choice.dates[:60]],
        funds=[
            (str(each.id), each.title, f"{formats.money(each.available_pence)} left") for each in choice.funds
        ],
        until=min(last, choice.first.service_on + _USUAL),
        last=last,
        these=form.text("how") == THESE,
        ratios=[ratio_option(way) for way in choice.ways],
        back={
            "href": f"/people/{choice.person.id}/book/{choice.first.id}",
            "text": f"Only {formats.day(choice.first.starts_at)}",
        },
        form=form.values,
        errors=form.errors,
    )


async def _answers_page(
    request: AnyRequest, choice: Choice, form: Form, asked: Asked, found: Preview, *, status: int = 200
) -> Response[Any]:
    fund = next(each for each in choice.funds if each.id == asked.fund_id)
    return await page(
        request,
        "bookings/series/answers.html",
        status=status,
        about=choice.person.id,
        choice=choice,
        fund=fund,
        preview=found,
        rows=view.answer_rows(found, choice.person.id),
        sentence=view.sentence(found),
        modes=view.modes(found),
        hidden=_hidden(form, asked, found),
        path=f"/people/{choice.person.id}/series/{choice.first.id}",
        again=formats.link(f"/people/{choice.person.id}/series/{choice.first.id}"),
        back={"href": f"/people/{choice.person.id}/series/{choice.first.id}", "text": "Choose other dates"},
        form=form.values,
        errors=form.errors,
    )


def _hidden(form: Form, asked: Asked, found: Preview) -> dict[str, str]:
    return {
        "fund": str(asked.fund_id),
        "how": form.text("how"),
        "ratio": str(asked.wish.ratio or ""),
        "transport": "on" if asked.wish.transport else "",
        "sessions": ",".join(str(answer.session_id) for answer in found.answers),
        "shown_pence": str(found.price_pence),
        "key": form.text("key") or str(new_id()),
    }


@post("/people/{person_id:uuid}/series/{session_id:uuid}", opt=BOOKS, status_code=200)
async def do_book_series(
    request: AnyRequest, actor: Actor, person_id: UUID, session_id: UUID
) -> Response[Any]:
    """Book what was shown, as chosen; what became dearer meanwhile is shown first."""
    await require_person(actor, person_id, Scope.BOOK)
    choice = await read_choice(actor, person_id, session_id, side_of(actor))
    form = await Form.read(request)
    fund = form.one_of("fund", [str(each.id) for each in choice.funds], required="Choose which money to use")
    sessions = [known for part in form.text("sessions").split(",")[:60] if (known := id_typed(part))]
    if form.errors or not sessions:
        return Redirect(f"/people/{person_id}/series/{session_id}", status_code=303)
    how = form.text("how")
    wish = wish_typed(form.text("ratio"), form.text("transport"))
    asked = Asked(id_typed(fund) or new_id(), None, None, sessions, wish)
    found = await preview(actor, choice.first, choice.dates, asked, side_of(actor))
    try:
        mode = form.choice("mode", Mode, required="Choose what happens if a date cannot be booked")
        because = form.text("because", most=2000)
        if not found.in_plan and not because:
            form.fail("because", "Write why this is booked although it is not in the plan")
        form.check()
        _check_shown(form, found)
        draft = commands.SeriesDraft(
            asked.fund_id,
            sessions,
            mode or Mode.WHAT_FITS,
            int(how) if how in view.WEEKS else None,
            because,
            wish,
        )
        key = key_of(actor.user_id, form.text("key") or None, f"series of {person_id}", [str(draft)])
        made = await commands.book_series(actor, draft, key=key)
    except DomainError as refusal:
        form.take(refusal)
        again = await preview(actor, choice.first, choice.dates, asked, side_of(actor))
        form.values["key"] = str(new_id())
        return await _answers_page(request, choice, form, asked, again, status=refusal.status)
    return await done(request, f"/series/{made.id}", view.told(made))


def _check_shown(form: Form, found: Preview) -> None:
    shown = form.text("shown_pence")
    if shown.isdecimal() and int(shown[:12]) < found.price_pence:
        raise Conflict(
            f"The dates cost {Money(found.price_pence)} now, more than a moment ago. Look at them again."
        )


@get("/series/{series_id:uuid}", opt=SEES)
async def show_series(request: AnyRequest, actor: Actor, series_id: UUID) -> Response[Any]:
    """Each date with its state, and what can still be done."""
    record = await queries.series(actor, series_id)
    await record_view(actor, "series", series_id)
    return await page(
        request,
        "bookings/series/series.html",
        about=record.person_id,
        series=record,
        place=place_of(record.venue, record.town),
        how=view.how_often(record.every_weeks),
        rows=view.series_rows(record, may_cancel=record.may_cancel(actor)),
        may_cancel=record.may_cancel(actor),
        to_come=record.from_day(clock.today()),
        back={"href": f"/people/{record.person_id}/week", "text": f"{record.called}’s week"},
    )


@get("/series/{series_id:uuid}/cancel", opt=BOOKS)
async def show_cancel_series(request: AnyRequest, actor: Actor, series_id: UUID) -> Response[Any]:
    """What giving up every date from a day on (`from`, today by default) would cost."""
    record = await _to_cancel(actor, series_id)
    first = day_asked(request.query_params.get("from"))
    return await _cancel_page(request, record, first, Form({}))


async def _to_cancel(actor: Actor, series_id: UUID) -> queries.SeriesRecord:
    record = await queries.series(actor, series_id)
    if not record.may_cancel(actor):
        raise Forbidden("You can see these bookings, but you may not cancel them.")
    return record


async def _cancel_page(
    request: AnyRequest, record: queries.SeriesRecord, first: date, form: Form, *, status: int = 200
) -> Response[Any]:
    going = record.from_day(first)
    charge = sum(line.charge_now_pence for line in going)
    return await page(
        request,
        "bookings/series/cancel.html",
        status=status,
        about=record.person_id,
        series=record,
        going=going,
        first=first,
        charge_pence=charge,
        again_pence=sum(line.price_pence for line in going) - charge,
        reasons=[(str(reason), reason.label) for reason in OWN_REASONS],
        back={"href": f"/series/{record.id}", "text": "Keep the bookings"},
        form=form.values,
        errors=form.errors,
    )


@post("/series/{series_id:uuid}/cancel", opt=BOOKS, status_code=200)
async def do_cancel_series(request: AnyRequest, actor: Actor, series_id: UUID) -> Response[Any]:
    """Give the dates up at the price that was shown."""
    record = await _to_cancel(actor, series_id)
    form = await Form.read(request)
    first = day_asked(form.text("from"))
    shown = form.text("charge_pence")
    try:
        because = form.choice("because", Reason, required="Choose why")
        if because is not None and because not in OWN_REASONS:
            form.fail("because", "Choose why")
        form.check()
        at_most = Money(int(shown[:12])) if shown.isdecimal() else None
        charge = await commands.cancel_series(
            actor, series_id, first, because or Reason.OTHER, at_most=at_most
        )
    except DomainError as refusal:
        form.take(refusal)
        return await _cancel_page(
            request, await _to_cancel(actor, series_id), first, form, status=refusal.status
        )
    gone = formats.count(len(record.from_day(first)), "booking")
    paid = f"{charge} is paid for them." if charge else "Nothing is paid for them."
    return await done(request, f"/series/{series_id}", f"{gone} cancelled. {paid}")


HANDLERS = [show_series_choice, do_book_series, show_series, show_cancel_series, do_cancel_series]
