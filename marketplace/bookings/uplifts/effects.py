"""Who goes somewhere, from which fund, and what a dearer price does to it: one statement, however many people."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from isf.rules.budgets import fund_title
from marketplace.bookings.uplifts.rules import DAYS_SEEN, Usual, a_week, cost
from marketplace.kernel import clock, db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Rate


class EffectLine(msgspec.Struct, frozen=True, kw_only=True):
    """What going on as now costs one person more out of one fund, in pence; the person by reference.

    `short_pence` is what is then lacking until the fund ends, `short_anyway_pence` what lacks at the old price too.
    """

    person_id: UUID
    person_reference: str
    fund_id: UUID
    fund: str
    fund_ends_on: date
    sessions_in_eight_weeks: int
    weekly_pence: int
    until_end_pence: int
    left_pence: int
    short_pence: int
    short_anyway_pence: int

    @property
    def sessions_a_week(self) -> str:
        """As a page shows it."""
        return a_week(self.sessions_in_eight_weeks)


class Totals(msgspec.Struct, frozen=True, kw_only=True):
    """All of them together, in pence: all that the provider may know."""

    people: int
    sessions_a_week: str
    weekly_pence: int
    until_end_pence: int


# $1 activity, $2 ratio, $3-$6 the old rate, $7-$10 the new one, $11 today, $12 the first day of the new price,
# $13 the days that say what is usual, $14 a council or null for all.
_EFFECT = """
    WITH gone AS (
        SELECT b.person_id, b.fund_id, b.service_on,
               rate_price_each($3, $4, $5, $6, $2, m.minutes) AS old,
               rate_price_each($7, $8, $9, $10, $2, m.minutes) AS new
          FROM activity_session s JOIN booking b ON b.activity_session_id = s.id
         CROSS JOIN LATERAL (SELECT session_minutes(s.starts_at, s.ends_at) AS minutes) m
         WHERE s.activity_id = $1 AND b.ratio = $2 AND b.state IN ('held', 'confirmed', 'delivered', 'missed')
           AND s.service_on >= $11::date - $13::int AND ($14::uuid IS NULL OR b.council_id = $14)),
    spans AS (
        SELECT person_id, fund_id,
               count(*) FILTER (WHERE service_on < $11) AS past,
               coalesce(sum(old) FILTER (WHERE service_on < $11), 0) AS past_old,
               coalesce(sum(new) FILTER (WHERE service_on < $11), 0) AS past_new,
               count(*) FILTER (WHERE service_on >= $11 AND service_on < $11 + $13) AS next,
               coalesce(sum(old) FILTER (WHERE service_on >= $11 AND service_on < $11 + $13), 0) AS next_old,
               coalesce(sum(new) FILTER (WHERE service_on >= $11 AND service_on < $11 + $13), 0) AS next_new,
               coalesce(sum(old) FILTER (WHERE service_on >= $11 AND service_on < $12), 0) AS booked_before,
               coalesce(sum(old) FILTER (WHERE service_on >= $11 AND service_on >= $12), 0) AS booked_after_old,
               coalesce(sum(new) FILTER (WHERE service_on >= $11 AND service_on >= $12), 0) AS booked_after_new
          FROM gone GROUP BY person_id, fund_id)
    SELECT t.person_id, p.reference AS person_reference, t.fund_id, f.route, h.name AS holder, f.ends_on,
           m.balance_pence AS left_pence, greatest(t.past, t.next) AS sessions,
           CASE WHEN t.past >= t.next THEN t.past_old ELSE t.next_old END::bigint AS old,
           CASE WHEN t.past >= t.next THEN t.past_new ELSE t.next_new END::bigint AS new,
           t.booked_before::bigint, t.booked_after_old::bigint, t.booked_after_new::bigint
      FROM spans t JOIN person p ON p.id = t.person_id JOIN fund f ON f.id = t.fund_id
      JOIN account m ON m.fund_id = f.id AND m.kind = 'available'
      LEFT JOIN organisation h ON h.id = f.holder_organisation_id
     WHERE f.state <> 'closed' AND f.ends_on > $11
     ORDER BY p.reference, f.starts_on, f.id
"""


async def effect(activity_id: UUID, old: Rate, new: Rate, council_id: UUID | None = None) -> list[EffectLine]:
    """What a new price means for each person and fund that is used there at its ratio, of one council or of all.

    By the bookings of the last eight weeks and those to come; whoever may see them asks before.
    """
    today = clock.today()
    rows = await db.fetch_all(
        _EFFECT, activity_id, str(new.ratio), *_priced(old), *_priced(new), today, max(new.starts_on, today),
        DAYS_SEEN, council_id,
    )  # fmt: skip
    return [_line(row, today, new.starts_on) for row in rows]


def _priced(rate: Rate) -> tuple[int, str, int | None, str]:
    return rate.price.pence, str(rate.unit), rate.minimum.pence if rate.minimum else None, str(rate.split)


def _line(row: db.Row, today: date, starts_on: date) -> EffectLine:
    usual = Usual(
        row["sessions"],
        *(
            Money(row[name])
            for name in ("old", "new", "booked_before", "booked_after_old", "booked_after_new")
        ),
    )
    left = Money(row["left_pence"])
    told = cost(usual, today, starts_on, row["ends_on"])
    return EffectLine(
        person_id=row["person_id"],
        person_reference=row["person_reference"],
        fund_id=row["fund_id"],
        fund=fund_title(Route(row["route"]), row["holder"] or ""),
        fund_ends_on=row["ends_on"],
        sessions_in_eight_weeks=row["sessions"],
        weekly_pence=told.weekly.pence,
        until_end_pence=told.until_end.pence,
        left_pence=left.pence,
        short_pence=told.short_by(left).pence,
        short_anyway_pence=told.short_anyway(left).pence,
    )


def totals(lines: Sequence[EffectLine]) -> Totals:
    """All lines together."""
    return Totals(
        people=len({line.person_id for line in lines}),
        sessions_a_week=a_week(sum(line.sessions_in_eight_weeks for line in lines)),
        weekly_pence=sum(line.weekly_pence for line in lines),
        until_end_pence=sum(line.until_end_pence for line in lines),
    )
