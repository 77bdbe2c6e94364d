"""Statements, insert only: a wrong one is corrected by what the next one tells (`rules.md` 23)."""

from piccolo.columns import JSONB, UUID, BigInt, Date, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund

RESTRICT = OnDelete.restrict


class Statement(Table, tablename="statement"):
    """One statement of a fund, frozen. It tells what is dated before `tells_until` and was posted up to
    `last_sequence`, less what the statement before it told. The pence columns are the document's own, for lists."""

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default="monthly")
    month = Date(default=None)
    number = Integer(default=None)
    tells_until = Date(default=None)
    last_sequence = BigInt(default=None)
    opening_left_pence = BigInt(default=None)
    left_pence = BigInt(default=None)
    booked_pence = BigInt(default=None)
    used_pence = BigInt(default=None)
    ahead_pence = BigInt(default=None)
    document = JSONB(default=None)
    sha256 = Varchar(length=64, default=None)
    made_by = UUID(default=None, null=True)
    made_at = Timestamptz(default=TimestamptzNow())
