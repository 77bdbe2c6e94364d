"""What payers ordered of which provider."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class PurchaseOrder(Table, tablename="purchase_order"):
    """A payer's order for half-open days, one at a time for each provider. No limit: whatever is delivered."""

    id = UUID(primary_key=True, default=UUID4())
    payer_organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    number = Varchar(length=60, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    limit_pence = BigInt(default=None, null=True)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())
