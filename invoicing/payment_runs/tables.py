"""Payments to sellers, the runs that they go in, and which lines each of them pays."""

from piccolo.columns import UUID, BigInt, Boolean, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from invoicing.bank_details.tables import BankDetailsVersion
from invoicing.credits.tables import CreditNote
from invoicing.tables import Invoice, InvoiceLine
from isf.tables import Fund
from marketplace.bookings.tables import Booking
from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class PaymentRun(Table, tablename="payment_run"):
    """Payments of one payer that go to its bank in one file. Who proposed it never approves it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    due_until = Date(default=None)
    pay_on = Date(default=None)
    details_id = ForeignKey(BankDetailsVersion, null=True, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="proposed")
    proposed_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    proposed_at = Timestamptz(default=TimestamptzNow())
    approved_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    approved_at = Timestamptz(default=None, null=True)
    sent_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    sent_at = Timestamptz(default=None, null=True)
    withdrawn_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    withdrawn_at = Timestamptz(default=None, null=True)
    because = Text(default="")


class Payment(Table, tablename="payment"):
    """What one payer pays one seller at once: by hand, or in a run.

    `reference` is the end-to-end id that the bank carries. `amount_pence` is what moves: the items (`gross_pence`) less
    what the seller owed back (`netted_pence`). `bank_reference` is what the payer typed for a payment by hand.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=14, unique=True, default=None)
    payment_run_id = ForeignKey(PaymentRun, null=True, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    payer_organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    payer_user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    details_id = ForeignKey(BankDetailsVersion, null=True, default=None, on_delete=RESTRICT)
    gross_pence = BigInt(default=None)
    netted_pence = BigInt(default=0)
    amount_pence = BigInt(default=None)
    state = Varchar(length=20, default="proposed")
    bank_reference = Varchar(length=100, default="")
    paid_on = Date(default=None, null=True)
    sent_at = Timestamptz(default=None, null=True)
    decided_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    decided_at = Timestamptz(default=None, null=True)
    because = Text(default="")
    returned_on = Date(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class PaymentItem(Table, tablename="payment_item"):
    """One invoice line in a payment, with the in-house facts of its booking, so that the database can refuse it.

    `live` while its payment may still be, or was, made: a line is in one live payment at the most.
    """

    id = UUID(primary_key=True, default=UUID4())
    payment_id = ForeignKey(Payment, null=False, default=None, on_delete=RESTRICT)
    invoice_id = ForeignKey(Invoice, null=False, default=None, on_delete=RESTRICT)
    invoice_line_id = ForeignKey(InvoiceLine, null=False, default=None, on_delete=RESTRICT)
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    council_id = UUID(default=None)
    route = Varchar(length=20, default=None)
    owner_council_id = UUID(default=None)
    amount_pence = BigInt(default=None)
    live = Boolean(default=True)


class PaymentCredit(Table, tablename="payment_credit"):
    """A part of a credit note that is taken off a payment: what a seller owed back is netted, never paid."""

    id = UUID(primary_key=True, default=UUID4())
    payment_id = ForeignKey(Payment, null=False, default=None, on_delete=RESTRICT)
    credit_note_id = ForeignKey(CreditNote, null=False, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
