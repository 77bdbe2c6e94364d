"""When and why a person's support ended, and what their funds still owe beside bookings."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person

RESTRICT = OnDelete.restrict


class PersonEnd(Table, tablename="person_end"):
    """A person died, or moved away. `last_on` is the day of it, the last one that belongs to their support."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, unique=True, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    last_on = Date(default=None)
    because = Text(default="")
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())


class FundLiability(Table, tablename="fund_liability"):
    """Wages, notice or another bill that a fund which ends still owes: held aside in its books until it is paid."""

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    words = Varchar(length=200, default=None)
    evidence = Text(default=None)
    amount_pence = BigInt(default=None)
    state = Varchar(length=10, default="open")
    entered_by = UUID(default=None)
    entered_at = Timestamptz(default=TimestamptzNow())
    settled_by = UUID(default=None, null=True)
    settled_on = Date(default=None, null=True)
    settled_words = Text(default="")
