"""Proposals to raise a price, and what each council said."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Council
from providers.tables import Activity

RESTRICT = OnDelete.restrict


class PriceUplift(Table, tablename="price_uplift"):
    """A dearer rate of a ratio as it is proposed, with the rate (`was_…`) that it was compared with.

    `rate_starts_on` is the day on which it came into force: not before the last council approved it.
    """

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    ratio = Varchar(length=10, default=None)
    starts_on = Date(default=None)
    price_pence = BigInt(default=None)
    vat_category = Varchar(length=20, default=None)
    vat_rate_basis_points = Integer(default=None)
    unit = Varchar(length=10, default=None)
    minimum_pence = BigInt(default=None, null=True)
    split = Varchar(length=10, default=None)
    was_price_pence = BigInt(default=None)
    was_unit = Varchar(length=10, default=None)
    was_minimum_pence = BigInt(default=None, null=True)
    was_split = Varchar(length=10, default=None)
    reason = Text(default=None)
    state = Varchar(length=20, default=None)
    proposed_by = UUID(default=None, null=True)
    proposed_at = Timestamptz(default=TimestamptzNow())
    closed_by = UUID(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    rate_starts_on = Date(default=None, null=True)


class PriceUpliftDecision(Table, tablename="price_uplift_decision"):
    """What one council said, once, with what it was shown then: how many people, and pence more."""

    id = UUID(primary_key=True, default=UUID4())
    uplift_id = ForeignKey(PriceUplift, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    verdict = Varchar(length=10, default=None)
    words = Text(default="")
    people = Integer(default=None)
    weekly_pence = BigInt(default=None)
    until_end_pence = BigInt(default=None)
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=TimestamptzNow())
