"""Why something outside the plan is booked, and what the care manager said to it."""

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from providers.tables import ActivitySession

RESTRICT = OnDelete.restrict


class OutsidePlan(Table, tablename="outside_plan"):
    """The reason for booking one session that the plan does not hold; said before the booking, kept with it."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    because = Text(default=None)
    said_by = UUID(default=None)
    said_at = Timestamptz(default=TimestamptzNow())
    seen_by = UUID(default=None, null=True)
    seen_at = Timestamptz(default=None, null=True)
    answer = Text(default="")
