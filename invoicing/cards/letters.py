"""The letters to whoever paid by card: written in the transaction that they tell of."""

from datetime import date
from uuid import UUID

from invoicing.cards.rules import RefundCause
from invoicing.stripe_values import Dispute, DisputeStatus
from isf.endings.letters import mail_to_the_living
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
    await mail_to_the_living(
        await _payer(row["booked_by"]),
        f"Paid: {amount} for {row['reference']}",
        f"You paid {amount} by card for {_what(row)}. The place is booked.\n\n"
        f"The reference of the booking is {row['reference']}. See it, or cancel it: {_link(row)}",
    )


async def refund_to_come(row: db.Row, amount: Money, cause: RefundCause) -> None:
    """You paid, but there is no place: all of it goes back."""
    await mail_to_the_living(
        await _payer(row["booked_by"]),
        f"{amount} goes back to your card: {row['reference']}",
        f"You paid {amount} by card for {_what(row)}. {cause.words} "
        f"All of it goes back to the card. You can book again.\n\n{_link(row)}",
    )


async def refunded(row: db.Row, amount: Money, kept: Money) -> None:
    """Money is on its way back to the card; `kept` is what stays with the provider under the terms."""
    rest = f" {kept} stays with the provider, as agreed when you booked." if kept else ""
    await mail_to_the_living(
        await _payer(row["booked_by"]),
        f"{amount} is on its way back to your card: {row['reference']}",
        f"For {_what(row)}, {amount} goes back to the card that paid.{rest} "
        f"Banks take up to 10 days to show it.\n\n{_link(row)}",
    )


async def refund_failed(row: db.Row, amount: Money) -> None:
    """The card's bank did not take a refund: told to the payer, and to the seller, who has the money and owes it."""
    await mail_to_the_living(
        await _payer(row["booked_by"]),
        f"{amount} could not go back to your card: {row['reference']}",
        f"For {_what(row)}, {amount} was to go back to the card that paid, but the card’s bank did not take it. "
        f"The money is with {row['provider_name']}, who still owes it and has been told.\n\n{_link(row)}",
    )
    await outbox.enqueue_mail(
        row["provider_email"],
        f"A refund of {amount} came back to you: {row['reference']}",
        f"The refund of {amount} for {_what(row)} was not taken by the card’s bank. The money is in your account at "
        "Stripe, and you still owe it. You can send it again, or pay it into the payer’s bank account: "
        f"{settings().base_url}/provider/money/cards\n",
    )


async def paid_back_by_transfer(row: db.Row, amount: Money, paid_on: date, reference: str) -> None:
    """The seller says that it paid a failed refund into the payer's bank account: told to the payer, who can look."""
    await mail_to_the_living(
        await _payer(row["booked_by"]),
        f"{amount} was paid to your bank account: {row['reference']}",
        f"{row['provider_name']} says that it paid {amount} into your bank account on {formats.full_date(paid_on)}, "
        f"because the card’s bank did not take it. It is for {_what(row)}. On your bank statement it says: {reference}"
        "\n\nIf it is not there, ask the provider, and tell your council when that does not help."
        f"\n\n{_link(row)}",
    )


_DISPUTED = {
    DisputeStatus.WON: "The bank has decided for you: the money stays with you.",
    DisputeStatus.LOST: "The bank has decided for the payer: the money is with them. No invoice can be sent for it.",
    DisputeStatus.WARNING_CLOSED: "The bank has closed its question. Nothing was taken.",
    DisputeStatus.PREVENTED: "It was settled before it began.",
}


async def disputed(row: db.Row, dispute: Dispute) -> None:
    """The payer's bank asks the money back, or has decided: told to the seller, who answers at Stripe."""
    asked = f"The payer’s bank asks {dispute.amount} back that was paid by card for {_what(row)}."
    by = f" until {formats.full_date(dispute.answer_by)}" if dispute.answer_by else ""
    words = _DISPUTED.get(
        dispute.status, f"You can answer{by}, with what shows that it was owed, on Stripe’s own pages."
    )
    await outbox.enqueue_mail(
        row["provider_email"],
        f"A card payment is disputed: {row['reference']}",
        f"{asked} {words}\n\nSee it: {settings().base_url}/provider/money/cards\n",
    )
