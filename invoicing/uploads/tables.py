"""A provider's own invoice as it came, and what became of each of its lines."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from invoicing.tables import Invoice
from marketplace.bookings.tables import Booking
from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class ReceivedInvoice(Table, tablename="received_invoice"):
    """An invoice that its supplier wrote elsewhere. `original` is the file as it came, when it was UBL.

    `invoice_id` is what was taken of it into our books; `file_id` the PDF whose lines were typed in.
    """

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    payer_organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    payer_user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    number = Varchar(length=40, default=None)
    issued_on = Date(default=None)
    due_pence = BigInt(default=None)
    original = Text(default=None, null=True)
    file_id = UUID(default=None, null=True)
    state = Varchar(length=20, default="draft")
    entered_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    entered_at = Timestamptz(default=TimestamptzNow())
    sent_at = Timestamptz(default=None, null=True)
    invoice_id = ForeignKey(Invoice, null=True, default=None, on_delete=RESTRICT)


class ReceivedLine(Table, tablename="received_line"):
    """One line as the supplier states it, gross; `stated` while the invoice is a draft.

    A queried line that its supplier corrected stays as it was, and another says what is right: `corrects_id`. What is
    taken by that is on an invoice of its own, `invoice_id`.
    """

    id = UUID(primary_key=True, default=UUID4())
    received_id = ForeignKey(ReceivedInvoice, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    booking_reference = Varchar(length=20, default=None, null=True)
    service_on = Date(default=None, null=True)
    description = Text(default="")
    asked_pence = BigInt(default=None)
    vat_code = Varchar(length=2, default=None, null=True)
    vat_rate_basis_points = Integer(default=None, null=True)
    state = Varchar(length=20, default="stated")
    booking_id = ForeignKey(Booking, null=True, default=None, on_delete=RESTRICT)
    owed_pence = BigInt(default=None, null=True)
    because = Text(default="")
    corrects_id = UUID(default=None, null=True)
    invoice_id = ForeignKey(Invoice, null=True, default=None, on_delete=RESTRICT)
