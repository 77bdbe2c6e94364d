"""A plan is written in versions; what the keys were turned on never changes afterwards.

The triggers beside the migrations hold: who wrote turns no key, four keys before a version is agreed, nothing changes
but a draft, and no fund is unlocked without a release.
"""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person, PersonalBudget
from marketplace.identity.tables import AppUser
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class PlanVersion(Table, tablename="plan_version"):
    """One version of a person's support plan, written for one budget.

    `allocated_pence` and the half-open dates are the budget's as the plan was written for it: a later budget may cut
    that one short. `based_on` is the version it was copied from.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    number = Integer(default=None)
    state = Varchar(length=20, default="draft")
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    based_on = UUID(default=None, null=True)
    allocated_pence = BigInt(default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    started_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    started_at = Timestamptz(default=TimestamptzNow())
    submitted_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    submitted_at = Timestamptz(default=None, null=True)
    agreed_at = Timestamptz(default=None, null=True)
    sent_back_because = Text(default="")


class PlanWords(Table, tablename="plan_words"):
    """One of the five texts of a version, in the person's words. `edit` counts its changes, so that none is lost."""

    id = UUID(primary_key=True, default=UUID4())
    version_id = ForeignKey(PlanVersion, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=30, default=None)
    words = Text(default="")
    edit = Integer(default=1)
    written_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    written_at = Timestamptz(default=TimestamptzNow())


class PlanItem(Table, tablename="plan_item"):
    """One thing that the person will do or have. `line_id` stays the same from version to version.

    `cost_pence` is for one time; it happens `times` in each `frequency`, in so many `weeks` or in all of the plan's.
    Without a category it stands for any activity, without a provider for anybody's.
    """

    id = UUID(primary_key=True, default=UUID4())
    version_id = ForeignKey(PlanVersion, null=False, default=None, on_delete=RESTRICT)
    line_id = UUID(default=UUID4())
    position = Integer(default=None)
    need_id = UUID(default=None, null=True)
    outcome_id = UUID(default=None, null=True)
    title = Varchar(length=200, default=None)
    what = Text(default="")
    category = Varchar(length=30, default=None, null=True)
    provider_id = ForeignKey(Provider, null=True, default=None, on_delete=RESTRICT)
    cost_pence = BigInt(default=0)
    times = Integer(default=1)
    frequency = Varchar(length=10, default=None)
    weeks = Integer(default=None, null=True)
    paid_from = Varchar(length=20, default=None)
    edit = Integer(default=1)


class PlanHelper(Table, tablename="plan_helper"):
    """Who helped with a version and how; a user where they sign in here."""

    id = UUID(primary_key=True, default=UUID4())
    version_id = ForeignKey(PlanVersion, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    name = Varchar(length=200, default=None)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    how = Text(default="")


class PlanAuthor(Table, tablename="plan_author"):
    """Who wrote any part of a version, or of one that it was copied from. They turn none of its keys."""

    id = UUID(primary_key=True, default=UUID4())
    version_id = ForeignKey(PlanVersion, null=False, default=None, on_delete=RESTRICT)
    user_id = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    since = Timestamptz(default=TimestamptzNow())


class ApprovalKey(Table, tablename="approval_key"):
    """A key that somebody turned. `fingerprint` is of what it covered; `carried_from` the key of the version before.

    A key falls (`fell_at`) when what it covers is changed before the plan is agreed.
    """

    id = UUID(primary_key=True, default=UUID4())
    version_id = ForeignKey(PlanVersion, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    turned_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    turned_at = Timestamptz(default=TimestamptzNow())
    because = Text(default="")
    fingerprint = Varchar(length=64, default=None)
    carried_from = UUID(default=None, null=True)
    fell_at = Timestamptz(default=None, null=True)


class FundRelease(Table, tablename="fund_release"):
    """The lock of a fund is opened: by an agreed plan, or for arranged support that could not wait."""

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT, unique=True)
    plan_version_id = ForeignKey(PlanVersion, null=True, default=None, on_delete=RESTRICT)
    urgent_support_id = UUID(default=None, null=True)
    released_by = UUID(default=None, null=True)
    released_at = Timestamptz(default=TimestamptzNow())
