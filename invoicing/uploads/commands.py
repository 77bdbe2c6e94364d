"""A provider's own invoice: checked first (a draft claims nothing), then sent, each once and for ever.

What agrees becomes an invoice in our books under the supplier's number; what differs is queried, and not paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from litestar.datastructures import UploadFile

from invoicing import billing
from invoicing.runs.commands import own_provider_to_bill
from invoicing.runs.rules import Owed, Own, Scope, sort_out
from invoicing.runs.writing import write_invoices
from invoicing.self_billing.queries import in_force
from invoicing.self_billing.rules import SelfBilled
from invoicing.series import letters_of
from invoicing.uploads import matching, queries
from invoicing.uploads.reading import Received, as_text, read_ubl
from invoicing.uploads.rules import (
    FATE_TRANSITIONS,
    UPLOAD_TRANSITIONS,
    Fate,
    NumberTaken,
    Told,
    UploadState,
    check_heading,
    of_one_invoice,
)
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, files
from marketplace.kernel.errors import NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition

db.explain_constraint("received_number_once", NumberTaken())
db.explain_constraint("invoice_number_of_supplier", NumberTaken())


@dataclass(frozen=True, slots=True)
class Came:
    """What a provider's invoice came as: the UBL file, or a PDF whose lines were typed in."""

    original: str | None = None
    pdf: UploadFile | None = None


async def check_ubl(actor: Actor, payer_id: UUID, content: bytes) -> UUID:
    """Keep a UBL invoice as a draft. Raises Forbidden, NotFound, Invalid with what is wrong, SelfBilled."""
    provider_id = await own_provider_to_bill(actor)
    received = read_ubl(content)
    await matching.check_supplier(provider_id, received)
    return await _keep(actor, provider_id, payer_id, received, Came(original=as_text(content)))


async def check_typed(actor: Actor, payer_id: UUID, received: Received, pdf: UploadFile) -> UUID:
    """Keep a PDF and the lines that were typed from it as a draft. Raises as `check_ubl` does."""
    provider_id = await own_provider_to_bill(actor)
    return await _keep(actor, provider_id, payer_id, received, Came(pdf=pdf))


async def _keep(actor: Actor, provider_id: UUID, payer_id: UUID, received: Received, came: Came) -> UUID:
    payer = await matching.payer_of(provider_id, payer_id)
    await check_writer(provider_id, payer)
    check_heading(received, clock.today(), await letters_of(provider_id))
    upload_id = new_id()
    async with db.unit_of_work():
        file_id = None
        if came.pdf is not None:
            file_id = await files.keep(
                actor, came.pdf, organisation_id=actor.organisation_id, purpose="invoice", field="file"
            )
        await db.execute(
            "INSERT INTO received_invoice (id, provider_id, payer_organisation_id, payer_user_id, number, issued_on,"
            " due_pence, original, file_id, entered_by, entered_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            upload_id,
            provider_id,
            payer.organisation_id,
            payer.user_id,
            received.number,
            received.issued_on,
            received.due.pence,
            came.original,
            file_id,
            actor.user_id,
            clock.now(),
        )
        await db.execute(
            "INSERT INTO received_line (id, received_id, position, booking_reference, service_on, description,"
            " asked_pence, vat_code, vat_rate_basis_points)"
            " SELECT gen_random_uuid(), $1, * FROM unnest($2::integer[], $3::text[], $4::date[], $5::text[],"
            " $6::bigint[], $7::text[], $8::integer[])",
            upload_id,
            [line.position for line in received.lines],
            [line.reference for line in received.lines],
            [line.service_on for line in received.lines],
            [line.description for line in received.lines],
            [line.asked.pence for line in received.lines],
            [line.vat_code for line in received.lines],
            [line.vat_rate_basis_points for line in received.lines],
        )
        await audit.record(
            actor, "received_invoice.checked", "received_invoice", upload_id,
            after={"number": received.number, "due_pence": received.due.pence, "lines": len(received.lines)},
        )  # fmt: skip
    return upload_id


async def check_writer(provider_id: UUID, payer: matching.Payer) -> None:
    """Raises SelfBilled when the payer writes this supplier's invoices."""
    if await in_force(provider_id, payer.organisation_id):
        raise SelfBilled(payer.name)


async def discard(actor: Actor, upload_id: UUID) -> None:
    """Throw a draft away. Raises NotFound, StateConflict."""
    await own_provider_to_bill(actor)
    async with db.unit_of_work():
        row = await locked(actor, upload_id)
        await transition(
            actor, "received_invoice", upload_id, UploadState(row["state"]), UploadState.DISCARDED, UPLOAD_TRANSITIONS,
            action="received_invoice.discarded",
        )  # fmt: skip


async def send(actor: Actor, upload_id: UUID) -> UUID | None:
    """Send a draft to its payer: what agrees is claimed and becomes an invoice in our books, all in one transaction.

    Answers that invoice, or None when no line agrees. Matches again under locks: what was billed, disputed or corrected
    meanwhile is queried. Raises NotFound, StateConflict when it was sent already, NumberTaken, SelfBilled.
    """
    await own_provider_to_bill(actor)
    async with db.unit_of_work():
        row = await locked(actor, upload_id)
        if row["state"] != UploadState.DRAFT:
            raise StateConflict("You cannot send this, because it was sent or thrown away already.")
        payer = await matching.payer_of(
            row["provider_id"], row["payer_organisation_id"] or row["payer_user_id"]
        )
        await check_writer(row["provider_id"], payer)
        lines = await queries.stated_lines(upload_id)
        waiting = await matching.waiting(row["provider_id"], payer)
        owed = await billing.lock_owed(waiting)
        told = await matching.fates(row["provider_id"], lines, owed)
        told, taken = of_one_invoice(told, owed)
        invoice_id, told = await take(actor, row, told, taken)
        await write_fates(upload_id, told)
        await transition(
            actor, "received_invoice", upload_id, UploadState.DRAFT, UploadState.SENT, UPLOAD_TRANSITIONS,
            action="received_invoice.sent", also={"sent_at": clock.now(), "invoice_id": invoice_id},
        )  # fmt: skip
    return invoice_id


async def take(
    actor: Actor, row: db.Row, told: list[Told], taken: Sequence[Owed]
) -> tuple[UUID | None, list[Told]]:
    """Claim and write what agrees; what the rules of billing leave out is queried with their reason."""
    sorted_out = sort_out(taken)
    if not sorted_out.drafts:
        because = sorted_out.left_out[0].because if sorted_out.left_out else ""
        return None, [_queried(each, because) if each.fate is Fate.MATCHED else each for each in told]
    draft = replace(sorted_out.drafts[0], own=Own(row["number"], row["issued_on"], clock.today()))
    claimed = await billing.claim({each.booking_id for each in draft.delivered})
    kept = tuple(each for each in draft.delivered if each.booking_id in claimed)
    told = [
        _queried(each, "It was billed meanwhile")
        if each.fate is Fate.MATCHED and each.visit and each.visit.booking_id not in claimed
        else each
        for each in told
    ]
    if not kept:
        return None, told
    days = [each.service_on for each in kept]
    draft = replace(draft, delivered=kept, attendances=len(claimed))
    (issued,) = await write_invoices(actor, Scope(min(days), max(days)), [draft], None)
    return issued.invoice_id, told


def _queried(told: Told, because: str) -> Told:
    return replace(told, fate=Fate.QUERIED, because=because)


async def write_fates(upload_id: UUID, told: Sequence[Told], *, part_id: UUID | None = None) -> None:
    """Write what becomes of stated lines. Only inside the unit of work that claims what agrees.

    `part_id` is the invoice of ours by which a corrected line is taken.
    """
    await db.execute(
        "UPDATE received_line l SET state = t.fate, booking_id = t.booking, owed_pence = t.owed, because = t.because,"
        "       invoice_id = CASE WHEN t.fate = 'matched' THEN $7::uuid END"
        "  FROM unnest($2::integer[], $3::text[], $4::uuid[], $5::bigint[], $6::text[])"
        "       AS t (position, fate, booking, owed, because)"
        " WHERE l.received_id = $1 AND l.position = t.position",
        upload_id,
        [each.line.position for each in told],
        [str(each.fate) for each in told],
        [each.visit.booking_id if each.visit else None for each in told],
        [each.visit.owed.pence if each.visit else None for each in told],
        [each.because for each in told],
        part_id,
    )


async def withdraw(actor: Actor, upload_id: UUID, line_id: UUID) -> None:
    """The provider withdraws a queried line. Raises NotFound, StateConflict for a line that is not queried."""
    await own_provider_to_bill(actor)
    async with db.unit_of_work():
        await locked(actor, upload_id)
        line = await db.fetch_one(
            "SELECT id, state FROM received_line WHERE id = $1 AND received_id = $2", line_id, upload_id
        )
        if line is None:
            raise NotFound
        if line["state"] != Fate.QUERIED:
            raise StateConflict("You cannot withdraw this line, because it is not queried.")
        await transition(
            actor, "received_line", line_id, Fate.QUERIED, Fate.WITHDRAWN, FATE_TRANSITIONS,
            action="received_line.withdrawn",
        )  # fmt: skip


async def locked(actor: Actor, upload_id: UUID) -> db.Row:
    """One of the actor's provider's own invoices, locked. Only inside a unit of work. Raises NotFound."""
    row = await db.fetch_one(
        "SELECT r.* FROM received_invoice r JOIN provider pr ON pr.id = r.provider_id"
        " WHERE r.id = $1 AND pr.organisation_id = $2 FOR NO KEY UPDATE OF r",
        upload_id,
        actor.organisation_id,
    )
    if row is None:
        raise NotFound
    return row
