"""The pages of the sheet: out as CSV, in after a look at every row; the same for programs."""

from typing import Annotated, Any

from litestar import Response, Router, get, post
from msgspec import Meta, Struct

from marketplace.bookings.timetable_files import queries, sheet
from marketplace.bookings.timetable_files.commands import SheetChanged, look_at_sheet, use_sheet
from marketplace.bookings.timetable_files.fates import Outcome, counts, fingerprint
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form
from providers.access import own_provider

MANAGE = {"permission": Permission.OFFER_MANAGE}
BODY_MOST = 2 * 1024 * 1024
_ATTACHED = {"Content-Disposition": 'attachment; filename="dates.csv"'}


@get("/provider/dates.csv", opt=MANAGE)
async def get_sheet(actor: Actor) -> Response[str]:
    """The provider's timetables and single dates to come."""
    text = sheet.written(await queries.rows_of(await own_provider(actor)))
    return Response(text, media_type="text/csv; charset=utf-8", headers=_ATTACHED)


@get("/provider/dates/sheet", opt=MANAGE)
async def show_sheet(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Choose a sheet."""
    await own_provider(actor)
    return await _page(request, Form({}))


@post("/provider/dates/sheet", opt=MANAGE, status_code=200, request_max_body_size=BODY_MOST)
async def do_sheet(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Show what becomes of each row of a file, or use the sheet that was shown."""
    form = await Form.read(request)
    text = str(form.values.get("text", ""))
    try:
        if form.text("do") == "use":
            told = await use_sheet(actor, sheet.text_of(text.encode()), form.text("shown"))
            tally = counts(told)
            words = (
                f"{count(tally[Outcome.ADDED], 'row')} added, {count(tally[Outcome.CHANGED], 'row')} changed."
            )
            return await done(request, "/provider/dates", words)
        chosen = form.file("sheet", required="Choose a CSV file")
        form.check()
        text = sheet.text_of(await chosen.read(sheet.MOST_BYTES + 1) if chosen else b"")
        # As a browser will send it back: it sends every line end as CR LF.
        text = "\r\n".join(text.removeprefix("\ufeff").splitlines()) + "\r\n"
        await look_at_sheet(actor, text)
    except (Invalid, Conflict) as refusal:
        form.files.clear()
        form.take(refusal)
        shown_again = text if isinstance(refusal, SheetChanged) else ""
        return await _page(request, form, actor, shown_again, status=refusal.status)
    return await _page(request, form, actor, text)


async def _page(
    request: AnyRequest, form: Form, actor: Actor | None = None, text: str = "", *, status: int = 200
) -> Response[Any]:
    told = await look_at_sheet(actor, text) if actor is not None and text else []
    tally = counts(told)
    return await page(
        request,
        "bookings/timetable_changes/sheet.html",
        status=status,
        fates=told,
        tally=[(outcome.label, tally[outcome]) for outcome in Outcome],
        something=bool(tally[Outcome.ADDED] or tally[Outcome.CHANGED]),
        text=text,
        shown=fingerprint(text, told) if told else "",
        columns=sheet.COLUMNS,
        most_rows=sheet.MOST_ROWS,
        form=form.values,
        errors=form.errors,
    )


class SheetIn(Struct, forbid_unknown_fields=True):
    """A sheet as text (CSV with the columns of `GET`). With `shown` (from a look) it is used, else only looked at."""

    text: Annotated[str, Meta(max_length=sheet.MOST_BYTES)]
    shown: str | None = None


class RowOut(Struct):
    """What becomes of a row."""

    row: int
    about: str
    outcome: Outcome
    words: str


class SheetOut(Struct):
    """Every row; `shown` is what using the same sheet takes."""

    used: bool
    shown: str
    rows: list[RowOut]


@post("/dates/sheet", opt=MANAGE, status_code=200, tags=["Offers"])
async def post_sheet(actor: Actor, data: SheetIn) -> SheetOut:
    """Look at what becomes of each row of a sheet of timetables and dates, or use it."""
    text = sheet.text_of(data.text.encode())
    told = (
        await look_at_sheet(actor, text) if data.shown is None else await use_sheet(actor, text, data.shown)
    )
    rows = [RowOut(fate.number, fate.about, fate.outcome, fate.words) for fate in told]
    return SheetOut(data.shown is not None, fingerprint(text, told), rows)


@get("/dates/sheet", opt=MANAGE, tags=["Offers"], media_type="text/csv")
async def get_sheet_again(actor: Actor) -> str:
    """The token's own provider's timetables and single dates to come, as CSV."""
    return sheet.written(await queries.rows_of(await own_provider(actor)))


router = Router("/", route_handlers=[get_sheet, show_sheet, do_sheet], include_in_schema=False)
api_router = Router("/api/v1", include_in_schema=True, route_handlers=[post_sheet, get_sheet_again])
