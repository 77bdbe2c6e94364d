"""Taking back what is owed for a place that was given up late (`rules.md` 14, 15)."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from isf.budgets.books import lock_books
from isf.ledger import commands as ledger
from isf.notices import Notice, ToPerson
from marketplace.bookings.news.commands import tell_people_of_change
from marketplace.bookings.rules import Payment
from marketplace.kernel import audit, db, formats
from marketplace.kernel.money import Money


class Because(StrEnum):
    """Why nothing is owed any more."""

    REFILLED = "refilled"
    DATE_CANCELLED = "date_cancelled"
    DATE_MOVED = "date_moved"
    PROVIDER_SUSPENDED = "provider_suspended"

    @property
    def words(self) -> str:
        """A sentence for the register and the person."""
        return {
            "refilled": "The place was taken by somebody else: nothing is charged.",
            "date_cancelled": "The provider cancelled the date: nothing is charged.",
            "date_moved": "The provider moved the date to where the place could not go: nothing is charged.",
            "provider_suspended": "Nothing can be booked with the provider at the moment: nothing is charged.",
        }[self.value]


# What an invoice has claimed is left to a credit note (`rules.md` 23).
_OWED = """
    SELECT b.id, b.activity_session_id, b.person_id, b.fund_id, b.price_pence, b.service_on, b.starts_at, b.ends_at,
           b.reference, b.payment, a.title, t.charge_pence
      FROM booking b JOIN attendance t ON t.booking_id = b.id
      JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
     WHERE b.activity_session_id = ANY ($1) AND t.outcome = 'late_cancelled' AND t.charge_pence > 0
       AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id AND c.kind = 'invoice')
     ORDER BY b.fund_id, b.id FOR NO KEY UPDATE OF b
"""


async def owed_late(session_ids: Sequence[UUID]) -> list[db.Row]:
    """What is owed, and not billed, for places given up late on these locked dates; funds in order."""
    return await db.fetch_all(_OWED, list(session_ids))


async def let_off(who: audit.Who, row: db.Row, because: Because) -> None:
    """Nothing is owed for this booking (`id`, `fund_id`, `price_pence`, `service_on`, `payment`, `charge_pence`).

    What a card paid goes back by `invoicing`, which looks for it. Joins the open unit of work. Raises Conflict when an
    invoice has claimed it.
    """
    await db.execute(
        "UPDATE attendance SET charge_pence = 0, note = $2 WHERE booking_id = $1", row["id"], because.words
    )
    fund_id, booking_id, on = row["fund_id"], row["id"], row["service_on"]
    match Payment(row["payment"]):
        case Payment.INVOICE:
            charge = Money(row["charge_pence"])
            await ledger.waive(who, fund_id, booking_id, charge, on, because=str(because))
        case Payment.NETTED:
            await ledger.undo_delivery(who, booking_id, str(because))
            await ledger.release(
                who, fund_id, booking_id, Money(row["price_pence"]), on, because=str(because)
            )
        case Payment.CARD:
            pass
    await audit.record(
        who, "booking.charge_waived", "booking", booking_id,
        before={"charge_pence": row["charge_pence"]}, after={"charge_pence": 0}, because=str(because),
    )  # fmt: skip


async def let_off_everybody(who: audit.Who, rows: Sequence[db.Row], because: Because) -> None:
    """The same for all of these, funds in one order; each person hears it once."""
    if not rows:
        return
    await lock_books(sorted({row["fund_id"] for row in rows}))
    theirs: dict[UUID, list[db.Row]] = {}
    for row in rows:
        await let_off(who, row, because)
        theirs.setdefault(row["person_id"], []).append(row)
    await tell_people_of_change([_told(person_id, those, because) for person_id, those in theirs.items()])


def _told(person_id: UUID, rows: Sequence[db.Row], because: Because) -> ToPerson:
    dates = " ".join(f"{row['title']}, {formats.when(row)}, booking {row['reference']}." for row in rows)
    charged = Money(sum(row["charge_pence"] for row in rows))
    words = f"You gave up a place late, and {charged} was to be charged. {because.words} {dates}"
    path = f"/bookings/{rows[0]['id']}" if len(rows) == 1 else f"/people/{person_id}/week"
    return ToPerson(person_id, Notice("Nothing is charged", words, path))
