"""The money that a fund gets next: what is proposed already, or what the next cycle will come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.parameters import Parameter
from marketplace.kernel import clock, db, formats
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Coming:
    """A payment from the council that is expected: how much, and from which day on."""

    amount: Money
    on: date

    def words(self, today: date) -> str:
        """`The next £640.00 is expected on 5 December 2026`."""
        if self.on <= today:
            return f"The next {self.amount} is due from the council now"
        return f"The next {self.amount} is expected from the council on {formats.full_date(self.on)}"


def _figure(name: Parameter) -> str:
    return (
        f"(SELECT value FROM council_parameter WHERE council_id = f.council_id AND name = '{name}'"
        "   AND starts_on <= $2 ORDER BY starts_on DESC LIMIT 1)::int"
    )


# The same terms as when payments are proposed (`isf.payments.paying_in.proposing`), for the cycle after the last one.
_COMING = f"""
    WITH terms AS (
        SELECT f.id, f.starts_on, f.ends_on,
               CASE WHEN s.set_at IS NOT NULL THEN s.weeks
                    ELSE coalesce(g.payment_weeks, {_figure(Parameter.PAYMENT_CYCLE_WEEKS)}) END AS weeks,
               coalesce(s.advance_days, {_figure(Parameter.PAYMENT_ADVANCE_DAYS)}, 0) AS advance,
               (SELECT max(l.covers_until) FROM payment_in_line l
                 WHERE l.fund_id = f.id AND l.state IN ('proposed', 'nothing', 'paid')) AS covered
          FROM fund f
          LEFT JOIN LATERAL (SELECT weeks, advance_days, set_at FROM fund_schedule
                              WHERE fund_id = f.id ORDER BY set_at DESC LIMIT 1) s ON true
          LEFT JOIN LATERAL (SELECT payment_weeks FROM agreement a
                              WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL AND a.starts_on <= $2
                                AND (a.ends_on IS NULL OR a.ends_on > $2)
                              ORDER BY a.version DESC LIMIT 1) g ON true
         WHERE f.id = ANY ($1) AND f.state = 'open' AND f.ends_on > $2
           AND NOT EXISTS (SELECT 1 FROM account a WHERE a.fund_id = f.id AND a.locked)),
    numbered AS (
        SELECT t.*, cycle_number(t.starts_on, t.weeks, coalesce(t.covered,
                        greatest(least($2 + t.advance, t.ends_on - 1), t.starts_on))) AS number
          FROM terms t WHERE t.covered IS NULL OR t.covered < t.ends_on)
    SELECT l.fund_id AS id, sum(l.amount_pence)::bigint AS pence, min(l.cycle_start) AS cycle_start, 0 AS advance
      FROM payment_in_line l JOIN terms t ON t.id = l.fund_id WHERE l.state = 'proposed'
     GROUP BY l.fund_id HAVING sum(l.amount_pence) > 0
    UNION ALL
    SELECT n.id, council_owes(n.id, least(cycle_start(n.starts_on, n.weeks, n.number + 1), n.ends_on))
               - council_paid(n.id), cycle_start(n.starts_on, n.weeks, n.number), n.advance
      FROM numbered n
     WHERE NOT EXISTS (SELECT 1 FROM payment_in_line l WHERE l.fund_id = n.id AND l.state = 'proposed')
"""


async def coming(fund_ids: Sequence[UUID]) -> dict[UUID, Coming]:
    """The next payment into each fund, for those who were allowed to see them; one statement. Nothing while locked."""
    rows = await db.fetch_all(_COMING.replace("$2", "$2::date"), list(fund_ids), clock.today())
    return {
        row["id"]: Coming(
            Money(row["pence"]), date.fromordinal(row["cycle_start"].toordinal() - row["advance"])
        )
        for row in rows
        if row["pence"] > 0
    }
