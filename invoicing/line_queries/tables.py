"""Queries of invoice lines, what is written to and fro, and the warnings that a payer was sent."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from invoicing.tables import Invoice, InvoiceLine
from marketplace.kernel.tables import StoredFile

RESTRICT = OnDelete.restrict


class LineQuery(Table, tablename="line_query"):
    """One query of a line. While it is open the line is owed and not payable; one open query for a line.

    `wanted_pence` is how much of the line, with its VAT, the payer asks to be credited; none when it only asks.
    """

    id = UUID(primary_key=True, default=UUID4())
    invoice_line_id = ForeignKey(InvoiceLine, null=False, default=None, on_delete=RESTRICT, index=True)
    state = Varchar(length=12, default="asked")
    asked_on = Date(default=None)
    asked_by = UUID(default=None, null=True)
    settled_on = Date(default=None, null=True)
    wanted_pence = BigInt(default=None, null=True)


class LineQueryMessage(Table, tablename="line_query_message"):
    """What one side wrote, insert only; `step` is what it did to the query."""

    id = UUID(primary_key=True, default=UUID4())
    query_id = ForeignKey(LineQuery, null=False, default=None, on_delete=RESTRICT, index=True)
    side = Varchar(length=10, default=None)
    step = Varchar(length=12, default=None)
    words = Text(default=None)
    file_id = ForeignKey(StoredFile, null=True, default=None, on_delete=RESTRICT)
    written_by = UUID(default=None, null=True)
    written_at = Timestamptz(default=TimestamptzNow())


class PaymentWarning(Table, tablename="payment_warning"):
    """That a payer was told once that an invoice is to be paid soon, or today."""

    id = UUID(primary_key=True, default=UUID4())
    invoice_id = ForeignKey(Invoice, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    warned_at = Timestamptz(default=TimestamptzNow())
