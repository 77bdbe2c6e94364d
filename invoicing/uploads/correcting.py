"""Correcting a queried line of an invoice that was sent: the line stays as it was, and another says what is right.

It is matched as lines of an invoice are when they are sent. What agrees is billed at once, on an invoice of its own
under the supplier's number with a further part, so that nothing that was issued changes; the rest is queried again.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from invoicing import billing
from invoicing.runs.commands import own_provider_to_bill
from invoicing.uploads import commands, matching, queries
from invoicing.uploads.reading import ReceivedLine
from invoicing.uploads.rules import FATE_TRANSITIONS, Fate, UploadState, of_one_invoice, part_number
from marketplace.identity.access import Actor
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.states import transition

REFERENCE_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right: of which booking, if the supplier knows it, and how much, with its VAT."""

    reference: str | None
    asked: Money

    def check(self) -> None:
        """Raises Invalid, field by field."""
        wrong = {}
        if self.reference and len(self.reference) > REFERENCE_MOST:
            wrong["reference"] = "Enter a booking’s reference, like BK-7F3K2M"
        if self.asked.pence <= 0:
            wrong["asked"] = "Enter an amount above zero, or withdraw the line"
        if wrong:
            raise Invalid(wrong)


async def queried_line(actor: Actor, line_id: UUID) -> db.Row:
    """A queried line of the actor's provider. Raises Forbidden, NotFound for another's, or one that is not queried."""
    await own_provider_to_bill(actor)
    row = await db.fetch_one(
        "SELECT l.*, r.number FROM received_line l JOIN received_invoice r ON r.id = l.received_id"
        "  JOIN provider pr ON pr.id = r.provider_id"
        " WHERE l.id = $1 AND l.state = 'queried' AND pr.organisation_id = $2",
        line_id,
        actor.organisation_id,
    )
    if row is None:
        raise NotFound
    return row


async def correct(actor: Actor, line_id: UUID, correction: Correction) -> Fate:
    """Correct a queried line and match it again, in one transaction; answers the fate of what was corrected.

    Raises Forbidden, NotFound, Invalid, StateConflict when somebody was quicker, SelfBilled, NumberTaken.
    """
    correction.check()
    line = await queried_line(actor, line_id)
    async with db.unit_of_work():
        row = await commands.locked(actor, line["received_id"])
        if row["state"] != UploadState.SENT:
            raise StateConflict("You cannot correct this, because it was not sent.")
        payer = await matching.payer_of(
            row["provider_id"], row["payer_organisation_id"] or row["payer_user_id"]
        )
        await commands.check_writer(row["provider_id"], payer)
        await transition(
            actor, "received_line", line_id, Fate.QUERIED, Fate.CORRECTED, FATE_TRANSITIONS,
            action="received_line.corrected",
        )  # fmt: skip
        corrected = await _write(actor, line, correction)
        owed = await billing.lock_owed(await matching.waiting(row["provider_id"], payer))
        told, taken = of_one_invoice(await matching.fates(row["provider_id"], [corrected], owed), owed)
        number = part_number(row["number"], await _parts(row))
        invoice_id, told = await commands.take(actor, {**row, "number": number}, told, taken)
        await commands.write_fates(row["id"], told, part_id=invoice_id)
    return told[0].fate


async def _write(actor: Actor, line: db.Row, correction: Correction) -> ReceivedLine:
    corrected_id = new_id()
    position = await db.fetch_value(
        "INSERT INTO received_line (id, received_id, position, booking_reference, service_on, description, asked_pence,"
        "  vat_code, vat_rate_basis_points, corrects_id)"
        " SELECT $1, l.received_id, (SELECT max(position) + 1 FROM received_line WHERE received_id = l.received_id),"
        "  $3::text, CASE WHEN $3::text IS NULL THEN l.service_on END, l.description, $4, l.vat_code,"
        "  l.vat_rate_basis_points, l.id FROM received_line l WHERE l.id = $2 RETURNING position",
        corrected_id,
        line["id"],
        correction.reference,
        correction.asked.pence,
    )
    await audit.record(
        actor, "received_line.stated", "received_line", corrected_id,
        before={"line": line["id"], "asked_pence": line["asked_pence"], "booking": line["booking_reference"]},
        after={"asked_pence": correction.asked.pence, "booking": correction.reference},
    )  # fmt: skip
    (stated,) = [
        each for each in await queries.stated_lines(line["received_id"]) if each.position == position
    ]
    return stated


async def _parts(row: db.Row) -> int:
    """How many invoices of ours were taken from this one so far."""
    corrected: int = await db.fetch_value(
        "SELECT count(DISTINCT invoice_id) FROM received_line WHERE received_id = $1", row["id"]
    )
    return corrected + (row["invoice_id"] is not None)
