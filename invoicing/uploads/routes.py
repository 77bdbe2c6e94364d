"""The pages of a provider's own invoices: send one, see every line's fate, and what became of it."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile

from invoicing.files import file_answer
from invoicing.runs.commands import own_provider_to_bill
from invoicing.uploads import commands, correcting, matching, queries
from invoicing.uploads.queries import UploadView
from invoicing.uploads.reading import MOST_BYTES, Received, ReceivedLine
from invoicing.uploads.rules import Fate
from marketplace.identity.access import Actor, record_view
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, files, formats
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money, total

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
HERE = "/invoices/own"


@get(HERE, opt=SEES)
async def show_uploads(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The provider's own invoices that were sent, with what is queried of each."""
    rows = await queries.uploads(actor)
    told = [
        {
            **row,
            "href": f"{HERE}/{row['id']}",
            "other": row["payer_name" if row["own"] else "provider_name"],
            "standing": f"received_{row['state']}",
        }
        for row in rows
    ]
    sends = Permission.INVOICE_ISSUE in actor.permissions
    return await page(request, "invoicing/uploads/list.html", rows=told, sends=sends)


@get(HERE + "/new", opt=ISSUES)
async def show_new(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form for an e-invoice; with a payer in the address, the one for a PDF with its lines typed in."""
    if payer := request.query_params.get("payer"):
        return await _typed_page(request, actor, _id(payer), Form({}))
    return await _new_page(request, actor, Form({}))


@post(HERE + "/new", opt=ISSUES, status_code=200, request_max_body_size=files.BODY_MOST)
async def do_new(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Check an e-invoice; what was chosen stays when something is wrong."""
    form = await Form.read(request)
    payer = form.text("payer", required="Choose who pays it")
    sent = form.file("file", required="Choose the e-invoice")
    try:
        form.check()
        assert sent is not None  # noqa: S101 - required
        made = await commands.check_ubl(actor, _id(payer), await sent.read(MOST_BYTES + 1))
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _new_page(request, actor, form, status=refusal.status)
    return await done(
        request, f"{HERE}/{made}", "This is what would happen to each line. Nothing is sent yet."
    )


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None


async def _new_page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    payers = await matching.payers(await own_provider_to_bill(actor))
    return await page(
        request,
        "invoicing/uploads/new.html",
        status=status,
        payers=[(str(payer.id), payer.name) for payer in payers],
        form=form.values,
        errors=form.errors,
    )


# --- A PDF with its lines typed in ---------------------------------------------------------------------------------


@post(HERE + "/typed/{payer_id:uuid}", opt=ISSUES, status_code=200, request_max_body_size=files.BODY_MOST)
async def do_typed(request: AnyRequest, actor: Actor, payer_id: UUID) -> Response[Any]:
    """Check a PDF by the amounts that were typed from it."""
    form = await Form.read(request)
    visits = await queries.visits_to_type(actor, payer_id)
    try:
        received, pdf = _typed(form, visits)
        made = await commands.check_typed(actor, payer_id, received, pdf)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _typed_page(request, actor, payer_id, form, status=refusal.status)
    return await done(
        request, f"{HERE}/{made}", "This is what would happen to each line. Nothing is sent yet."
    )


def _typed(form: Form, visits: list[dict[str, Any]]) -> tuple[Received, UploadFile]:
    number = form.text("number", required="Enter the number on the invoice", most=40)
    issued_on = form.day("issued_on", required="Enter the date on the invoice, like 1 12 2026")
    lines = []
    for visit in visits:
        if form.text(visit["reference"]):
            asked = form.money(visit["reference"], required="Enter an amount in pounds, like 38.50")
            lines.append((visit["reference"], visit["service_on"], visit["title"], asked))
    if form.text("other"):
        asked = form.money("other", required="Enter an amount in pounds, like 38.50")
        lines.append((None, None, "Something else on the invoice", asked))
    due = form.money("due", required="Enter the total on the invoice, like 385.00")
    pdf = form.file("file", required="Choose the PDF")
    told = tuple(
        ReceivedLine(place, reference, day, title, asked or Money(0))
        for place, (reference, day, title, asked) in enumerate(lines, start=1)
    )
    if not form.errors and due != (summed := total(line.asked for line in told)):
        form.fail(
            "due", f"The amounts come to {summed}. Enter them so that they come to the total on the invoice"
        )
    form.check()
    assert pdf is not None  # noqa: S101 - required
    assert due is not None  # noqa: S101 - required
    return Received(number, issued_on or clock.today(), told, due), pdf


async def _typed_page(
    request: AnyRequest, actor: Actor, payer_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    payer = await matching.payer_of(await own_provider_to_bill(actor), payer_id)
    return await page(
        request,
        "invoicing/uploads/typed.html",
        status=status,
        payer=payer,
        visits=await queries.visits_to_type(actor, payer_id),
        form=form.values,
        errors=form.errors,
    )


# --- One of them ---------------------------------------------------------------------------------------------------


@get(HERE + "/{upload_id:uuid}", opt=SEES)
async def show_upload(request: AnyRequest, actor: Actor, upload_id: UUID) -> Response[Any]:
    """Every line's fate: what it would be for a draft, what it is for one that was sent."""
    view = await queries.upload(actor, upload_id)
    await record_view(actor, "received_invoice", upload_id)
    return await _upload_page(request, view)


@get(HERE + "/{upload_id:uuid}/original.xml", opt=SEES)
async def show_original(request: AnyRequest, actor: Actor, upload_id: UUID) -> Response[Any]:
    """The e-invoice as it came."""
    number, text = await queries.original(actor, upload_id)
    name = "".join(each for each in number if each.isascii() and (each.isalnum() or each in "-_"))
    return file_answer(text.encode(), "application/xml", f'attachment; filename="{name or "invoice"}.xml"')


@get(HERE + "/{upload_id:uuid}/original.pdf", opt=SEES)
async def show_pdf(actor: Actor, upload_id: UUID) -> Response[Any]:
    """The PDF as it came, to save."""
    stored = await queries.pdf(actor, upload_id)
    await record_view(actor, "stored_file", stored.id)
    return files.given_back(stored)


async def _upload_page(
    request: AnyRequest, view: UploadView, refusal: str = "", status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "invoicing/uploads/upload.html",
        status=status,
        view=view,
        row=view.row,
        standing=f"received_{view.row['state']}",
        lines=view.lines,
        matched=view.sum_of(Fate.MATCHED),
        queried=view.sum_of(Fate.QUERIED),
        taken=view.taken,
        errors={"_form": refusal} if refusal else {},
    )


@post(HERE + "/{upload_id:uuid}", opt=ISSUES, status_code=200)
async def do_upload(request: AnyRequest, actor: Actor, upload_id: UUID) -> Response[Any]:
    """Send it, throw the draft away, or withdraw a queried line."""
    form = await Form.read(request)
    try:
        match form.text("do"):
            case "send":
                await commands.send(actor, upload_id)
                words = "It is sent. What agrees is billed, and the payer is told."
            case "discard":
                await commands.discard(actor, upload_id)
                return await done(request, HERE, "It is thrown away. Nothing was sent.")
            case "withdraw":
                await commands.withdraw(actor, upload_id, _id(form.text("line")))
                words = "The line is withdrawn. You can send it on another invoice."
            case _:
                raise NotFound
    except NotFound:
        raise
    except DomainError as refusal:
        view = await queries.upload(actor, upload_id)
        return await _upload_page(request, view, refusal.message, refusal.status)
    view = await queries.upload(actor, upload_id)
    left = view.sum_of(Fate.QUERIED)
    return await done(
        request, f"{HERE}/{upload_id}", f"{words} {formats.money(left)} is queried." if left else words
    )


@get(HERE + "/lines/{received_line_id:uuid}", opt=ISSUES)
async def show_line(request: AnyRequest, actor: Actor, received_line_id: UUID) -> Response[Any]:
    """The form that corrects a queried line."""
    line = await correcting.queried_line(actor, received_line_id)
    form = Form({"reference": line["booking_reference"] or "", "asked": str(Money(line["asked_pence"]))[1:]})
    return await _line_page(request, line, form)


@post(HERE + "/lines/{received_line_id:uuid}", opt=ISSUES, status_code=200)
async def do_line(request: AnyRequest, actor: Actor, received_line_id: UUID) -> Response[Any]:
    """Correct it; it is matched again at once."""
    line = await correcting.queried_line(actor, received_line_id)
    form = await Form.read(request)
    asked = form.money("asked", required="Enter an amount in pounds, like 38.50")
    try:
        form.check()
        correction = correcting.Correction(form.text("reference").upper() or None, asked)
        fate = await correcting.correct(actor, received_line_id, correction)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _line_page(request, line, form, status=refusal.status)
    words = "It agrees now, and is billed." if fate is Fate.MATCHED else "!It is queried again. You see why."
    return await done(request, f"{HERE}/{line['received_id']}", words)


async def _line_page(
    request: AnyRequest, line: dict[str, Any], form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "invoicing/uploads/line.html",
        status=status,
        line=line,
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[
        show_uploads,
        show_new,
        do_new,
        do_typed,
        show_upload,
        show_original,
        show_pdf,
        do_upload,
        show_line,
        do_line,
    ],
    include_in_schema=False,
)
