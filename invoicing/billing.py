"""What waits to be billed, and the claim on it (`rules.md` 22).

`lock_owed` and `claim` belong inside one unit of work, with whatever is written by them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from invoicing.delivered import Delivered, Part
from invoicing.runs.rules import Between, Order, Owed, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory

_UNBILLED: Final = """
    t.charge_pence > 0 AND b.payment = 'invoice' AND NOT t.disputed
    AND (t.outcome <> 'late_cancelled' OR b.ends_at <= {now})
    AND (b.route = 'council_managed' OR b.owner_council_id <> b.council_id)
    AND NOT (b.route = 'direct_payment' AND relative_bars(b.person_id, b.provider_id, b.service_on))
    AND NOT EXISTS (SELECT 1 FROM claim c LEFT JOIN bill_again_open o ON o.booking_id = c.booking_id
                     WHERE c.booking_id = b.id AND o.booking_id IS NULL)
"""


def unbilled(now: str) -> str:
    """SQL: whether attendance `t` of booking `b` waits to be billed at the moment in the parameter `now`.

    What a council would owe itself out of a personalised budget never does (`rules.md` 1), nor what a direct
    payment would owe a relative before the council agreed (`rules.md` 3); the database refuses such
    a line as well. What is disputed waits until it is settled (row P5). A place given up late waits until its session
    is over: somebody may still take it (`rules.md` 14). What was credited whole can be opened to be billed anew.
    """
    return _UNBILLED.format(now=now)


# What activity and supplier are on the service date decides (`rules.md` 21); what was quoted where no rate is kept.
VAT_OF: Final = """
    JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
    LEFT JOIN LATERAL rate_on(a.id, b.ratio, b.service_on) rated ON true
    CROSS JOIN LATERAL vat_on(b.provider_id, b.service_on, coalesce(rated.vat_category, b.vat_category),
                              coalesce(rated.vat_rate_basis_points, b.vat_rate_basis_points)) v
"""

# The days, the provider, the payer and the order of a run ($1 to $5).
_IN_SCOPE: Final = """
    b.service_on BETWEEN $1 AND $2 AND ($3::uuid IS NULL OR b.provider_id = $3)
    AND ($4::uuid IS NULL OR $4 IN (f.holder_organisation_id, f.holder_user_id))
    AND ($5::uuid IS NULL OR EXISTS (
        SELECT 1 FROM purchase_order_on(f.holder_organisation_id, b.provider_id, b.service_on) o WHERE o.id = $5))
"""


def in_scope(scope: Scope) -> tuple[object, ...]:
    """The parameters of a scope, as the statements here count them: $1 to $5."""
    return scope.starts_on, scope.ends_on, scope.provider_id, scope.payer_id, scope.purchase_order_id


@dataclass(frozen=True, slots=True)
class Batch:
    """What one payer owes one provider within a run, not claimed when it was read."""

    provider_id: UUID
    provider_name: str
    payer_name: str
    booking_ids: list[UUID]


async def batches(scope: Scope) -> list[Batch]:
    """What waits to be billed, by provider and payer: whoever holds the fund pays."""
    rows = await db.fetch_all(
        f"""SELECT pr.id AS provider_id, pr.name AS provider_name, coalesce(o.name, u.name) AS payer_name,
                   array_agg(b.id ORDER BY b.id) AS booking_ids
              FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id
              JOIN provider pr ON pr.id = b.provider_id
              LEFT JOIN organisation o ON o.id = f.holder_organisation_id
              LEFT JOIN app_user u ON u.id = f.holder_user_id
             WHERE {_IN_SCOPE} AND {unbilled("$6")}
               AND ($7 <> 'payer' OR self_billing_on(b.provider_id, f.holder_organisation_id, $8) IS NOT NULL)
             GROUP BY pr.id, o.id, u.id ORDER BY pr.slug, pr.id, payer_name, o.id, u.id""",
        *in_scope(scope),
        clock.now(),
        str(scope.writer),
        clock.today(),
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


async def lock_owed(booking_ids: Sequence[UUID]) -> list[Owed]:
    """What is still owed of these bookings.

    Share-locks each attendance, so that a correction waits and then finds the claim; in the order of ids, so that two
    runs never wait for each other in a circle. Then the purchase orders, in their order.
    """
    rows = await db.fetch_all(
        f"SELECT t.booking_id FROM attendance t JOIN booking b ON b.id = t.booking_id"
        f" WHERE b.id = ANY ($1::uuid[]) AND {unbilled('$2')} ORDER BY t.booking_id FOR SHARE OF t",
        list(booking_ids),
        clock.now(),
    )
    owed = await read_owed([row["booking_id"] for row in rows])
    orders = sorted({each.order.id for each in owed if each.order})
    if not orders:
        return owed
    await db.execute("SELECT 1 FROM purchase_order WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", orders)
    left = await _left_of(orders)
    return [replace(each, order=each.order and left[each.order.id]) for each in owed]


async def read_owed(booking_ids: Iterable[UUID]) -> list[Owed]:
    """What these bookings put on invoices, with VAT by the day of the service. Locks nothing."""
    rows = await db.fetch_all(
        f"""SELECT b.id AS booking_id, b.reference AS booking_reference, b.fund_id, p.reference AS person_reference,
                   b.service_on, a.title, t.outcome, t.charge_pence,
                   CASE WHEN t.outcome = 'attended' THEN t.charge_pence ELSE price_at_delivery(b.id) END AS price_pence,
                   t.outcome = 'absent' AND kept_percent(b.id) IS NOT NULL AS place_kept,
                   b.transport_pence, tv.vat_category AS transport_vat_category,
                   tv.vat_rate_basis_points AS transport_vat_rate_basis_points,
                   v.vat_category, v.vat_rate_basis_points, v.vat_number,
                   b.provider_id, f.holder_organisation_id, f.holder_user_id, po.id AS order_id
              FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id
              JOIN person p ON p.id = b.person_id {VAT_OF}
              LEFT JOIN LATERAL vat_on(b.provider_id, b.service_on, b.transport_vat_category,
                                       b.transport_vat_rate_basis_points) tv ON b.transport_pence > 0
              LEFT JOIN LATERAL purchase_order_on(f.holder_organisation_id, b.provider_id, b.service_on) po ON true
             WHERE b.id = ANY ($1::uuid[])""",
        list(booking_ids),
    )
    sides = {_sides(row) for row in rows}
    betweens = await _betweens(sides) if sides else {}
    orders = await _left_of({row["order_id"] for row in rows if row["order_id"]})
    return [
        Owed(betweens[_sides(row)], row["vat_number"], orders.get(row["order_id"]), _parts(row))
        for row in rows
    ]


_Sides = tuple[UUID, UUID | None, UUID | None]
"""A provider, and the organisation or the user who pays it."""


def _sides(row: db.Row) -> _Sides:
    return row["provider_id"], row["holder_organisation_id"], row["holder_user_id"]


async def _betweens(sides: Iterable[_Sides]) -> dict[_Sides, Between]:
    """Who they are, and the agreement about self-billing that is in force between them today."""
    rows = await db.fetch_all(
        """SELECT s.provider AS provider_id, pr.name AS provider_name, pr.slug AS provider_slug,
                  s.organisation AS payer_organisation_id, s.holder AS payer_user_id,
                  coalesce(o.name, u.name) AS payer_name, sb.id AS agreement_id, sb.reference AS agreement_reference
             FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS s (provider, organisation, holder)
             JOIN provider pr ON pr.id = s.provider
             LEFT JOIN organisation o ON o.id = s.organisation
             LEFT JOIN app_user u ON u.id = s.holder
             LEFT JOIN self_billing_agreement sb ON sb.id = self_billing_on(s.provider, s.organisation, $4)""",
        *(list(column) for column in zip(*sides, strict=True)),
        clock.today(),
    )
    return {
        (row["provider_id"], row["payer_organisation_id"], row["payer_user_id"]): Between(**row)
        for row in rows
    }


async def _left_of(orders: Iterable[UUID]) -> dict[UUID, Order]:
    rows = await db.fetch_all(
        "SELECT id, number, limit_pence - purchase_order_used(id) AS left FROM purchase_order WHERE id = ANY ($1)",
        list(orders),
    )
    return {
        row["id"]: Order(
            row["id"], row["number"], None if row["left"] is None else Money(max(row["left"], 0))
        )
        for row in rows
    }


def _parts(row: db.Row) -> tuple[Delivered, ...]:
    """What one attendance puts on an invoice: the support, and the journey with VAT of its own when it was driven."""
    support = Delivered(
        row["booking_id"],
        row["booking_reference"],
        row["fund_id"],
        row["person_reference"],
        row["service_on"],
        row["title"],
        row["outcome"],
        Money(row["price_pence"]),
        Money(row["charge_pence"]),
        VatCategory(row["vat_category"]),
        row["vat_rate_basis_points"],
        place_kept=row["place_kept"],
    )
    if support.outcome == "late_cancelled":
        # Nobody is driven: the journey is no part of what was given up.
        support = replace(support, price=support.price - Money(row["transport_pence"]))
    if not row["transport_pence"] or support.outcome != "attended":
        return (support,)
    journey, own = Money(row["transport_pence"]), VatCategory(row["transport_vat_category"])
    driven = replace(support, part=Part.TRANSPORT, price=journey, charge=journey)
    # Without a VAT number the journey follows the support to which it leads: what is outside the scope of VAT stands
    # on no invoice with anything else (EN 16931 BR-O-11).
    if VatCategory.OUTSIDE_SCOPE not in (own, support.vat_category):
        driven = replace(
            driven, vat_category=own, vat_rate_basis_points=row["transport_vat_rate_basis_points"]
        )
    supported = replace(support, price=support.price - journey, charge=support.charge - journey)
    return tuple(each for each in (supported, driven) if each.charge)


async def claim(booking_ids: Iterable[UUID]) -> set[UUID]:
    """Claim bookings for an invoice, for ever; answers those that nobody else had claimed.

    What is billed anew keeps the claim that it has; whoever comes second waits, and finds the new line.
    """
    wanted = list(booking_ids)
    await db.execute(
        "SELECT 1 FROM bill_again WHERE booking_id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", wanted
    )
    rows = await db.fetch_all(
        "WITH claimed AS ("
        " INSERT INTO claim (booking_id, kind, claimed_at) SELECT id, 'invoice', $2 FROM unnest($1::uuid[]) AS id"
        " ORDER BY id ON CONFLICT (booking_id) DO NOTHING RETURNING booking_id)"
        " SELECT booking_id FROM claimed UNION"
        " SELECT booking_id FROM bill_again_open WHERE booking_id = ANY ($1::uuid[])",
        wanted,
        clock.now(),
    )
    return {row["booking_id"] for row in rows}


async def disputed_in(scope: Scope) -> db.Row:
    """How many attendances in a scope wait because somebody says that they are wrong (row P5), and their pence.

    What stands on an invoice is never marked so, and what a card paid waits for none.
    """
    row = await db.fetch_one(
        f"""SELECT count(*) AS count, coalesce(sum(t.charge_pence), 0)::bigint AS pence
              FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id
             WHERE {_IN_SCOPE} AND t.disputed AND b.payment = 'invoice'""",
        *in_scope(scope),
    )
    assert row is not None  # noqa: S101 - an aggregate always answers
    return row
