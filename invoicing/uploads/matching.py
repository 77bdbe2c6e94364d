"""What a provider's own invoice is matched to: the visits that wait to be billed to one payer."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from invoicing import billing
from invoicing.runs.rules import Owed, Scope
from invoicing.ubl.parties import vat_identifier
from invoicing.uploads.reading import Received, ReceivedLine
from invoicing.uploads.rules import Told, Tolerance, Visit, match
from invoicing.uploads.values import refuse
from isf.parameters.queries import usual_or_set
from isf.parameters.rules import Parameter
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import total
from marketplace.kernel.vat import VatCategory

_FIRST_DAY: Final = date(2000, 1, 1)
_WITHOUT_NUMBER: Final = frozenset({(category.code, 0) for category in VatCategory if not category.charges})


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: an organisation, or a person from their direct payment."""

    organisation_id: UUID | None
    user_id: UUID | None
    name: str

    @property
    def id(self) -> UUID:
        """Whichever of the two it is."""
        found = self.organisation_id or self.user_id
        assert found is not None  # noqa: S101 - one of the two
        return found


async def payers(provider_id: UUID) -> list[Payer]:
    """Everybody out of whose funds this provider was booked."""
    rows = await db.fetch_all(
        """SELECT DISTINCT f.holder_organisation_id AS organisation_id, f.holder_user_id AS user_id,
                  coalesce(o.name, u.name) AS name
             FROM booking b JOIN fund f ON f.id = b.fund_id
             LEFT JOIN organisation o ON o.id = f.holder_organisation_id
             LEFT JOIN app_user u ON u.id = f.holder_user_id
            WHERE b.provider_id = $1 ORDER BY name""",
        provider_id,
    )
    return [Payer(**row) for row in rows]


async def payer_of(provider_id: UUID, payer_id: UUID) -> Payer:
    """One of them. Raises NotFound."""
    for payer in await payers(provider_id):
        if payer.id == payer_id:
            return payer
    raise NotFound


async def check_supplier(provider_id: UUID, received: Received) -> None:
    """Raises Invalid when the file names another supplier's VAT number."""
    known = await db.fetch_all("SELECT vat_number FROM vat_registration WHERE provider_id = $1", provider_id)
    numbers = {vat_identifier(row["vat_number"]) for row in known}
    if received.vat_number and numbers and vat_identifier(received.vat_number) not in numbers:
        raise refuse(
            f"The file names {received.supplier_name[:60]} with the VAT number {received.vat_number[:20]}, which "
            "is not yours. Choose your own invoice"
        )


async def waiting(provider_id: UUID, payer: Payer) -> list[UUID]:
    """The bookings that wait to be billed to one payer. Nothing in-house out of a personalised budget ever does."""
    found = await billing.batches(Scope(_FIRST_DAY, clock.today(), provider_id, payer.id))
    return [each for batch in found for each in batch.booking_ids]


async def fates(provider_id: UUID, lines: Sequence[ReceivedLine], owed: Sequence[Owed]) -> list[Told]:
    """The fate of every line against what is owed."""
    visits = await _visits(owed)
    known = {visit.reference for visit in visits}
    others = {line.reference for line in lines if line.reference} - known
    return match(lines, visits, await _why_not(provider_id, others))


async def _visits(owed: Iterable[Owed]) -> list[Visit]:
    wanted = list(owed)
    councils = {
        row["id"]: row["council_id"]
        for row in await db.fetch_all(
            "SELECT id, council_id FROM booking WHERE id = ANY ($1::uuid[])",
            [each.booking_id for each in wanted],
        )
    }
    tolerances = await _tolerances(set(councils.values()))
    return [_visit(each, tolerances[councils[each.booking_id]]) for each in wanted]


async def _tolerances(councils: Collection[UUID]) -> dict[UUID, Tolerance]:
    today = clock.today()
    pence = await usual_or_set(Parameter.INVOICE_TOLERANCE_PENCE, councils, today)
    percent = await usual_or_set(Parameter.INVOICE_TOLERANCE_PERCENT, councils, today)
    return {council: Tolerance(pence[council], percent[council]) for council in councils}


def _visit(owed: Owed, tolerance: Tolerance) -> Visit:
    first = owed.parts[0]
    stated = frozenset((part.vat_category.code, part.vat_rate_basis_points) for part in owed.parts)
    return Visit(
        booking_id=owed.booking_id,
        reference=first.booking_reference,
        service_on=first.service_on,
        title=first.title,
        owed=total(part.charge for part in owed.parts),
        # Without a VAT number, what charges none is one as the other: suppliers state it as E, Z or O.
        vat=stated if owed.vat_number else stated | _WITHOUT_NUMBER,
        tolerance=tolerance,
    )


_REASONS: Final = """
    SELECT b.reference,
           CASE WHEN c.booking_id IS NOT NULL THEN 'It is billed or paid already' ||
                     coalesce((SELECT ': invoice ' || i.number FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id
                                WHERE l.booking_id = b.id ORDER BY i.issued_at LIMIT 1), '')
                WHEN t.disputed THEN 'Somebody says that this visit is wrong: it waits until that is settled'
                WHEN t.booking_id IS NULL THEN 'It is not recorded on the register. Record it, then send the line anew'
                WHEN b.route <> 'council_managed' AND b.owner_council_id = b.council_id
                THEN 'A council cannot pay its own service out of a personal budget'
                WHEN t.charge_pence = 0 THEN 'Nothing is owed for it under the terms'
                ELSE 'It is paid by somebody else, or not by invoice' END AS why
      FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id LEFT JOIN claim c ON c.booking_id = b.id
     WHERE b.provider_id = $1 AND b.reference = ANY ($2::text[])
"""


async def _why_not(provider_id: UUID, references: Collection[str]) -> dict[str, str]:
    """Why bookings of this provider do not wait to be billed to the payer; of others nothing is said."""
    rows = await db.fetch_all(_REASONS, provider_id, list(references))
    return {row["reference"]: row["why"] for row in rows}
