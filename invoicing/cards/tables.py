"""What went back to cards, and what payers' banks ask back."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from invoicing.tables import CardPayment

RESTRICT = OnDelete.restrict


class CardRefund(Table, tablename="card_refund"):
    """Money that was sent back: to the card that paid, by this site or at Stripe's page, or to the payer's bank.

    `way` is `card` or `transfer`: what a card's bank did not take, the seller may pay into the payer's account. Then
    `paid_on` and `bank_reference` are what it says of that. `journal_id` is the entry in the fund's books that stands
    for it now. A failed refund with one is money on which the fund counts and that the seller has: there was not enough
    left to take it back.
    """

    id = Varchar(length=120, primary_key=True, default=None)
    card_payment_id = ForeignKey(CardPayment, null=False, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
    state = Varchar(length=20, default=None)
    failure = Varchar(length=80, default="")
    journal_id = UUID(default=None, null=True)
    way = Varchar(length=8, default="card")
    paid_on = Date(default=None, null=True)
    bank_reference = Varchar(length=35, default="")
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class CardDispute(Table, tablename="card_dispute"):
    """The payer's bank asks the money of a card payment back. `lost_pence` is what went back to the payer by it."""

    id = Varchar(length=120, primary_key=True, default=None)
    card_payment_id = ForeignKey(CardPayment, null=False, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
    status = Varchar(length=30, default=None)
    reason = Varchar(length=80, default="")
    answer_by = Timestamptz(default=None, null=True)
    lost_pence = BigInt(default=0)
    journal_id = UUID(default=None, null=True)
    asked_at = Timestamptz(default=TimestamptzNow())
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())
