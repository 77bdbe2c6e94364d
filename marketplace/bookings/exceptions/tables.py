"""What a council was asked to allow once, and what it decided."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person
from providers.tables import ActivitySession

RESTRICT = OnDelete.restrict


class InHouseException(Table, tablename="in_house_exception"):
    """One session of a council's own service for one person, from one fund, at one price.

    Who asks never decides. What is approved is one booking, whose price comes off the next payment into the fund.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    council_id = UUID(default=None)
    route = Varchar(length=20, default=None)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    service_on = Date(default=None)
    price_pence = BigInt(default=None)
    state = Varchar(length=20, default="asked")
    why = Text(default=None)
    asked_by = UUID(default=None)
    asked_at = Timestamptz(default=TimestamptzNow())
    because = Text(default="")
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
