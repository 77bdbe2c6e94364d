"""The provider cancels dates: choose a day, see what it would do, say why, and do it."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.cancelling import commands, queries
from marketplace.bookings.cancelling.queries import DateLine
from marketplace.bookings.cancelling.rules import MOST_WORDS, told
from marketplace.bookings.week.routes import day_asked, id_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

MANAGES = {"permission": Permission.OFFER_MANAGE}
HERE = "/provider/cancel-dates"


@get(HERE, opt=MANAGES)
async def show_dates(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The dates of a day (`day`), with how many people and how much money; `session` chooses one of them only."""
    day = day_asked(_day_typed(request))
    lines = await queries.dates_on(actor, day)
    only = request.query_params.get("session", "")
    venue = request.query_params.get("venue", "")
    chosen = [line for line in lines if only in ("", str(line.id)) and venue in ("", line.venue)] or lines
    return await _choose(request, day, lines, Form({}), [str(line.id) for line in chosen])


def _day_typed(request: AnyRequest) -> str | None:
    """The day of the address: as one value, or as the three boxes of the form."""
    asked = request.query_params
    if "day-day" in asked:
        return "-".join(asked.get(f"day-{part}", "").zfill(2) for part in ("year", "month", "day"))
    return asked.get("day")


async def _choose(
    request: AnyRequest, day: date, lines: list[DateLine], form: Form, chosen: list[str], *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "bookings/cancelling/choose.html",
        status=status,
        here=HERE,
        day=day,
        lines=lines,
        options=[(str(line.id), line.title, _line_words(line)) for line in lines],
        venues=dict.fromkeys(line.venue for line in lines if line.venue),
        chosen=chosen,
        day_value=day,
        back={"href": "/provider", "text": "Today"},
        form=form.values,
        errors=form.errors,
    )


def _line_words(line: DateLine) -> str:
    words = [formats.times(line), line.venue or ""]
    words.append(
        f"{formats.count(line.bookings, 'person', 'people')} booked, {formats.money(line.pence)}"
        if line.bookings
        else "nobody has booked"
    )
    if line.waiting:
        words.append(f"{line.waiting} on the waitlist")
    return " · ".join(word for word in words if word)


@post(HERE, opt=MANAGES, status_code=200)
async def do_cancel_dates(request: AnyRequest, actor: Actor) -> Response[Any]:
    """First what it would do, then, when that was seen, the doing."""
    form = await Form.read(request)
    day = day_asked(form.text("day"))
    ids = [found for each in form.all("dates") if (found := id_typed(each))]
    lines = await queries.dates_chosen(actor, ids)
    if not ids:
        form.fail("dates", "Choose at least one date")
    because = form.text("because", required=commands.WRITE_WHY, most=MOST_WORDS)
    if form.errors:
        shown = await queries.dates_on(actor, day)
        return await _choose(request, day, shown, form, [str(each) for each in ids], status=422)
    if form.text("seen") != "yes":
        return await page(
            request,
            "bookings/cancelling/check.html",
            here=HERE,
            day=day,
            lines=[(line, _line_words(line)) for line in lines],
            sum=await queries.would_do(actor, ids),
            because=because,
            back={"href": f"{HERE}?day={day.isoformat()}", "text": "Choose again"},
        )
    try:
        answers = await commands.cancel_dates(actor, ids, because)
    except DomainError as refusal:
        return await done(request, f"{HERE}?day={day.isoformat()}", f"!{refusal.message}")
    titles: dict[UUID, str] = {line.id: line.title for line in lines}
    return await done(request, "/provider", told(answers, titles))


HANDLERS = [show_dates, do_cancel_dates]
