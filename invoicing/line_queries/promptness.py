"""How promptly an organisation paid, from its real payments; and telling payers before it is too late (rule 10)."""

from datetime import date, timedelta
from typing import Final

from invoicing.line_queries.rules import WARN_DAYS, PaidPart, Promptness, pay_by
from invoicing.queries import sides_of
from invoicing.rules import PAYMENT_DAYS
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db, formats, outbox
from marketplace.kernel.errors import NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

# Each payment of each invoice once. The clock runs from the receipt, or from the day on which the last query of the
# lines that it paid was settled: only what is undisputed is due.
_PAID: Final = """
    SELECT i.id::text AS invoice_id, i.number, pr.name AS provider_name, p.paid_on,
           sum(t.amount_pence)::bigint AS pence,
           greatest(i.received_on, max(q.settled_on)) AS clock_from
      FROM payment p JOIN payment_item t ON t.payment_id = p.id JOIN invoice i ON i.id = t.invoice_id
      JOIN provider pr ON pr.id = i.provider_id
      LEFT JOIN LATERAL (SELECT max(settled_on) AS settled_on FROM line_query
                          WHERE invoice_line_id = t.invoice_line_id AND settled_on <= p.paid_on) q ON true
     WHERE p.state = 'sent' AND p.paid_on BETWEEN $3 AND $4
       AND (i.payer_organisation_id = $1 OR i.payer_user_id = $2)
     GROUP BY i.id, pr.name, p.id ORDER BY p.paid_on, i.number
"""

# What can be paid of an invoice, with the last day for it.
_DUE: Final = """
    SELECT i.id, i.number, i.received_on, pr.name AS provider_name, coalesce(o.email, u.email) AS email,
           sum(line_open_pence(l.id))::bigint AS pence
      FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id JOIN provider pr ON pr.id = i.provider_id
      LEFT JOIN organisation o ON o.id = i.payer_organisation_id LEFT JOIN app_user u ON u.id = i.payer_user_id
     WHERE i.state IN ('issued', 'part_paid') AND i.received_on BETWEEN $1 AND $2
       AND NOT line_queried(l.id) AND NOT provider_on_hold(i.provider_id)
       AND NOT EXISTS (SELECT 1 FROM payment_warning w WHERE w.invoice_id = i.id AND w.kind = $3)
     GROUP BY i.id, pr.name, o.email, u.email HAVING sum(line_open_pence(l.id)) > 0 ORDER BY i.id
"""


async def promptness(actor: Actor, first: date, last: date) -> Promptness:
    """How promptly the actor's organisation, or the actor, paid from one day to another. Raises NotFound, Forbidden."""
    sides = sides_of(actor)
    if not sides.pays:
        raise NotFound
    rows = await db.fetch_all(_PAID, sides.payer_organisation, sides.payer_user, first, last)
    return Promptness([PaidPart(amount=Money(row.pop("pence")), **row) for row in rows])


async def warn_payers() -> int:
    """Write once to each payer some days before an invoice has to be paid, and once on the day; answers how many."""
    today = clock.today()
    told = 0
    for kind, days_left in (("soon", WARN_DAYS), ("today", 0)):
        oldest = today - timedelta(days=PAYMENT_DAYS)
        newest = today - timedelta(days=PAYMENT_DAYS - days_left)
        # Who is told today needs no “soon” any more; a job that did not run for some days tells what is left.
        start = oldest + timedelta(days=1) if kind == "soon" else oldest - timedelta(days=WARN_DAYS)
        for row in await db.fetch_all(_DUE, start, newest, kind):
            told += await _warn(row, kind)
    return told


async def _warn(row: db.Row, kind: str) -> int:
    last = formats.full_date(pay_by(row["received_on"]))
    async with db.unit_of_work():
        made = await db.execute(
            "INSERT INTO payment_warning (id, invoice_id, kind, warned_at) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (invoice_id, kind) DO NOTHING",
            new_id(),
            row["id"],
            kind,
            clock.now(),
        )
        if made != "INSERT 0 1":
            return 0
        await outbox.enqueue_mail(
            row["email"] or "",
            f"Pay by {last}: invoice {row['number']}",
            f"{Money(row['pence'])} of invoice {row['number']} from {row['provider_name']} is to be paid by {last}: "
            f"{PAYMENT_DAYS} days after it came. If a line is wrong, query that line now and pay the rest.\n\n"
            f"{settings().base_url}/invoices/{row['id']}\n",
        )
    return 1
