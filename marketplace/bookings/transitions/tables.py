"""A person's move off an in-house service, and the consultation with them that comes before it."""

from piccolo.columns import UUID, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class InHouseTransition(Table, tablename="in_house_transition"):
    """One person and one in-house provider: from the thought of a move to the move, or to staying."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="started")
    because = Text(default=None)
    started_by = UUID(default=None)
    started_at = Timestamptz(default=TimestamptzNow())
    move_from = Date(default=None, null=True)
    plan = Text(default="")
    closed_at = Timestamptz(default=None, null=True)
    closed_by = UUID(default=None, null=True)
    closing_words = Text(default="")


class Consultation(Table, tablename="consultation"):
    """The talk with the person about a move, as it was; never changed. `held_by_role` is one of two professions."""

    id = UUID(primary_key=True, default=UUID4())
    transition_id = ForeignKey(InHouseTransition, null=False, unique=True, default=None, on_delete=RESTRICT)
    held_by = Varchar(length=200, default=None)
    held_by_role = Varchar(length=40, default=None)
    held_on = Date(default=None)
    present = Text(default=None)
    persons_view = Text(default=None)
    accessible_how = Text(default=None)
    decided = Text(default=None)
    recorded_by = UUID(default=None)
    recorded_at = Timestamptz(default=TimestamptzNow())
