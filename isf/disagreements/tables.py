"""What was said about an amount, what was answered, and who looked at it again."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person, PersonalBudget

RESTRICT = OnDelete.restrict


class Disagreement(Table, tablename="disagreement"):
    """Somebody says that the amount of a budget is not enough, in their words (row SP4)."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="raised")
    words = Text(default=None)
    enough_pence = BigInt(default=None, null=True)
    raised_by = UUID(default=None)
    raised_at = Timestamptz(default=TimestamptzNow())
    answer_due_on = Date(default=None)
    answer = Text(default="")
    outcome = Varchar(length=20, default="")
    answered_by = UUID(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    escalation = Text(default="")
    escalated_by = UUID(default=None, null=True)
    escalated_at = Timestamptz(default=None, null=True)
    decision = Text(default="")
    decided_by = UUID(default=None, null=True)
    decided_at = Timestamptz(default=None, null=True)
