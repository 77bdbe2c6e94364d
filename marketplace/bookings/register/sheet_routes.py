"""A week's register out as CSV, and in again with a dry run that lists every row's fate (row P5)."""

from datetime import date
from typing import Any

from litestar import Response, get, post

from marketplace.bookings.register import sheet
from marketplace.bookings.register.commands import Saved, save_sheet
from marketplace.bookings.register.sheet_queries import known_in_week, known_rows
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

RECORDS = {"permission": Permission.ATTENDANCE_RECORD}
MOST_BYTES = 1_000_000
MOST_TOLD = 5


def week_asked(request: AnyRequest) -> date:
    """The Monday of the week in the address; this week's for anything else."""
    try:
        return week_of(date.fromisoformat(request.query_params.get("week", "")))
    except ValueError:
        return week_of(clock.today())


@get("/provider/registers.csv", opt=RECORDS)
async def show_csv(request: AnyRequest, actor: Actor) -> Response[str]:
    """The register of a week, a row for each booking."""
    monday = week_asked(request)
    return Response(
        sheet.written(await known_in_week(actor, monday)),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="register-{monday.isoformat()}.csv"',
            "Cache-Control": "private, no-store",
        },
    )


@get("/provider/registers/import", opt=RECORDS)
async def show_import(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Where a filled-in sheet is given back."""
    return await _page(request, Form({}))


async def _page(
    request: AnyRequest,
    form: Form,
    fates: list[sheet.Fate] | None = None,
    text: str = "",
    *,
    status: int = 200,
) -> Response[Any]:
    return await page(
        request,
        "bookings/register_import.html",
        status=status,
        monday=week_asked(request),
        fates=fates,
        changes=sum(fate.mark is not None for fate in fates or []),
        refused=sum(fate.refused for fate in fates or []),
        text=text,
        columns=", ".join(sheet.COLUMNS),
        form=form.values,
        errors=form.errors,
    )


@post("/provider/registers/import", opt=RECORDS, status_code=200, request_max_body_size=4 * MOST_BYTES)
async def do_import(request: AnyRequest, actor: Actor) -> Response[Any]:
    """First what would become of every row; then, when that is wanted, it is done."""
    form = await Form.read(request)
    try:
        text = await _text(form)
        lines = sheet.lines_of(text)
        fates = sheet.fates(lines, await known_rows(actor, sheet.references_of(lines)), clock.today())
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, form, status=refusal.status)
    if not form.ticked("save"):
        return await _page(request, form, fates, text)
    saved = await save_sheet(actor, fates)
    return await done(request, "/provider/week", _saved_words(fates, saved))


def _saved_words(fates: list[sheet.Fate], saved: Saved) -> str:
    """How many rows are saved, then which are not, those that the dry run refused too: where to look, and why."""
    lost = []
    for fate in fates:
        at_last = saved.refusals.get(fate.booking_id, "") if fate.booking_id else ""
        if fate.refused or at_last:
            lost.append(f"Row {fate.number}: {(at_last or fate.words).rstrip('.')}.")
    words = f"{formats.count(len(saved.recorded), 'row')} saved."
    if lost:
        more = [f"And {formats.count(len(lost) - MOST_TOLD, 'more row')}."] if len(lost) > MOST_TOLD else []
        words += f"\n!{formats.count(len(lost), 'row')} not saved. {' '.join(lost[:MOST_TOLD] + more)}"
    return words


async def _text(form: Form) -> str:
    """The sheet: the file chosen, or what the dry run was shown."""
    upload = form.file("sheet")
    if upload is None:
        text = str(form.values.get("text", ""))
        if not text:
            form.fail("sheet", "Choose the CSV file")
        form.check()
        return text
    content = await upload.read()
    if len(content) > MOST_BYTES:
        form.fail("sheet", "Use a file of 1 MB or less")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # What older spreadsheets write.
    if "\x00" in text:
        form.fail("sheet", "This is no CSV file. Save the sheet as CSV and choose it again")
    form.check()
    return text


HANDLERS = [show_csv, show_import, do_import]
