"""Financial assessments, support without charge, what is asked for and paid, and the person's own money on top.

All but the end of an exempt support is insert only: mistakes are corrected by a later version or by an opposite.
"""

from piccolo.columns import JSONB, UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person
from marketplace.identity.tables import Council

RESTRICT = OnDelete.restrict


class FinancialAssessment(Table, tablename="financial_assessment"):
    """What somebody can pay a week, from a day on, with the figures and the council's values it was made with.

    `weekly_pence` is null where the whole cost is theirs. The latest start counts; of one day, the latest version.
    `key` names the form that was sent, so that sending it twice makes one.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    version = Integer(default=1)
    starts_on = Date(default=None)
    figures = JSONB(default="{}")
    parameters = JSONB(default="{}")
    weekly_pence = BigInt(default=None, null=True)
    because = Text(default="")
    key = UUID(unique=True, default=None)
    assessed_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ExemptSupport(Table, tablename="exempt_support"):
    """Support that is never charged for (`rules.md` 7). Half-open dates; `ends_on` is null while it goes on.

    `free_days` is null where no clock runs. `weekly_pence` is what it costs of the budget a week; null means that it is
    all of the support. `price_pence` is for an aid or a small change at home.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    what = Text(default="")
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    free_days = Integer(default=None, null=True)
    weekly_pence = BigInt(default=None, null=True)
    price_pence = BigInt(default=None, null=True)
    recorded_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ContributionCharge(Table, tablename="contribution_charge"):
    """What is asked for some weeks (`kind` charge), or a change of it (correction, waived) with the same first day.

    Half-open dates. `parts` says how the amount came about. A charge is `sequence` 0; changes count up from 1.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    reference = Varchar(length=12, unique=True, default=None)
    kind = Varchar(length=12, default="charge")
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    sequence = Integer(default=0)
    amount_pence = BigInt(default=None)
    collection = Varchar(length=10, default="net")
    parts = JSONB(default="[]")
    because = Text(default="")
    issued_on = Date(default=None)
    due_on = Date(default=None)
    made_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ContributionPayment(Table, tablename="contribution_payment"):
    """Money that a person paid towards their support; below zero where one is taken back (`reverses_id`)."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
    received_on = Date(default=None)
    collection = Varchar(length=10, default="net")
    note = Text(default="")
    key = UUID(unique=True, default=None)
    reverses_id = UUID(unique=True, default=None, null=True)
    recorded_by = UUID(default=None, null=True)
    recorded_at = Timestamptz(default=TimestamptzNow())


class TopUp(Table, tablename="top_up"):
    """The person's own money on top of a fund; below zero where it goes back to them. Its journal has the same id."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
    paid_on = Date(default=None)
    note = Text(default="")
    key = UUID(unique=True, default=None)
    recorded_by = UUID(default=None, null=True)
    recorded_at = Timestamptz(default=TimestamptzNow())
