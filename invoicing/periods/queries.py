"""Closed months and what was adjusted after them, for the finance of who holds the funds."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from invoicing.periods.rules import next_to_close
from invoicing.rules import last_day, next_month
from isf.ledger.rules import Account, Movement
from isf.ledger.words import movement_words
from marketplace.identity.access import Actor, organisation_with
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money

# What moved in a month in the funds of an organisation: $1 organisation, $2 first day, $3 first day after.
FIGURES: Final = """
    SELECT coalesce(jsonb_object_agg(account, pence), '{}')::text AS figures,
           (SELECT count(*) FROM journal j JOIN fund f ON f.id = j.fund_id
             WHERE f.holder_organisation_id = $1 AND j.occurred_on >= $2 AND j.occurred_on < $3) AS journals
      FROM (SELECT e.account, sum(e.amount_pence)::bigint AS pence
              FROM fund f JOIN journal j ON j.fund_id = f.id JOIN entry e ON e.journal_id = j.id
             WHERE f.holder_organisation_id = $1 AND j.occurred_on >= $2 AND j.occurred_on < $3 GROUP BY 1) a
"""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month, with its figures as they were then, in pence."""

    month: date
    closed_at: Any
    closed_by: str
    figures: dict[str, int]

    @property
    def used(self) -> int:
        """Delivered, paid or not."""
        return sum(self.figures.get(account, 0) for account in ("payable", "paid", "fee"))

    @property
    def paid_in(self) -> int:
        """What came in."""
        return -sum(self.figures.get(account, 0) for account in ("funding", "contribution", "top_up"))

    @property
    def sent_back(self) -> int:
        """What went on or back."""
        return self.figures.get("returned", 0)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is still open about a month: it can be closed all the same, and counts later then."""

    registers: int
    to_bill: int
    queried: int


def own_books(actor: Actor) -> UUID:
    """The organisation whose months the actor closes. Raises Forbidden, and NotFound for who acts for none."""
    return organisation_with(actor, Permission.INVOICE_PAY)


async def last_closed(organisation_id: UUID) -> date | None:
    """The first day of the month that was closed last; None before any was."""
    month: date | None = await db.fetch_value(
        "SELECT max(month) FROM closed_period WHERE organisation_id = $1", organisation_id
    )
    return month


async def closed_months(actor: Actor) -> list[Closed]:
    """The closed months, the newest first."""
    rows = await db.fetch_all(
        "SELECT c.month, c.closed_at, coalesce(u.name, '') AS closed_by, c.figures::text AS figures"
        "  FROM closed_period c LEFT JOIN app_user u ON u.id = c.closed_by"
        " WHERE c.organisation_id = $1 ORDER BY c.month DESC",
        own_books(actor),
    )
    return [Closed(**{**row, "figures": msgspec.json.decode(row["figures"])}) for row in rows]


async def to_close(actor: Actor) -> date:
    """The month that is closed next."""
    return next_to_close(await last_closed(own_books(actor)), clock.today())


async def unfinished(actor: Actor, month: date) -> Unfinished:
    """What is still open about a month of the actor's organisation."""
    row = await db.fetch_one(
        """SELECT count(*) FILTER (WHERE b.state = 'confirmed') AS registers,
                  count(*) FILTER (WHERE t.charge_pence > 0 AND c.booking_id IS NULL) AS to_bill,
                  count(*) FILTER (WHERE EXISTS (SELECT 1 FROM invoice_line l
                                                  WHERE l.booking_id = b.id AND line_queried(l.id))) AS queried
             FROM booking b JOIN fund f ON f.id = b.fund_id LEFT JOIN attendance t ON t.booking_id = b.id
             LEFT JOIN claim c ON c.booking_id = b.id
            WHERE f.holder_organisation_id = $1 AND b.service_on BETWEEN $2 AND $3""",
        own_books(actor),
        month,
        last_day(month),
    )
    assert row is not None  # noqa: S101 - an aggregate always answers
    return Unfinished(**row)


async def adjustments(actor: Actor, most: int = 200) -> list[dict[str, Any]]:
    """What counted later because its day was in a closed month, the newest first: both days, and what it did."""
    rows = await db.fetch_all(
        """SELECT j.occurred_on, j.service_on, j.kind, r.kind AS reversed_kind, j.because, f.id AS fund_id,
                  p.reference AS person_reference, b.reference AS booking_reference,
                  array_agg(e.account::text) AS accounts, array_agg(e.amount_pence) AS amounts
             FROM journal j JOIN fund f ON f.id = j.fund_id JOIN person p ON p.id = f.person_id
             JOIN entry e ON e.journal_id = j.id LEFT JOIN journal r ON r.id = j.reverses_id
             LEFT JOIN booking b ON b.id = j.subject_id
            WHERE f.holder_organisation_id = $1 AND j.service_on IS NOT NULL
            GROUP BY j.id, r.kind, f.id, p.reference, b.reference
            ORDER BY j.occurred_on DESC, p.reference, j.sequence DESC LIMIT $2""",
        own_books(actor),
        most,
    )
    return [_adjustment(row) for row in rows]


def _adjustment(row: db.Row) -> dict[str, Any]:
    entries = {
        Account(account): Money(pence)
        for account, pence in zip(row.pop("accounts"), row.pop("amounts"), strict=True)
    }
    reversed_kind = row.pop("reversed_kind")
    words = movement_words(Movement(row["kind"]), entries, Movement(reversed_kind) if reversed_kind else None)
    used = sum(
        entries.get(account, Money(0)).pence for account in (Account.PAYABLE, Account.PAID, Account.FEE)
    )
    return {
        **row,
        "words": words,
        "left_pence": entries.get(Account.AVAILABLE, Money(0)).pence,
        "used_pence": used,
    }


async def figures_of(organisation_id: UUID, month: date) -> db.Row:
    """What moved in a month, by account, and in how many journals."""
    row = await db.fetch_one(FIGURES, organisation_id, month, next_month(month))
    assert row is not None  # noqa: S101 - an aggregate always answers
    return row
