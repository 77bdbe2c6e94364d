"""Months that a payer has closed, insert only."""

from piccolo.columns import JSONB, UUID, BigInt, Date, ForeignKey, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Organisation

RESTRICT = OnDelete.restrict


class ClosedPeriod(Table, tablename="closed_period"):
    """A month of the funds that an organisation holds. `figures` is what moved in each account, in pence, as closed."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    month = Date(default=None)
    journals = BigInt(default=None)
    figures = JSONB(default=None)
    closed_by = UUID(default=None, null=True)
    closed_at = Timestamptz(default=TimestamptzNow())
