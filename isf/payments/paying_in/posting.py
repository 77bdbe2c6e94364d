"""Entering an approved payment in the books: batch by batch, each whole; whoever comes next goes on where it stopped.

The lines of a batch are locked (others skip them), posted under references that are unique for each fund and cycle,
and marked paid in the same transaction. So a process that dies loses at most its open batch, and nothing is paid twice.
"""

from uuid import UUID

from isf.payments.paying_in.letters import send_remittances
from isf.payments.paying_in.rules import PaymentState
from marketplace.kernel import audit, clock, db

BATCH = 200

_LOCK = """
    SELECT l.id FROM payment_in_line l JOIN payment_in p ON p.id = l.payment_in_id
     WHERE p.id = $1 AND p.state = 'approved' AND l.state = 'proposed'
     ORDER BY l.fund_id LIMIT $2 FOR UPDATE OF l SKIP LOCKED
"""

# What was approved is paid as approved, or not at all: a line is let go when its fund was locked or closed since, when
# its agreement is in force no more, or when so much is no longer owed. The next proposal has what is.
_LET_GO = """
    WITH checked AS (
        SELECT l.id,
               CASE WHEN f.state <> 'open' THEN 'The fund was closed after this was proposed.'
                    WHEN EXISTS (SELECT 1 FROM account a WHERE a.fund_id = f.id AND a.locked)
                        THEN 'The support plan is not agreed any more.'
                    WHEN waits_for_agreement(f.id, $3::date) THEN 'The agreement is not in force any more.'
                    WHEN council_owes(f.id, s.covered) - council_paid(f.id) < s.waiting
                        THEN 'The budget changed after this was proposed.'
                    ELSE '' END AS because
          FROM payment_in_line l JOIN fund f ON f.id = l.fund_id,
               LATERAL (SELECT max(o.covers_until) AS covered,
                               sum(o.amount_pence) FILTER (WHERE o.state = 'proposed') AS waiting
                          FROM payment_in_line o
                         WHERE o.fund_id = l.fund_id AND o.state IN ('proposed', 'nothing', 'paid')) s
         WHERE l.id = ANY ($1::uuid[]))
    UPDATE payment_in_line l SET state = 'released', because = c.because, decided_at = $2
      FROM checked c WHERE c.id = l.id AND c.because <> ''
"""

_POST = """
    SELECT l.id, ledger_post(l.fund_id, l.reference, 'funding', l.payment_in_id, $2::date, $3::uuid, $4::text,
                             ARRAY['funding', 'promised'], ARRAY[-l.amount_pence, l.amount_pence]) AS journal_id
      FROM (SELECT l.id, l.fund_id, l.payment_in_id, l.amount_pence,
                   'cycle:' || l.fund_id || ':' || l.cycle_start || CASE l.part WHEN 0 THEN '' ELSE ':' || l.part END
                       AS reference
              FROM payment_in_line l WHERE l.id = ANY ($1::uuid[]) AND l.state = 'proposed'
             ORDER BY l.fund_id, l.cycle_start, l.part OFFSET 0) l
"""


async def post_approved(payment_id: UUID, batch: int | None = None) -> int:
    """Enter what is left of an approved payment in the books; answers how many lines. Again changes nothing.

    When the last line is done the payment is paid, and each holder gets a remittance note.
    """
    posted = 0
    while True:
        async with db.unit_of_work():
            done = await _post_batch(payment_id, batch or BATCH)
        if done is None:
            break
        posted += done
    await _finish(payment_id)
    return posted


async def _post_batch(payment_id: UUID, size: int) -> int | None:
    """One batch; None when no line is left that nobody else has in hand."""
    lines = [row["id"] for row in await db.fetch_all(_LOCK, payment_id, size)]
    if not lines:
        return None
    payment = await db.fetch_one("SELECT reference, approved_by FROM payment_in WHERE id = $1", payment_id)
    assert payment is not None  # noqa: S101 - its lines were found
    today = clock.today()
    await db.execute(_LET_GO, lines, clock.now(), today)
    journals = await db.fetch_all(_POST, lines, today, payment["approved_by"], payment["reference"])
    await db.execute(
        "UPDATE payment_in_line l SET state = 'paid', journal_id = t.journal_id, paid_on = $3"
        "  FROM unnest($1::uuid[], $2::uuid[]) AS t(id, journal_id) WHERE l.id = t.id",
        [row["id"] for row in journals],
        [row["journal_id"] for row in journals],
        today,
    )
    return len(journals)


async def _finish(payment_id: UUID) -> None:
    """Mark the payment paid and write to the holders, once; nothing while a line is still in somebody's hands."""
    async with db.unit_of_work():
        finished = await db.fetch_one(
            "UPDATE payment_in p SET state = 'paid', paid_at = $2 WHERE p.id = $1 AND p.state = 'approved'"
            " AND NOT EXISTS (SELECT 1 FROM payment_in_line l WHERE l.payment_in_id = p.id AND l.state = 'proposed')"
            " RETURNING (SELECT coalesce(sum(l.amount_pence), 0)::bigint FROM payment_in_line l"
            "             WHERE l.payment_in_id = p.id AND l.state = 'paid') AS pence",
            payment_id,
            clock.now(),
        )
        if finished is None:
            return
        await send_remittances(payment_id)
        await audit.record(
            audit.SYSTEM,
            "payment_in.paid",
            "payment_in",
            payment_id,
            before={"state": PaymentState.APPROVED},
            after={"state": PaymentState.PAID, "amount_pence": finished["pence"]},
        )


async def resume_all() -> int:
    """Go on with every approved payment that stopped before its end; answers how many lines were entered."""
    posted = 0
    for row in await db.fetch_all("SELECT id FROM payment_in WHERE state = 'approved' ORDER BY approved_at"):
        posted += await post_approved(row["id"])
    return posted
