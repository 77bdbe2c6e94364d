"""Support that the council arranged at once, until when and why."""

from piccolo.columns import UUID, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person, PersonalBudget

RESTRICT = OnDelete.restrict


class UrgentSupport(Table, tablename="urgent_support"):
    """Arranged support with an end and its own council-managed fund. Half-open dates; `ends_on` as it was arranged."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT, unique=True)
    state = Varchar(length=10, default="running")
    because = Text(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    arranged_by = UUID(default=None)
    arranged_at = Timestamptz(default=TimestamptzNow())
    ended_on = Date(default=None, null=True)
    ended_by = UUID(default=None, null=True)
    ended_because = Text(default="")
