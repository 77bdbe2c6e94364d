"""Who among a person's family sells support, and what the council said to that."""

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.care.tables import CircleMember
from isf.tables import Person
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class CloseRelative(Table, tablename="close_relative"):
    """A relative of a person who is a seller, or runs one. Half-open dates; never changed, only ended."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    circle_member_id = ForeignKey(CircleMember, null=True, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    kind = Varchar(length=30, default=None)
    same_household = Boolean(default=None)
    evidence = Text(default="")
    starts_on = Date(default=None)
    ended_on = Date(default=None, null=True)
    ended_because = Text(default="")
    ended_by = UUID(default=None, null=True)
    declared_by = UUID(default=None)
    declared_as = Varchar(length=10, default=None)
    declared_at = Timestamptz(default=TimestamptzNow())


class RelativeDecision(Table, tablename="relative_decision"):
    """What the council decided about one relative, for which days (half-open); insert only, the latest counts."""

    id = UUID(primary_key=True, default=UUID4())
    relative_id = ForeignKey(CloseRelative, null=False, default=None, on_delete=RESTRICT)
    number = Integer(default=None)
    agreed = Boolean(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    because = Text(default=None)
    decided_by = UUID(default=None)
    decided_at = Timestamptz(default=TimestamptzNow())
