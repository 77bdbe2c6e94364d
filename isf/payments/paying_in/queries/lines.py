"""The lines of a proposal, each with why it is what it is."""

from datetime import date
from uuid import UUID

import msgspec

from isf.payments.paying_in.queries.payments import PAGE_SIZE, payment
from isf.payments.paying_in.rules import LineFigures, LineState, Transfer, reasons
from isf.rules import last_day
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """One fund's line, in pence; `covers_until` is the first day after it."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    person_reference: str
    route: Route
    holder: str
    covers_from: date
    covers_until: date
    amount_pence: int
    weekly_pence: int
    last_amount_pence: int | None
    difference_pence: int
    transfer: Transfer
    state: LineState
    because: str
    reasons: list[str]
    paid_on: date | None

    @property
    def last_day(self) -> date:
        """The last day that it covers."""
        return last_day(self.covers_until)


_LINES = """
    SELECT l.id, l.fund_id, f.person_id, p.reference AS person_reference, f.route, coalesce(o.name, u.name) AS holder,
           l.covers_from, l.covers_until, l.amount_pence, l.weekly_pence, l.last_amount_pence, l.even_pence,
           l.last_days, l.last_weekly_pence, l.amount_pence - coalesce(l.last_amount_pence, 0) AS difference_pence,
           l.transfer, l.state, l.because, l.paid_on, count(*) OVER () AS total
      FROM payment_in_line l JOIN fund f ON f.id = l.fund_id JOIN person p ON p.id = f.person_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
     WHERE l.payment_in_id = $1 AND ($5::uuid IS NULL OR l.id = $5)
       AND ($2::text IS NULL OR l.state = $2 OR ($2 = 'held' AND l.state = 'released'))
     ORDER BY abs(l.amount_pence - coalesce(l.last_amount_pence, 0)) DESC, p.reference, l.covers_from
     LIMIT $3 OFFSET $4
"""


async def lines(
    actor: Actor, payment_id: UUID, state: LineState | None = None, page: int = 1, page_size: int = PAGE_SIZE
) -> tuple[list[PaymentLine], int]:
    """One page of the lines, the biggest difference from last time first, and how many there are."""
    await payment(actor, payment_id)
    rows = await db.fetch_all(_LINES, payment_id, state, page_size, (page - 1) * page_size, None)
    return [_line(row) for row in rows], rows[0]["total"] if rows else 0


async def line(actor: Actor, payment_id: UUID, line_id: UUID) -> PaymentLine:
    """One line of a proposal. Raises NotFound."""
    await payment(actor, payment_id)
    rows = await db.fetch_all(_LINES, payment_id, None, 1, 0, line_id)
    if not rows:
        raise NotFound
    return _line(rows[0])


def _line(row: db.Row) -> PaymentLine:
    days = (row["covers_until"] - row["covers_from"]).days
    figures = LineFigures(
        amount=Money(row["amount_pence"]),
        even=Money(row["even_pence"]),
        days=days,
        weekly=Money(row["weekly_pence"]),
        last_amount=_money(row["last_amount_pence"]),
        last_days=row["last_days"],
        last_weekly=_money(row["last_weekly_pence"]),
    )
    return msgspec.convert({**row, "reasons": reasons(figures)}, PaymentLine)


def _money(pence: int | None) -> Money | None:
    return None if pence is None else Money(pence)
