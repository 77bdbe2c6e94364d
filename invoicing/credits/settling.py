"""Where the money of a credit goes: back to its fund at once where it was not paid, else when the provider's comes.

Of a line: what is open is gross - credited - paid + what came back. Every movement here keeps the ledger's *to be paid*
at exactly what is open. All of it belongs inside a unit of work that has locked the invoice.
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date
from typing import Final
from uuid import UUID

from isf.budgets.shortage import reverse_though_used
from isf.ledger import commands as ledger
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

Move = Callable[..., Awaitable[UUID | None]]

# The least of what is not paid of a line and what is credited and not back, less what was settled as unpaid before:
# that much is still `payable` in the fund and is owed to nobody. $1 invoice.
_NOT_OWED: Final = """
    SELECT l.id AS line_id,
           (least(l.gross_pence - line_paid_pence(l.id),
                  line_credited_pence(l.id) - line_credit_settled_pence(l.id, ARRAY['netted', 'received']))
             - line_credit_settled_pence(l.id, ARRAY['unpaid']))::bigint AS pence
      FROM invoice_line l WHERE l.invoice_id = $1
       AND EXISTS (SELECT 1 FROM credit_note_line c WHERE c.invoice_line_id = l.id)
     ORDER BY l.fund_id, l.id
"""

# Credits and what is not settled of each; the oldest first. The condition follows.
_UNSETTLED: Final = """
    SELECT c.id, c.invoice_line_id, c.booking_id, c.fund_id, c.service_on, n.number, n.because,
           (c.gross_pence - coalesce((SELECT sum(s.amount_pence) FROM credit_settlement s
                                       WHERE s.credit_note_line_id = c.id), 0))::bigint AS pence
      FROM credit_note_line c JOIN credit_note n ON n.id = c.credit_note_id
"""


async def settle_unpaid(who: audit.Who, invoice_id: UUID) -> None:
    """To be paid → left, for all that is credited of an invoice and not paid; call it whenever one of the two changes.

    So a payment that a bank returned turns what the provider owed into what is not owed to it.
    """
    for line in await db.fetch_all(_NOT_OWED, invoice_id):
        left = line["pence"]
        for each in await _unsettled("c.invoice_line_id = $1", line["line_id"]) if left > 0 else ():
            part = min(left, each["pence"])
            if part > 0:
                left -= part
                await _settle(who, each, "unpaid", Money(part), clock.today(), f"unpaid:{new_id()}")


async def settle_credit(
    who: audit.Who, credit_note_id: UUID, amount: Money, on: date, *, kind: str, reference: str
) -> Money:
    """Paid → left, up to `amount` of what a credit note is still owed, line by line; answers how much it was.

    `kind` is `received` (the provider paid it back) or `netted` (it was taken off a payment). `reference` names the
    payment: the same again moves nothing. The caller has locked the credit note's invoice (`lock_credit_note`).
    """
    if await db.fetch_value(
        "SELECT true FROM credit_settlement s JOIN credit_note_line c ON c.id = s.credit_note_line_id"
        " WHERE c.credit_note_id = $1 AND s.reference = $2 LIMIT 1",
        credit_note_id,
        reference,
    ):
        return Money(0)
    left = amount.pence
    for each in await _unsettled("c.credit_note_id = $1", credit_note_id):
        part = min(left, each["pence"])
        if part > 0:
            left -= part
            await _settle(who, each, kind, Money(part), on, reference)
    return amount - Money(left)


async def undo_netting(who: audit.Who, reference: str, *, undone_by: str, on: date, because: str) -> None:
    """A bank returned the payment off which credits were taken: they are owed again. Again changes nothing.

    It has happened, so it is never refused: what a fund has used meanwhile it lacks until the seller pays it back.
    """
    for row in await db.fetch_all(
        "SELECT s.credit_note_line_id, s.amount_pence, s.journal_id FROM credit_settlement s"
        "  JOIN credit_note_line c ON c.id = s.credit_note_line_id"
        " WHERE s.reference = $1 AND s.kind = 'netted' AND NOT EXISTS (SELECT 1 FROM credit_settlement u"
        "       WHERE u.credit_note_line_id = s.credit_note_line_id AND u.reference = $2) ORDER BY c.fund_id, c.id",
        reference,
        undone_by,
    ):
        journal = await reverse_though_used(who, row["journal_id"], because)
        await _write(
            who, row["credit_note_line_id"], "netted", -Money(row["amount_pence"]), on, undone_by, journal
        )


async def lock_credit_note(credit_note_id: UUID) -> db.Row | None:
    """The credit note's row with its invoice locked; None for an unknown one."""
    await db.execute(
        "SELECT 1 FROM invoice WHERE id = (SELECT invoice_id FROM credit_note WHERE id = $1) FOR NO KEY UPDATE",
        credit_note_id,
    )
    return await db.fetch_one("SELECT * FROM credit_note WHERE id = $1", credit_note_id)


async def _unsettled(where: str, subject_id: UUID) -> Iterable[db.Row]:
    return await db.fetch_all(f"{_UNSETTLED} WHERE {where} ORDER BY c.fund_id, n.issued_at, c.id", subject_id)


async def _settle(who: audit.Who, each: db.Row, kind: str, amount: Money, on: date, reference: str) -> None:
    move: Move = ledger.credit if kind == "unpaid" else ledger.pay_credit_back
    journal = await move(
        who,
        each["fund_id"],
        each["booking_id"],
        amount,
        each["service_on"],
        reference=f"credit:{each['id']}:{reference}"[:120],
        because=f"{each['number']}: {each['because']}",
    )
    await _write(who, each["id"], kind, amount, on, reference, journal)


async def _write(
    who: audit.Who, line_id: UUID, kind: str, amount: Money, on: date, reference: str, journal: UUID | None
) -> None:
    await db.execute(
        "INSERT INTO credit_settlement (id, credit_note_line_id, kind, amount_pence, settled_on, reference, journal_id,"
        " settled_by, settled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(),
        line_id,
        kind,
        amount.pence,
        on,
        reference,
        journal,
        who.user_id,
        clock.now(),
    )
