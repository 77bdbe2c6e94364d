"""Reading proposals: the list, one with its totals and lines, what waits for keys, and the rows for the bank."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.parameters import Parameter, parameters
from isf.payments.cycles import Schedule
from isf.payments.paying_in.proposing import DUE
from isf.payments.paying_in.rules import LineFigures, LineState, PaymentState, Transfer, reasons
from isf.rules import fund_title, last_day
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.money import Money
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


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A fund that is due and locked: its support plan is not agreed, so nothing is paid in."""

    fund_id: UUID
    person_id: UUID
    person_reference: str
    route: Route
    owed_pence: int
    covers_until: date


class FundPaid(msgspec.Struct, frozen=True, kw_only=True):
    """How often a fund is paid: its own way, its agreement's, or the council's usual one."""

    fund_id: UUID
    person_reference: str
    title: str
    schedule: Schedule
    own: bool
    because: str


class BankRow(msgspec.Struct, frozen=True, kw_only=True):
    """One payment as the finance system takes it."""

    payment: str
    person: str
    holder: str
    fund_id: UUID
    covers_from: date
    last_day: date
    amount_pence: int
    paid_on: date | None


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


def _council(actor: Actor) -> UUID:
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
        _council(actor),
        page_size,
        (page - 1) * page_size,
    )
    return [msgspec.convert(row, PaymentHead) for row in rows]


async def payment(actor: Actor, payment_id: UUID) -> PaymentHead:
    """One proposal with its sums. Raises NotFound for another council's."""
    row = await db.fetch_one(_HEAD + " WHERE p.council_id = $1 AND p.id = $2", _council(actor), payment_id)
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
        _council(actor),
        payment_id,
    )
    return [msgspec.convert(row, RouteTotal) for row in rows]


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


async def waiting_for_keys(actor: Actor) -> list[Waiting]:
    """Funds that would be paid today if their support plan were agreed, the most money first."""
    council = _council(actor)
    today = clock.today()
    told = await parameters(council, today)
    rows = await db.fetch_all(
        DUE
        + " SELECT g.fund_id, g.person_id, p.reference AS person_reference, g.route, g.cycle_end AS covers_until,"
        "          g.owed_pence - g.paid_before_pence AS owed_pence"
        "     FROM figured g JOIN person p ON p.id = g.person_id"
        "    WHERE g.locked AND g.owed_pence > g.paid_before_pence ORDER BY 6 DESC, 3 LIMIT 200",
        council,
        today,
        told.get(Parameter.PAYMENT_CYCLE_WEEKS, 4),
        told.get(Parameter.PAYMENT_ADVANCE_DAYS, 0),
    )
    return [msgspec.convert(row, Waiting) for row in rows]


async def bank_rows(actor: Actor, payment_id: UUID) -> Sequence[BankRow]:
    """Every line of an approved payment that a bank moves. Raises Conflict before it is approved."""
    head = await payment(actor, payment_id)
    if head.state not in (PaymentState.APPROVED, PaymentState.PAID):
        raise Conflict("You cannot take this to the bank yet, because it is not approved.")
    rows = await db.fetch_all(
        "SELECT pi.reference AS payment, p.reference AS person, coalesce(o.name, u.name) AS holder, l.fund_id,"
        "       l.covers_from, l.covers_until - 1 AS last_day, l.amount_pence, l.paid_on"
        "  FROM payment_in_line l JOIN payment_in pi ON pi.id = l.payment_in_id JOIN fund f ON f.id = l.fund_id"
        "  JOIN person p ON p.id = f.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE l.payment_in_id = $1 AND l.state IN ('proposed', 'paid') AND l.transfer = 'bank'"
        " ORDER BY holder, person, l.covers_from",
        payment_id,
    )
    return [msgspec.convert(row, BankRow) for row in rows]


async def schedule(actor: Actor, fund_id: UUID) -> FundPaid:
    """How often a fund of the actor's council is paid. Raises NotFound."""
    today = clock.today()
    council = _council(actor)
    row = await db.fetch_one(
        "SELECT f.id AS fund_id, p.reference AS person_reference, f.route, coalesce(o.name, u.name) AS holder,"
        "       s.set_at IS NOT NULL AS own, s.weeks, s.advance_days, coalesce(s.because, '') AS because,"
        "       (SELECT a.payment_weeks FROM agreement a WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL"
        "           AND a.starts_on <= $3 AND (a.ends_on IS NULL OR a.ends_on > $3)"
        "         ORDER BY a.version DESC LIMIT 1) AS payment_weeks"
        "  FROM fund f JOIN person p ON p.id = f.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        "  LEFT JOIN LATERAL (SELECT * FROM fund_schedule WHERE fund_id = f.id ORDER BY set_at DESC LIMIT 1) s ON true"
        " WHERE f.id = $1 AND f.council_id = $2",
        fund_id,
        council,
        today,
    )
    if row is None:
        raise NotFound
    told = await parameters(council, today)
    usual = row["payment_weeks"] or told.get(Parameter.PAYMENT_CYCLE_WEEKS, 4)
    advance = told.get(Parameter.PAYMENT_ADVANCE_DAYS, 0)
    return FundPaid(
        fund_id=fund_id,
        person_reference=row["person_reference"],
        title=fund_title(Route(row["route"]), row["holder"]),
        schedule=Schedule(row["weeks"], row["advance_days"]) if row["own"] else Schedule(usual, advance),
        own=row["own"],
        because=row["because"],
    )
