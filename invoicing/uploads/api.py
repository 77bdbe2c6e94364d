"""A provider's own invoices for programs: the same commands and queries as the pages."""

from datetime import date
from uuid import UUID

from litestar import Router, get, post
from msgspec import Struct

from invoicing.uploads import commands, correcting, queries
from invoicing.uploads.queries import UploadView
from invoicing.uploads.reading import MOST_BYTES
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.rules import Permission
from marketplace.kernel import files
from marketplace.kernel.money import Money

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}


class LineFateOut(Struct, frozen=True):
    """A line: `fate` is `matched`, `queried`, `withdrawn` or `corrected`; `owed_pence` what the books have for it.

    `id` is there once it was sent; `corrects` is the place of the line that this one corrects.
    """

    id: UUID | None
    position: int
    description: str
    booking_reference: str | None
    asked_pence: int
    owed_pence: int | None
    fate: str
    because: str
    corrects: int | None


class ReceivedOut(Struct, frozen=True):
    """A provider's own invoice. A `draft` says what would happen; `invoice_id` is what was billed of it."""

    id: UUID
    number: str
    state: str
    issued_on: date
    payer_name: str
    due_pence: int
    invoice_id: UUID | None
    lines: list[LineFateOut]


def _out(view: UploadView) -> ReceivedOut:
    names = ("id", "number", "state", "issued_on", "payer_name", "due_pence", "invoice_id")
    return ReceivedOut(
        **{name: view.row[name] for name in names},
        lines=[
            LineFateOut(
                each.id, each.position, each.description, each.reference, each.asked.pence,
                each.owed.pence if each.owed is not None else None, each.fate, each.because, each.corrects,
            )
            for each in view.lines
        ],
    )  # fmt: skip


@post("/invoices/own/to/{payer_id:uuid}", opt=ISSUES, request_max_body_size=files.BODY_MOST)
async def check_invoice(actor: Actor, request: AnyRequest, payer_id: UUID) -> ReceivedOut:
    """Check a UBL 2.1 invoice to a payer (the body is the file): every line's fate, and nothing sent yet."""
    content = await request.body()
    made = await commands.check_ubl(actor, payer_id, content[: MOST_BYTES + 1])
    return _out(await queries.upload(actor, made))


class ReceivedRowOut(Struct, frozen=True):
    """A provider's own invoice in a list; `queried_pence` of it is not paid."""

    id: UUID
    number: str
    state: str
    issued_on: date
    provider_name: str
    payer_name: str
    due_pence: int
    queried_pence: int
    invoice_id: UUID | None


@get("/invoices/own", opt=SEES)
async def list_received(actor: Actor) -> list[ReceivedRowOut]:
    """Your own invoices, or those that providers sent you, the newest first, at most two hundred."""
    return [
        ReceivedRowOut(**{name: row[name] for name in ReceivedRowOut.__struct_fields__})
        for row in await queries.uploads(actor)
    ]


@get("/invoices/own/{upload_id:uuid}", opt=SEES)
async def get_received(actor: Actor, upload_id: UUID) -> ReceivedOut:
    """A provider's own invoice with every line's fate."""
    return _out(await queries.upload(actor, upload_id))


class CorrectionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is right of a queried line: of which booking, if you know it, and how much, with its VAT."""

    asked_pence: int
    booking_reference: str | None = None


@post("/invoices/own/lines/{received_line_id:uuid}", opt=ISSUES, status_code=200)
async def correct_line(actor: Actor, received_line_id: UUID, data: CorrectionIn) -> ReceivedOut:
    """Correct a queried line: it is matched again at once, and what agrees is billed."""
    line = await correcting.queried_line(actor, received_line_id)
    correction = correcting.Correction(data.booking_reference, Money(data.asked_pence))
    await correcting.correct(actor, received_line_id, correction)
    return _out(await queries.upload(actor, line["received_id"]))


@post("/invoices/own/{upload_id:uuid}/send", opt=ISSUES, status_code=200)
async def send_invoice(actor: Actor, upload_id: UUID) -> ReceivedOut:
    """Send it: what agrees is billed once and for ever, what differs is queried and not paid."""
    await commands.send(actor, upload_id)
    return _out(await queries.upload(actor, upload_id))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[check_invoice, list_received, get_received, send_invoice, correct_line],
    tags=["invoices"],
)
