"""What was billed when, by whom, and how far it has come."""

from piccolo.columns import JSONB, UUID, BigInt, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from providers.tables import Provider


class BillingRun(Table, tablename="billing_run"):
    """A run over days (both included) of one provider, or of all; its payer and order narrow it.

    `…_expected` is what it found when it began, the rest what it has made. `left_out` says of whom nothing could be
    billed, and why. `asked_by` is null where the schedule asked.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    provider_id = ForeignKey(Provider, null=True, default=None, on_delete=OnDelete.restrict)
    payer_id = UUID(default=None, null=True)
    purchase_order_id = UUID(default=None, null=True)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    state = Varchar(length=20, default="running")
    asked_by = UUID(default=None, null=True)
    asked_for = UUID(default=None, null=True)
    lines_expected = Integer(default=None)
    invoices_made = Integer(default=0)
    lines_made = Integer(default=0)
    gross_pence = BigInt(default=0)
    left_out = JSONB(default="[]")
    started_at = Timestamptz(default=TimestamptzNow())
    moved_at = Timestamptz(default=TimestamptzNow())
    finished_at = Timestamptz(default=None, null=True)
