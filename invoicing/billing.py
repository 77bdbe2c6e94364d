"""What an invoice run reads and writes: what is owed, the claim on it, the number, the lines.

`claim`, `take_number` and `write_lines` belong inside the unit of work of one invoice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from invoicing import rules
from invoicing.invoice_document import Party, Standing
from invoicing.rules import Delivered, Part
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory

_UNBILLED: Final = """
    t.charge_pence > 0 AND b.payment = 'invoice' AND NOT t.disputed
    AND (t.outcome <> 'late_cancelled' OR b.ends_at <= {now})
    AND (b.route = 'council_managed' OR b.owner_council_id <> b.council_id)
    AND NOT (b.route = 'direct_payment' AND relative_bars(b.person_id, b.provider_id, b.service_on))
    AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id)
"""


def unbilled(now: str) -> str:
    """SQL: whether attendance `t` of booking `b` waits to be billed at the moment in the parameter `now`.

    What a council would owe itself out of a personalised budget never does (`rules.md` 1), nor what a direct
    payment would owe a relative before the council agreed (`rules.md` 3); the database refuses such
    a line as well. What is disputed waits until it is settled (row P5). A place given up late waits until its session
    is over: somebody may still take it (`rules.md` 14).
    """
    return _UNBILLED.format(now=now)


# What activity and supplier are on the service date decides (`rules.md` 21); what was quoted where no rate is kept.
VAT_OF: Final = """
    JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
    LEFT JOIN LATERAL rate_on(a.id, b.ratio, b.service_on) rated ON true
    CROSS JOIN LATERAL vat_on(b.provider_id, b.service_on, coalesce(rated.vat_category, b.vat_category),
                              coalesce(rated.vat_rate_basis_points, b.vat_rate_basis_points)) v
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one payer owes one provider for one month, not claimed when it was read.

    All of it is supplied under one VAT number, or under none: who registers in the middle of a month sends two
    invoices, because what is outside the scope of VAT stands on an invoice of its own (EN 16931 BR-O-11).
    """

    provider_id: UUID
    provider_name: str
    provider_slug: str
    payer_organisation_id: UUID | None
    payer_user_id: UUID | None
    payer_name: str
    vat_number: str | None
    outside_vat: bool
    booking_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Parties:
    """Who bills whom, as they are called today."""

    supplier: Party
    payer: Party
    standing: Standing


async def batches(month: date, provider_id: UUID | None) -> list[Batch]:
    """What waits to be billed for a month, by provider and payer: whoever holds the fund pays."""
    rows = await db.fetch_all(
        f"""SELECT b.provider_id, pr.name AS provider_name, pr.slug AS provider_slug,
                   f.holder_organisation_id AS payer_organisation_id, f.holder_user_id AS payer_user_id,
                   coalesce(o.name, u.name) AS payer_name, v.vat_number,
                   v.vat_category = 'outside_scope' AS outside_vat, array_agg(b.id ORDER BY b.id) AS booking_ids
              FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id {VAT_OF}
              JOIN provider pr ON pr.id = b.provider_id
              LEFT JOIN organisation o ON o.id = f.holder_organisation_id
              LEFT JOIN app_user u ON u.id = f.holder_user_id
             WHERE {unbilled("$4")} AND b.service_on BETWEEN $1 AND $2 AND ($3::uuid IS NULL OR b.provider_id = $3)
             GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY pr.slug, payer_name, 4, 5, min(b.service_on)""",
        month,
        rules.last_day(month),
        provider_id,
        clock.now(),
    )
    return [Batch(**row) for row in rows]


async def unbilled_months(before: date) -> list[date]:
    """The months before a day in which something still waits to be billed, the oldest first."""
    rows = await db.fetch_all(
        f"""SELECT DISTINCT date_trunc('month', b.service_on)::date AS month
              FROM attendance t JOIN booking b ON b.id = t.booking_id
             WHERE {unbilled("$2")} AND b.service_on < $1 ORDER BY 1""",
        before,
        clock.now(),
    )
    return [row["month"] for row in rows]


async def claim(booking_ids: Sequence[UUID]) -> list[Delivered]:
    """Claim what is still owed of these bookings, and answer it; what somebody else claimed is left out.

    Share-locks each attendance first, so that a correction waits and then finds the claim. In the order of ids, so
    that two runs never wait for each other in a circle.
    """
    rows = await db.fetch_all(
        f"""WITH owed AS (
                SELECT t.booking_id, t.outcome, t.charge_pence
                  FROM attendance t JOIN booking b ON b.id = t.booking_id
                 WHERE b.id = ANY ($1::uuid[]) AND {unbilled("$2")} ORDER BY t.booking_id FOR SHARE OF t),
            claimed AS (
                INSERT INTO claim (booking_id, kind, claimed_at)
                SELECT booking_id, 'invoice', $2 FROM owed ORDER BY booking_id
                    ON CONFLICT (booking_id) DO NOTHING RETURNING booking_id)
            SELECT b.id AS booking_id, b.reference AS booking_reference, b.fund_id, p.reference AS person_reference,
                   b.service_on, a.title, owed.outcome, b.price_pence, owed.charge_pence,
                   b.transport_pence, tv.vat_category AS transport_vat_category,
                   tv.vat_rate_basis_points AS transport_vat_rate_basis_points,
                   v.vat_category, v.vat_rate_basis_points
              FROM claimed JOIN owed USING (booking_id) JOIN booking b ON b.id = claimed.booking_id
              JOIN person p ON p.id = b.person_id {VAT_OF}
             CROSS JOIN LATERAL vat_on(b.provider_id, b.service_on, b.transport_vat_category,
                                       b.transport_vat_rate_basis_points) tv""",
        list(booking_ids),
        clock.now(),
    )
    return [each for row in rows for each in _parts(row)]


def _parts(row: db.Row) -> list[Delivered]:
    """What one attendance puts on an invoice: the support, and the journey with VAT of its own when it was driven."""
    journey = Money(row.pop("transport_pence"))
    journey_vat = row.pop("transport_vat_category"), row.pop("transport_vat_rate_basis_points")
    support = Delivered(
        price=Money(row.pop("price_pence")),
        charge=Money(row.pop("charge_pence")),
        vat_category=VatCategory(row.pop("vat_category")),
        **row,
    )
    if not journey or support.outcome != "attended":
        return [support]
    driven = replace(support, part=Part.TRANSPORT, price=journey, charge=journey)
    own = VatCategory(journey_vat[0])
    # Without a VAT number the journey follows the support to which it leads: what is outside the scope of VAT stands
    # on no invoice with anything else (EN 16931 BR-O-11).
    if VatCategory.OUTSIDE_SCOPE not in (own, support.vat_category):
        driven = replace(driven, vat_category=own, vat_rate_basis_points=journey_vat[1])
    supported = replace(support, price=support.price - journey, charge=support.charge - journey)
    return [each for each in (supported, driven) if each.charge]


async def parties(batch: Batch) -> Parties:
    """The names, addresses and numbers that the law wants on the invoice."""
    row = await db.fetch_one(
        """SELECT pr.name, pr.email, pr.registration_number, so.address, so.demonstration,
                  so.email AS organisation_email,
                  coalesce(o.name, u.name) AS payer_name, coalesce(o.email, u.email) AS payer_email,
                  coalesce(o.address, '') AS payer_address,
                  coalesce(o.demonstration, u.demonstration) AS payer_demonstration
             FROM provider pr JOIN organisation so ON so.id = pr.organisation_id
             LEFT JOIN organisation o ON o.id = $2 LEFT JOIN app_user u ON u.id = $3
            WHERE pr.id = $1""",
        batch.provider_id,
        batch.payer_organisation_id,
        batch.payer_user_id,
    )
    assert row is not None  # noqa: S101 - the batch came from these tables
    supplier = Party(
        name=row["name"],
        address_lines=_lines(row["address"]),
        email=row["email"] or row["organisation_email"] or None,
        vat_number=batch.vat_number,
        registration=_registration(row["registration_number"].strip()),
    )
    payer = Party(
        name=row["payer_name"], address_lines=_lines(row["payer_address"]), email=row["payer_email"] or None
    )
    shown = row["demonstration"] or row["payer_demonstration"]
    return Parties(supplier, payer, Standing.DEMONSTRATION if shown else Standing.REAL)


def _registration(number: str) -> str | None:
    """With its register: some write `Charity 1094203`, some the number alone."""
    if not number:
        return None
    return number if number[0].isalpha() and " " in number else f"Registration number {number}"


def _lines(address: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in address.splitlines() if line.strip())


async def take_number(provider_id: UUID, slug: str, issued_on: date) -> str:
    """The provider's next invoice number; a rollback gives it back, so numbers have no gaps."""
    prefix = await _prefix(provider_id, slug)
    count = await db.fetch_value("SELECT next_number($1)", f"invoice:{provider_id}")
    return rules.invoice_number(prefix, issued_on, count)


async def _prefix(provider_id: UUID, slug: str) -> str:
    kept = "SELECT prefix FROM invoice_series WHERE provider_id = $1"
    known = await db.fetch_value(kept, provider_id)
    for prefix in rules.prefixes(slug) if known is None else ():
        # Nothing is inserted when the letters are another provider's, or when a parallel run was first.
        known = await db.fetch_value(
            "WITH given AS (INSERT INTO invoice_series (provider_id, prefix) VALUES ($1, $2)"
            " ON CONFLICT DO NOTHING RETURNING prefix) SELECT prefix FROM given",
            provider_id,
            prefix,
        ) or await db.fetch_value(kept, provider_id)
        if known is not None:
            break
    return str(known)


async def write_lines(invoice_id: UUID, delivered: Sequence[Delivered], nets: Sequence[Money]) -> None:
    """The lines, with the in-house facts of their bookings, in one statement."""
    await db.execute(
        """INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,
                                     owner_council_id, description, service_on, net_pence, gross_pence,
                                     vat_category, vat_rate_basis_points)
           SELECT gen_random_uuid(), $1, l.position, b.id, l.part, b.fund_id, b.council_id, b.route, b.owner_council_id,
                  l.description, b.service_on, l.net, l.gross, l.category, l.rate
             FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::integer[],
                         $8::text[])
                  WITH ORDINALITY AS l(booking_id, description, net, gross, category, rate, part, position)
             JOIN booking b ON b.id = l.booking_id""",
        invoice_id,
        [each.booking_id for each in delivered],
        [each.description for each in delivered],
        [net.pence for net in nets],
        [each.charge.pence for each in delivered],
        [str(each.vat_category) for each in delivered],
        [each.vat_rate_basis_points for each in delivered],
        [str(each.part) for each in delivered],
    )
