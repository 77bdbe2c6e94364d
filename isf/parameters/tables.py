"""A council's figures by date: each is a row that stays; a later start replaces it from that day."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Council


class CouncilParameter(Table, tablename="council_parameter"):
    """One figure of one council from a day on, in the unit of its parameter (`isf.parameters.rules`)."""

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=OnDelete.restrict)
    name = Varchar(length=60, default=None)
    starts_on = Date(default=None)
    value = BigInt(default=None)
    note = Text(default="")
    set_by = UUID(default=None, null=True)
    set_at = Timestamptz(default=TimestamptzNow())
