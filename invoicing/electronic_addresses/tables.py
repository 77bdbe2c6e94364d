"""What organisations said about where e-invoices reach them."""

from piccolo.columns import UUID, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import AppUser, Organisation

RESTRICT = OnDelete.restrict


class ElectronicAddress(Table, tablename="electronic_address"):
    """An address from a moment on; insert only. The last version counts; one without a scheme says: none any more."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    version = Integer(default=None)
    scheme = Varchar(length=4, default="")
    value = Varchar(length=50, default="")
    recorded_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    recorded_at = Timestamptz(default=TimestamptzNow())
