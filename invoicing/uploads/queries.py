"""Reads of providers' own invoices: the provider sees its own, a payer those that were sent to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from invoicing import billing
from invoicing.queries import sides_of
from invoicing.runs.commands import own_provider_to_bill
from invoicing.uploads import matching
from invoicing.uploads.reading import ReceivedLine
from invoicing.uploads.rules import Fate, Told, UploadState, of_one_invoice
from marketplace.identity.access import Actor
from marketplace.kernel import db, files
from marketplace.kernel.errors import NotFound
from marketplace.kernel.files import StoredFile
from marketplace.kernel.money import Money, total

_READ: Final = """
    SELECT r.id, r.number, r.issued_on, r.due_pence, r.state, r.entered_at, r.sent_at, r.invoice_id, r.file_id,
           r.original IS NOT NULL AS is_ubl, r.provider_id, r.payer_organisation_id, r.payer_user_id,
           pr.name AS provider_name, coalesce(o.name, u.name) AS payer_name,
           coalesce(pr.organisation_id = $1, false) AS own,
           (SELECT coalesce(sum(l.asked_pence), 0) FROM received_line l
             WHERE l.received_id = r.id AND l.state = 'queried')::bigint AS queried_pence
      FROM received_invoice r JOIN provider pr ON pr.id = r.provider_id
      LEFT JOIN organisation o ON o.id = r.payer_organisation_id LEFT JOIN app_user u ON u.id = r.payer_user_id
     WHERE (pr.organisation_id = $1
            OR (r.state = 'sent' AND (r.payer_organisation_id = $2 OR r.payer_user_id = $3)))
"""


@dataclass(frozen=True, slots=True)
class LineView:
    """A line with its fate; `owed` is what the books have for it. `id` is None in the dry run.

    `corrects` is the place of the line that this one corrects.
    """

    id: UUID | None
    position: int
    description: str
    reference: str | None
    service_on: object
    asked: Money
    owed: Money | None
    fate: str
    because: str
    corrects: int | None = None


@dataclass(frozen=True, slots=True)
class UploadView:
    """A provider's own invoice with every line's fate: what it would be now for a draft, what it was when sent."""

    row: db.Row
    lines: list[LineView]

    @property
    def draft(self) -> bool:
        """Whether it was not sent yet."""
        return bool(self.row["state"] == UploadState.DRAFT)

    def sum_of(self, fate: Fate) -> Money:
        """What the lines of one fate ask."""
        return total(line.asked for line in self.lines if line.fate == fate)

    @property
    def taken(self) -> Money:
        """What is taken into the books."""
        return total(line.owed for line in self.lines if line.fate == Fate.MATCHED and line.owed)


def _sides(actor: Actor) -> tuple[UUID | None, UUID | None, UUID | None]:
    sides = sides_of(actor)
    return sides.seller_organisation, sides.payer_organisation, sides.payer_user


async def uploads(actor: Actor) -> list[db.Row]:
    """Those of the actor's sides, the newest first, at most two hundred; what was thrown away is not told."""
    return await db.fetch_all(
        f"{_READ} AND r.state <> 'discarded' ORDER BY r.entered_at DESC, r.id LIMIT 200", *_sides(actor)
    )


async def upload(actor: Actor, upload_id: UUID) -> UploadView:
    """One of them. Raises NotFound."""
    row = await db.fetch_one(f"{_READ} AND r.id = $4", *_sides(actor), upload_id)
    if row is None:
        raise NotFound
    if row["state"] == UploadState.DRAFT:
        payer = await matching.payer_of(
            row["provider_id"], row["payer_organisation_id"] or row["payer_user_id"]
        )
        owed = await billing.read_owed(await matching.waiting(row["provider_id"], payer))
        told, _ = of_one_invoice(
            await matching.fates(row["provider_id"], await stated_lines(upload_id), owed), owed
        )
        return UploadView(row, [_as_it_would_be(each) for each in told])
    lines = await db.fetch_all(
        "SELECT l.id, l.position, l.description, l.booking_reference AS reference, l.service_on, l.asked_pence,"
        " l.owed_pence, l.state, l.because, c.position AS corrects"
        "  FROM received_line l LEFT JOIN received_line c ON c.id = l.corrects_id"
        " WHERE l.received_id = $1 ORDER BY l.position",
        upload_id,
    )
    return UploadView(row, [_as_it_was(line) for line in lines])


def _as_it_would_be(told: Told) -> LineView:
    line, visit = told.line, told.visit
    return LineView(
        None, line.position, line.description, line.reference or (visit.reference if visit else None),
        line.service_on or (visit.service_on if visit else None), line.asked, visit.owed if visit else None,
        str(told.fate), told.because,
    )  # fmt: skip


def _as_it_was(row: Mapping[str, object]) -> LineView:
    told = dict(row)
    asked, owed, fate = told.pop("asked_pence"), told.pop("owed_pence"), told.pop("state")
    return LineView(
        **told,  # type: ignore[arg-type]
        asked=Money(int(str(asked))),
        owed=None if owed is None else Money(int(str(owed))),
        fate=str(fate),
    )


async def stated_lines(upload_id: UUID) -> list[ReceivedLine]:
    """The lines as the supplier states them."""
    rows = await db.fetch_all(
        "SELECT * FROM received_line WHERE received_id = $1 ORDER BY position", upload_id
    )
    return [
        ReceivedLine(
            row["position"], row["booking_reference"], row["service_on"], row["description"], Money(row["asked_pence"]),
            row["vat_code"], row["vat_rate_basis_points"],
        )
        for row in rows
    ]  # fmt: skip


async def original(actor: Actor, upload_id: UUID) -> tuple[str, str]:
    """The number and the UBL file as it came. Raises NotFound, also for a PDF."""
    view = await upload(actor, upload_id)
    text: str | None = await db.fetch_value("SELECT original FROM received_invoice WHERE id = $1", upload_id)
    if text is None:
        raise NotFound
    return view.row["number"], text


async def pdf(actor: Actor, upload_id: UUID) -> StoredFile:
    """The PDF whose lines were typed in, for the provider and, once it was sent, its payer. Raises NotFound."""
    view = await upload(actor, upload_id)
    stored = await files.find(view.row["file_id"]) if view.row["file_id"] else None
    if stored is None or not stored.path.is_file():
        raise NotFound
    return stored


async def of_invoice(invoice_id: UUID) -> UUID | None:
    """From which of a supplier's own invoices one of ours was taken; whoever sees the one sees the other."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM received_invoice WHERE invoice_id = $1"
        " UNION SELECT received_id FROM received_line WHERE invoice_id = $1",
        invoice_id,
    )
    return found


async def visits_to_type(actor: Actor, payer_id: UUID) -> list[db.Row]:
    """What waits to be billed to a payer, for a form that asks for the amount of each. Raises NotFound."""
    provider_id = await own_provider_to_bill(actor)
    payer = await matching.payer_of(provider_id, payer_id)
    return await db.fetch_all(
        "SELECT b.reference, b.service_on, a.title FROM booking b"
        "  JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id"
        " WHERE b.id = ANY ($1::uuid[]) ORDER BY b.service_on, b.reference LIMIT 300",
        await matching.waiting(provider_id, payer),
    )
