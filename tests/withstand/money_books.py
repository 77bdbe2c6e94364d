"""What must be true of ledger, invoices, payments and bank at every moment, and of what both sides are shown."""

from collections.abc import Sequence

from invoicing.periods.queries import figures_of
from invoicing.queries import Show, Tally, tallies
from invoicing.takings import takings
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db

_BACK = "line_credit_settled_pence(l.id, ARRAY['netted', 'received'])"

# Each part names rows that must not be.
_WRONG = f"""
    WITH line AS MATERIALIZED (
        SELECT l.*, line_open_pence(l.id) AS still_open, line_paid_pence(l.id) AS paid,
               line_credited_pence(l.id) AS credited, {_BACK} AS back,
               line_credit_settled_pence(l.id, ARRAY['unpaid']) AS unpaid FROM invoice_line l),
    card AS MATERIALIZED (
        SELECT b.fund_id, p.amount_pence
             - (SELECT coalesce(sum(r.amount_pence), 0) FROM card_refund r
                 WHERE r.card_payment_id = p.id AND r.journal_id IS NOT NULL)
             - (SELECT coalesce(sum(d.lost_pence), 0) FROM card_dispute d
                 WHERE d.card_payment_id = p.id AND d.journal_id IS NOT NULL) AS kept
          FROM card_payment p JOIN booking b ON b.id = p.booking_id
          JOIN claim c ON c.booking_id = b.id AND c.kind = 'card'),
    waits AS MATERIALIZED (
        SELECT b.fund_id, t.charge_pence FROM attendance t JOIN booking b ON b.id = t.booking_id
         WHERE b.payment = 'invoice'
           AND (billable_again(b.id) OR NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id)))
    SELECT 'to be paid' AS what, f.id::text AS which FROM fund f
      JOIN account a ON a.fund_id = f.id AND a.kind = 'payable'
     WHERE a.balance_pence <> (SELECT coalesce(sum(still_open), 0) FROM line WHERE fund_id = f.id)
                            + (SELECT coalesce(sum(charge_pence), 0) FROM waits WHERE fund_id = f.id)
    UNION ALL SELECT 'paid', f.id::text FROM fund f JOIN account a ON a.fund_id = f.id AND a.kind = 'paid'
     WHERE a.balance_pence <> (SELECT coalesce(sum(paid - back), 0) FROM line WHERE fund_id = f.id)
                            + (SELECT coalesce(sum(kept), 0) FROM card WHERE fund_id = f.id)
    UNION ALL SELECT 'booked', f.id::text FROM fund f JOIN account a ON a.fund_id = f.id AND a.kind = 'committed'
     WHERE a.balance_pence <> (SELECT coalesce(sum(price_pence), 0) FROM booking b WHERE b.fund_id = f.id
                AND b.state IN ('held', 'confirmed') AND (b.payment <> 'card' OR b.state = 'held'))
    UNION ALL SELECT 'below zero', fund_id::text FROM account
     WHERE kind IN ('available', 'committed', 'payable') AND balance_pence < 0
    UNION ALL SELECT 'credited beyond its line', id::text FROM line WHERE credited > gross_pence
    UNION ALL SELECT 'owed back', id::text FROM line
     WHERE credited - unpaid - back <> greatest(0, credited + paid - back - gross_pence)
    UNION ALL SELECT 'two lines stand', min(id::text) FROM line WHERE credited < gross_pence
     GROUP BY booking_id, part HAVING count(*) > 1
    UNION ALL SELECT 'billed without a claim, or otherwise paid', l.id::text FROM line l
      JOIN booking b ON b.id = l.booking_id LEFT JOIN claim c ON c.booking_id = b.id AND c.kind = 'invoice'
     WHERE c.booking_id IS NULL OR b.payment <> 'invoice'
    UNION ALL SELECT 'claimed without a line', c.booking_id::text FROM claim c WHERE c.kind = 'invoice'
       AND NOT EXISTS (SELECT 1 FROM invoice_line l WHERE l.booking_id = c.booking_id)
    UNION ALL SELECT 'billed more than recorded', l.booking_id::text FROM line l
      JOIN attendance t ON t.booking_id = l.booking_id WHERE l.credited < l.gross_pence
     GROUP BY l.booking_id, t.charge_pence HAVING sum(l.gross_pence) > t.charge_pence
    UNION ALL SELECT 'billed while disputed', t.booking_id::text FROM attendance t
      JOIN claim c ON c.booking_id = t.booking_id AND c.kind = 'invoice'
     WHERE t.disputed AND NOT billable_again(t.booking_id)
    UNION ALL SELECT 'a council pays itself', l.id::text FROM line l
     WHERE l.route <> 'council_managed' AND l.owner_council_id = l.council_id
    UNION ALL SELECT 'state of an invoice', i.number FROM invoice i
      JOIN (SELECT invoice_id, sum(still_open) AS still_open, sum(paid) AS paid, sum(gross_pence) AS gross
              FROM line GROUP BY 1) s ON s.invoice_id = i.id
     WHERE i.gross_pence <> s.gross OR i.state <> CASE
           WHEN s.still_open > 0 THEN CASE WHEN s.paid > 0 THEN 'part_paid' ELSE 'issued' END
           WHEN s.paid > 0 THEN 'paid' ELSE 'credited' END
    UNION ALL SELECT 'netted', n.number FROM credit_note n
     WHERE (SELECT coalesce(sum(s.amount_pence), 0) FROM credit_settlement s JOIN credit_note_line c
               ON c.id = s.credit_note_line_id WHERE c.credit_note_id = n.id AND s.kind = 'netted')
        <> (SELECT coalesce(sum(k.amount_pence), 0) FROM payment_credit k JOIN payment p ON p.id = k.payment_id
             WHERE k.credit_note_id = n.id AND p.state = 'sent')
    UNION ALL SELECT 'numbers', regexp_replace(number, '-[0-9]+-[0-9]+$', '') FROM (
           SELECT number FROM invoice WHERE number NOT LIKE 'OWN%' UNION ALL SELECT number FROM credit_note) n
     GROUP BY 2 HAVING count(*) <> max(right(number, 6)::int) OR min(right(number, 6)::int) <> 1
    UNION ALL SELECT 'bank and books', l.id::text FROM bank_line l
     WHERE l.state = 'matched' AND l.amount_pence IS DISTINCT FROM CASE l.meaning
           WHEN 'payment' THEN (SELECT -amount_pence FROM payment WHERE id = l.meaning_id
                                   AND state IN ('sent', 'returned'))
           WHEN 'run' THEN (SELECT -sum(amount_pence) FROM payment WHERE payment_run_id = l.meaning_id
                               AND state IN ('sent', 'returned'))
           WHEN 'return' THEN (SELECT amount_pence FROM payment WHERE id = l.meaning_id AND state = 'returned')
           WHEN 'credit' THEN (SELECT sum(s.amount_pence) FROM credit_settlement s JOIN credit_note_line c
                                   ON c.id = s.credit_note_line_id
                                WHERE c.credit_note_id = l.meaning_id AND s.reference = 'bank:' || l.id) END
    UNION ALL SELECT 'seen at the bank twice', p.reference FROM payment p JOIN bank_line l ON l.state = 'matched'
       AND (l.meaning = 'payment' AND l.meaning_id = p.id OR l.meaning = 'run' AND l.meaning_id = p.payment_run_id)
     GROUP BY p.id, p.reference HAVING count(*) > 1
    UNION ALL SELECT 'one thing explains two lines', min(id::text) FROM bank_line WHERE state = 'matched'
     GROUP BY meaning, meaning_id HAVING count(*) > 1
"""
# All that a refusal must leave as it was.
_STATE = """
    SELECT json_build_object(
        'bookings', (SELECT json_object_agg(b.id, ARRAY[b.state, b.payment, t.outcome, t.charge_pence::text,
                       t.disputed::text]) FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id),
        'checks', (SELECT json_object_agg(booking_id, state) FROM attendance_check),
        'invoices', (SELECT json_object_agg(id, state) FROM invoice),
        'lines', (SELECT count(*) FROM invoice_line), 'claims', (SELECT count(*) FROM claim),
        'credits', (SELECT json_object_agg(id, gross_pence) FROM credit_note),
        'settled', (SELECT count(*) FROM credit_settlement), 'again', (SELECT count(*) FROM bill_again),
        'queries', (SELECT json_object_agg(id, state) FROM line_query),
        'written', (SELECT count(*) FROM line_query_message),
        'uploads', (SELECT json_object_agg(id, state) FROM received_invoice),
        'asked', (SELECT json_object_agg(id, state) FROM received_line WHERE state IS NOT NULL),
        'runs', (SELECT json_object_agg(id, state) FROM payment_run),
        'payments', (SELECT json_object_agg(id, state) FROM payment),
        'bank', (SELECT json_object_agg(id, ARRAY[state, meaning]) FROM bank_line),
        'months', (SELECT count(*) FROM closed_period),
        'cards', (SELECT json_object_agg(id, ARRAY[state, refunded_pence::text, refund_due_pence::text])
                    FROM card_payment),
        'disputed', (SELECT json_object_agg(id, status) FROM card_dispute),
        'entries', (SELECT count(*) FROM entry))::jsonb::text
"""
# All that is to be paid; and what was given up late on a date that is not over, which is on no page yet.
_OWED = """
    SELECT (SELECT coalesce(sum(balance_pence), 0)::bigint FROM account WHERE kind = 'payable') AS payable,
           (SELECT coalesce(sum(t.charge_pence), 0)::bigint FROM attendance t JOIN booking b ON b.id = t.booking_id
             WHERE t.outcome = 'late_cancelled' AND NOT t.disputed AND b.payment = 'invoice' AND b.ends_at > $1)
               AS later
"""
_CLOSED = "SELECT organisation_id, month, journals, figures::text AS figures FROM closed_period"


async def what_is_wrong() -> list[tuple[str, str]]:
    """Everything that must not be, by name with the row; nothing when all is well."""
    wrong = [(row["what"], row["which"]) for row in await db.fetch_all(_WRONG)]
    for row in await db.fetch_all(_CLOSED):
        now = await figures_of(row["organisation_id"], row["month"])
        same = await db.fetch_value("SELECT $1::jsonb = $2::jsonb", now["figures"], row["figures"])
        if not same or now["journals"] != row["journals"]:
            wrong.append(("a closed month moved", str(row["month"])))
    return wrong


async def as_it_is() -> str:
    """Visits, invoices, credits, payments, the bank and the entries as they are."""
    return str(await db.fetch_value(_STATE))


async def what_is_shown_wrong(sellers: Sequence[Actor], payers: Sequence[Actor]) -> list[str]:
    """The figures at the top of both sides' pages against each other and against the books."""
    sold = [await tallies(actor) for actor in sellers]
    bought = [await tallies(actor) for actor in payers]
    months = [await takings(actor) for actor in sellers]
    books = await db.fetch_one(
        _OWED,
        clock.now(),
    )
    assert books is not None
    wrong = []
    for sells, pays in (
        (Show.BILLED, Show.TO_PAY),
        (Show.QUERIED, Show.TO_CHECK),
        (Show.RECEIVED, Show.PAID),
    ):
        if _sum(sold, sells) != _sum(bought, pays):
            wrong.append(f"{sells}: {_sum(sold, sells)} is not {pays}: {_sum(bought, pays)}")
    disputed = sum(month.disputed for each in months for month in each)
    owed = sum(_sum(sold, show) for show in (Show.TO_BE_BILLED, Show.BILLED, Show.QUERIED)) + disputed
    if owed + books["later"] != books["payable"]:
        wrong.append(f"{owed} shown and {books['later']} later, not {books['payable']} in the books")
    for tiles, each in zip(sold, months, strict=True):
        told = [
            sum(getattr(month, name) for month in each) for name in ("to_bill", "billed", "queried", "paid")
        ]
        shown = [
            tiles[show].total.pence for show in (Show.TO_BE_BILLED, Show.BILLED, Show.QUERIED, Show.RECEIVED)
        ]
        if told != shown:
            wrong.append(f"by month {told}, at the top {shown}")
    return wrong


def _sum(tiles: Sequence[dict[Show, Tally]], show: Show) -> int:
    return sum(each[show].total.pence for each in tiles)
