"""What was credited, and where the money of it went. All of it is insert only (`rules.md` 23)."""

from piccolo.columns import JSONB, UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from invoicing.tables import Invoice, InvoiceLine
from isf.tables import Fund
from marketplace.bookings.tables import Booking
from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class CreditNote(Table, tablename="credit_note"):
    """An issued credit note of one invoice, with its parties. `document` holds the words and figures as issued."""

    id = UUID(primary_key=True, default=UUID4())
    number = Varchar(length=40, unique=True, default=None)
    invoice_id = ForeignKey(Invoice, null=False, default=None, on_delete=RESTRICT, index=True)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    payer_organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    payer_user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    issued_on = Date(default=None)
    net_pence = BigInt(default=None)
    vat_pence = BigInt(default=None)
    gross_pence = BigInt(default=None)
    because = Text(default=None)
    document = JSONB(default=None)
    issued_by = UUID(default=None, null=True)
    issued_at = Timestamptz(default=TimestamptzNow())


class CreditNoteLine(Table, tablename="credit_note_line"):
    """A line of an invoice, or a part of it, that is not owed. Amounts are above zero.

    It carries the in-house facts of its booking, as the invoice's line does; credited whole, also what
    was taken off its price.
    """

    id = UUID(primary_key=True, default=UUID4())
    credit_note_id = ForeignKey(CreditNote, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    invoice_line_id = ForeignKey(InvoiceLine, null=False, default=None, on_delete=RESTRICT, index=True)
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT, index=True)
    part = Varchar(length=20, default=None)
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
    allowance_net_pence = BigInt(default=0)
    allowance_gross_pence = BigInt(default=0)
    allowance_because = Text(default="")


class CreditSettlement(Table, tablename="credit_settlement"):
    """Money of a credit that reached its fund again, each with its journal.

    `unpaid`: it was not paid yet. `received`: the provider paid it back. `netted`: it was taken off a payment to the
    provider; below zero when a bank returned that payment. What is not settled is owed by the provider.
    """

    id = UUID(primary_key=True, default=UUID4())
    credit_note_line_id = ForeignKey(CreditNoteLine, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    amount_pence = BigInt(default=None)
    settled_on = Date(default=None)
    reference = Varchar(length=120, default=None)
    journal_id = UUID(default=None)
    settled_by = UUID(default=None, null=True)
    settled_at = Timestamptz(default=TimestamptzNow())


class BillAgain(Table, tablename="bill_again"):
    """An attendance whose lines were credited whole is corrected and billed anew; used up by the next line of it.

    `lines_before` is how many lines it had until then, `amount_pence` what its fund had got back and is to pay again.
    """

    id = UUID(primary_key=True, default=UUID4())
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    lines_before = Integer(default=None)
    amount_pence = BigInt(default=None)
    because = Text(default="")
    opened_by = UUID(default=None, null=True)
    opened_at = Timestamptz(default=TimestamptzNow())
