"""When a person's support rests, and what that does to their contribution."""

from piccolo.columns import UUID, Array, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person

RESTRICT = OnDelete.restrict


class Pause(Table, tablename="pause"):
    """Half-open days, open-ended without an end. `activity_ids` are those that rest; none: everything does.

    `keep` asks for places to be kept where that is agreed; `agreed_percent` of the price for `agreed_weeks` is what was
    agreed for this pause alone. `contribution_stops_on` is the first day on which nothing is asked, by the council's
    rule of the day on which it was made; none: it goes on.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    activity_ids = Array(base_column=UUID(), default=list)
    keep = Boolean(default=False)
    agreed_percent = Integer(default=None, null=True)
    agreed_weeks = Integer(default=None, null=True)
    agreed_with = Text(default="")
    because = Text(default="")
    contribution_stops_on = Date(default=None, null=True)
    made_by = UUID(default=None)
    made_at = Timestamptz(default=TimestamptzNow())
