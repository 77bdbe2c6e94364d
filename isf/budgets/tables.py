"""What is typed before a budget changes, and what a person reports about their life."""

from piccolo.columns import JSONB, UUID, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person, PersonalBudget
from marketplace.identity.tables import AppUser

RESTRICT = OnDelete.restrict


class ChangeAnswers(Table, tablename="change_answers"):
    """The answers of somebody who is changing a budget, page by page, until it is done.

    Its id is the change's: sent twice, it changes the budget once. `seen` is the fingerprint of the budget that the
    answers were made on.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=True, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    answers = JSONB(default="{}")
    seen = Varchar(length=64, default="")
    started_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    started_at = Timestamptz(default=TimestamptzNow())
    done_at = Timestamptz(default=None, null=True)
    budget_id = ForeignKey(PersonalBudget, null=True, default=None, on_delete=RESTRICT)


class ReportedChange(Table, tablename="reported_change"):
    """A change in a person's life, told by them or by somebody for them, until the council has answered (row W2)."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    what = Text(default=None)
    since = Date(default=None, null=True)
    meaning = Text(default="")
    state = Varchar(length=20, default="reported")
    reported_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    reported_at = Timestamptz(default=TimestamptzNow())
    opened_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    opened_at = Timestamptz(default=None, null=True)
    answer = Text(default="")
    answered_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    answered_at = Timestamptz(default=None, null=True)
    budget_id = ForeignKey(PersonalBudget, null=True, default=None, on_delete=RESTRICT)
    read_at = Timestamptz(default=None, null=True)
