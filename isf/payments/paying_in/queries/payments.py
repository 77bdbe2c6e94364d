"""Proposals with their sums: the list, and one with what goes where."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.payments.paying_in.rules import PaymentState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.routes_of_money import Route

PAGE_SIZE = 50


class PaymentHead(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with its sums in pence: to pay or paid, kept back, and the part that goes to a bank."""

    id: UUID
    reference: str
    run_day: date
    state: PaymentState
    proposed_by: UUID | None
    proposed_by_name: str
    proposed_at: datetime
    checked_by: UUID | None
    checked_by_name: str
    checked_at: datetime | None
    approved_by: UUID | None
    approved_by_name: str
    approved_at: datetime | None
    refused_by_name: str
    because: str
    paid_at: datetime | None
    lines: int
    amount_pence: int
    bank_pence: int
    held_lines: int
    held_pence: int
    posted_lines: int
    ledger_pence: int
    """What the books say was paid in for it."""


class RouteTotal(msgspec.Struct, frozen=True, kw_only=True):
    """What one holder gets by one route; direct payments are one row together."""

    route: Route
    holder: str
    funds: int
    amount_pence: int


_HEAD = """
    SELECT p.id, p.reference, p.run_day, p.state, p.proposed_by, coalesce(a.name, '') AS proposed_by_name,
           p.proposed_at, p.checked_by, coalesce(b.name, '') AS checked_by_name, p.checked_at,
           p.approved_by, coalesce(c.name, '') AS approved_by_name, p.approved_at,
           coalesce(d.name, '') AS refused_by_name, p.because, p.paid_at, s.*
      FROM payment_in p
      LEFT JOIN app_user a ON a.id = p.proposed_by LEFT JOIN app_user b ON b.id = p.checked_by
      LEFT JOIN app_user c ON c.id = p.approved_by LEFT JOIN app_user d ON d.id = p.refused_by
      CROSS JOIN LATERAL (
          SELECT count(*) AS lines,
                 coalesce(sum(l.amount_pence) FILTER (WHERE l.state IN ('proposed', 'paid', 'refused')), 0)::bigint
                     AS amount_pence,
                 coalesce(sum(l.amount_pence) FILTER (WHERE l.state IN ('proposed', 'paid', 'refused')
                                                        AND l.transfer = 'bank'), 0)::bigint AS bank_pence,
                 count(*) FILTER (WHERE l.state IN ('held', 'released')) AS held_lines,
                 coalesce(sum(l.amount_pence) FILTER (WHERE l.state IN ('held', 'released')), 0)::bigint AS held_pence,
                 count(*) FILTER (WHERE l.state = 'paid') AS posted_lines,
                 coalesce(sum(e.amount_pence), 0)::bigint AS ledger_pence
            FROM payment_in_line l
            LEFT JOIN entry e ON e.journal_id = l.journal_id AND e.account = 'promised'
           WHERE l.payment_in_id = p.id) s
"""


def own_council(actor: Actor) -> UUID:
    """The council whose payments the actor decides. Raises Forbidden, NotFound."""
    require(actor, Permission.PAYMENT_IN_DECIDE)
    if actor.council_id is None:
        raise NotFound
    return actor.council_id


async def payments(actor: Actor, page: int = 1, page_size: int = PAGE_SIZE) -> list[PaymentHead]:
    """The proposals of the actor's council: those that wait for somebody first, then the newest."""
    rows = await db.fetch_all(
        _HEAD
        + " WHERE p.council_id = $1 ORDER BY p.state IN ('paid', 'refused'), p.run_day DESC, p.proposed_at DESC"
        " LIMIT $2 OFFSET $3",
        own_council(actor),
        page_size,
        (page - 1) * page_size,
    )
    return [msgspec.convert(row, PaymentHead) for row in rows]


async def payment(actor: Actor, payment_id: UUID) -> PaymentHead:
    """One proposal with its sums. Raises NotFound for another council's."""
    row = await db.fetch_one(_HEAD + " WHERE p.council_id = $1 AND p.id = $2", own_council(actor), payment_id)
    if row is None:
        raise NotFound
    return msgspec.convert(row, PaymentHead)


async def totals(actor: Actor, payment_id: UUID) -> list[RouteTotal]:
    """What goes where: by route, and by holder where organisations hold it. Lines kept back do not count."""
    rows = await db.fetch_all(
        "SELECT f.route, coalesce(o.name, 'People and those who act for them') AS holder, count(*) AS funds,"
        "       sum(l.amount_pence)::bigint AS amount_pence"
        "  FROM payment_in p JOIN payment_in_line l ON l.payment_in_id = p.id JOIN fund f ON f.id = l.fund_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id"
        " WHERE p.council_id = $1 AND p.id = $2 AND l.state IN ('proposed', 'paid', 'refused') AND l.amount_pence > 0"
        " GROUP BY 1, 2 ORDER BY 1, 4 DESC, 2",
        own_council(actor),
        payment_id,
    )
    return [msgspec.convert(row, RouteTotal) for row in rows]
