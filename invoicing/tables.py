"""What is claimed, billed and paid."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from invoicing.purchase_orders.tables import PurchaseOrder
from invoicing.runs.tables import BillingRun
from invoicing.self_billing.tables import SelfBillingAgreement
from isf.tables import Fund
from marketplace.bookings.tables import Booking
from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class Claim(Table, tablename="claim"):
    """The one right to be paid for a booking, by invoice or by card, for ever (`rules.md` 22)."""

    booking_id = UUID(primary_key=True, default=None)
    kind = Varchar(length=20, default=None)
    claimed_at = Timestamptz(default=TimestamptzNow())


class InvoiceSeries(Table, tablename="invoice_series"):
    """The letters that begin a provider's invoice numbers; given with its first invoice, then for ever."""

    provider_id = UUID(primary_key=True, default=None)
    prefix = Varchar(length=12, unique=True, default=None)


class Invoice(Table, tablename="invoice"):
    """An issued invoice: frozen (`rules.md` 23). Only its payment is added later.

    The payer is an organisation (ISF holder, council) or a user (direct payment holder). `document` holds the words
    and figures as issued, so that the page and the PDF never change with the records behind them. The 30 days
    to pay run from `received_on`: the day of issue, unless it came in another way.
    """

    id = UUID(primary_key=True, default=UUID4())
    number = Varchar(length=40, default=None)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    payer_organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    payer_user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    period_starts = Date(default=None)
    period_ends = Date(default=None)
    issued_on = Date(default=None)
    received_on = Date(default=None, null=True)
    due_on = Date(default=None)
    net_pence = BigInt(default=None)
    vat_pence = BigInt(default=None)
    gross_pence = BigInt(default=None)
    document = JSONB(default=None)
    state = Varchar(length=20, default="issued")
    paid_on = Date(default=None, null=True)
    payment_reference = Varchar(length=100, default="")
    issued_at = Timestamptz(default=TimestamptzNow())
    run_id = ForeignKey(BillingRun, null=True, default=None, on_delete=RESTRICT)
    purchase_order_id = ForeignKey(PurchaseOrder, null=True, default=None, on_delete=RESTRICT)
    self_billing_id = ForeignKey(SelfBillingAgreement, null=True, default=None, on_delete=RESTRICT)


class InvoiceLine(Table, tablename="invoice_line"):
    """An attendance on an invoice, or the journey to it.

    It carries the in-house facts of its booking, so that the database can refuse it. `replaces_id` is the line that
    was credited whole before this attendance was billed anew. The price is net and gross with the allowance added:
    what was taken off it, and why.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice_id = ForeignKey(Invoice, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    part = Varchar(length=20, default="support")
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    council_id = UUID(default=None)
    route = Varchar(length=20, default=None)
    owner_council_id = UUID(default=None)
    description = Text(default=None)
    service_on = Date(default=None)
    net_pence = BigInt(default=None)
    gross_pence = BigInt(default=None)
    vat_category = Varchar(length=20, default=None)
    vat_rate_basis_points = Integer(default=None)
    replaces_id = UUID(default=None, null=True)
    allowance_net_pence = BigInt(default=0)
    allowance_gross_pence = BigInt(default=0)
    allowance_because = Text(default="")


class CardPayment(Table, tablename="card_payment"):
    """One try to pay for a booking by card, as Stripe tells it.

    It carries the in-house facts of its booking, so that the database can refuse it. `fee_pence` is what this site
    keeps of it, fixed when it began.
    """

    id = UUID(primary_key=True, default=UUID4())
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    fund_id = UUID(default=None, null=True)
    council_id = UUID(default=None, null=True)
    route = Varchar(length=20, default=None, null=True)
    owner_council_id = UUID(default=None, null=True)
    checkout_id = Varchar(length=120, unique=True, default=None, null=True)
    checkout_url = Text(default="")
    payment_intent = Varchar(length=120, default=None, null=True)
    connected_account = Varchar(length=60, default=None, null=True)
    amount_pence = BigInt(default=None)
    fee_pence = BigInt(default=0)
    refund_due_pence = BigInt(default=0)
    refunded_pence = BigInt(default=0)
    refund_id = Varchar(length=120, default=None, null=True)
    state = Varchar(length=20, default="started")
    created_at = Timestamptz(default=TimestamptzNow())
    updated_at = Timestamptz(default=TimestamptzNow())


class StripeEvent(Table, tablename="stripe_event"):
    """A webhook that came: its id is kept unique, so that a replay changes nothing."""

    id = Varchar(length=120, primary_key=True, default=None)
    type = Varchar(length=80, default=None)
    account = Varchar(length=60, default=None, null=True)
    object_id = Varchar(length=120, default=None, null=True)
    received_at = Timestamptz(default=TimestamptzNow())
    handled = Boolean(default=False)
    detail = Text(default="")
