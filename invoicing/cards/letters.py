"""The letters to whoever paid by card: written in the transaction that they tell of."""

from uuid import UUID

from invoicing.cards.rules import RefundCause
from marketplace.kernel import db, formats, outbox
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings


async def _payer(booked_by: UUID | None) -> str:
    return await db.fetch_value("SELECT email FROM app_user WHERE id = $1", booked_by) or ""


def _what(row: db.Row) -> str:
    return f"{row['title']}, {formats.when(row)}, with {row['provider_name']}"


def _link(row: db.Row) -> str:
    return f"{settings().base_url}/bookings/{row['id']}\n"


async def receipt(row: db.Row, amount: Money) -> None:
    """You paid, and the place is yours. `row` is a booking as `booking_for_change` reads it, like below."""
    await outbox.enqueue_mail(
        await _payer(row["booked_by"]),
        f"Paid: {amount} for {row['reference']}",
        f"You paid {amount} by card for {_what(row)}. The place is booked.\n\n"
        f"The reference of the booking is {row['reference']}. See it, or cancel it: {_link(row)}",
    )


async def refund_to_come(row: db.Row, amount: Money, cause: RefundCause) -> None:
    """You paid, but there is no place: all of it goes back."""
    await outbox.enqueue_mail(
        await _payer(row["booked_by"]),
        f"{amount} goes back to your card: {row['reference']}",
        f"You paid {amount} by card for {_what(row)}. {cause.words} "
        f"All of it goes back to the card. You can book again.\n\n{_link(row)}",
    )


async def refunded(row: db.Row, amount: Money, kept: Money) -> None:
    """Money is on its way back to the card; `kept` is what stays with the provider under the terms."""
    rest = f" {kept} stays with the provider, as agreed when you booked." if kept else ""
    await outbox.enqueue_mail(
        await _payer(row["booked_by"]),
        f"{amount} is on its way back to your card: {row['reference']}",
        f"For {_what(row)}, {amount} goes back to the card that paid.{rest} "
        f"Banks take up to 10 days to show it.\n\n{_link(row)}",
    )
