"""People, what they may spend, and who looks after it."""

from piccolo.columns import UUID, BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import AppUser, Council, Organisation

RESTRICT = OnDelete.restrict


class Person(Table, tablename="person"):
    """Somebody whom a council supports. Their user, where they have one, signs in as themselves."""

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    reference = Varchar(length=12, unique=True, default=None)
    name = Varchar(length=200, default=None)
    preferred_name = Varchar(length=100, default="")
    born_on = Date(default=None, null=True)
    postcode = Varchar(length=10, default="")
    communication_needs = Text(default="")
    prefers_easy_read = Boolean(default=False)
    version = Integer(default=1)
    created_at = Timestamptz(default=TimestamptzNow())


class PersonalBudget(Table, tablename="personal_budget"):
    """What a person has for a period: the council's share and their own contribution (`rules.md` 5).

    Half-open dates. A later version ends the one before it. `collection` says how the contribution reaches the money.
    `kind` is `agreed`, one at a time, or `urgent`: arranged support beside it until the plan is agreed (row SP6).
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    version = Integer(default=1)
    kind = Varchar(length=10, default="agreed")
    council_share_pence = BigInt(default=None)
    contribution_pence = BigInt(default=None)
    collection = Varchar(length=10, default="net")
    because = Text(default="")
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Fund(Table, tablename="fund"):
    """The part of a budget that goes one route to one holder; the unit of ring-fencing and of locking.

    The holder is an organisation (ISF holder, council) or a user (direct payment). Half-open dates. A fund can outlive
    the budget that opened it: `amount_pence` is the sum of its shares in all versions.
    """

    id = UUID(primary_key=True, default=UUID4())
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    route = Varchar(length=20, default=None)
    holder_organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    holder_user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    amount_pence = BigInt(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    state = Varchar(length=20, default="open")
    created_at = Timestamptz(default=TimestamptzNow())


class FundShare(Table, tablename="fund_share"):
    """What one version of a budget gives to one fund. The shares of a budget are the budget, to the penny.

    Half-open dates inside the budget's. The weekly amounts are null where the share was set for the whole period.
    """

    id = UUID(primary_key=True, default=UUID4())
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    council_share_pence = BigInt(default=None)
    contribution_pence = BigInt(default=None)
    council_weekly_pence = BigInt(default=None, null=True)
    contribution_weekly_pence = BigInt(default=None, null=True)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    created_at = Timestamptz(default=TimestamptzNow())
