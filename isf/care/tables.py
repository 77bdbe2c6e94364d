"""Who a person is to us beside their money: how to communicate, who is around them, what they need and want."""

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from marketplace.identity.tables import AppUser, Council

RESTRICT = OnDelete.restrict


class CommunicationNeed(Table, tablename="communication_need"):
    """One thing to know when telling a person something (Accessible Information Standard, `rules.md` 25).

    `shared` says that providers are told, with the day on which the person agreed. `ended_on` is the first day on which
    it is not needed any more.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    words = Text(default=None)
    identified = Varchar(length=20, default=None)
    shared = Boolean(default=False)
    consent_on = Date(default=None, null=True)
    met = Varchar(length=10, default="not_known")
    review_on = Date(default=None, null=True)
    ended_on = Date(default=None, null=True)
    version = Integer(default=1)
    recorded_by = UUID(default=None, null=True)
    recorded_at = Timestamptz(default=TimestamptzNow())


class CommunicationReview(Table, tablename="communication_review"):
    """What a communication need said before it was looked at again, and what was found; insert only."""

    id = UUID(primary_key=True, default=UUID4())
    need_id = ForeignKey(CommunicationNeed, null=False, default=None, on_delete=RESTRICT)
    words = Text(default=None)
    shared = Boolean(default=None)
    met = Varchar(length=10, default=None)
    still_needed = Boolean(default=None)
    note = Text(default="")
    reviewed_by = UUID(default=None, null=True)
    reviewed_on = Date(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class CircleMember(Table, tablename="circle_member"):
    """Somebody around a person: family, a friend, a carer. `ended_on` is the first day on which they are not."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    relationship = Varchar(length=100, default="")
    phone = Varchar(length=40, default="")
    email = Varchar(length=320, default="")
    lives_with = Boolean(default=False)
    next_of_kin = Boolean(default=False)
    emergency_contact = Boolean(default=False)
    may_be_told = Boolean(default=False)
    note = Text(default="")
    ended_on = Date(default=None, null=True)
    version = Integer(default=1)
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Carer(Table, tablename="carer"):
    """Somebody who looks after a person without pay: a person in their own right, with a record of their own."""

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    reference = Varchar(length=12, unique=True, default=None)
    name = Varchar(length=200, default=None)
    phone = Varchar(length=40, default="")
    email = Varchar(length=320, default="")
    communication_needs = Text(default="")
    matters = Text(default="")
    version = Integer(default=1)
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class CarerLink(Table, tablename="carer_link"):
    """That a carer looks after a person; half-open dates."""

    id = UUID(primary_key=True, default=UUID4())
    carer_id = ForeignKey(Carer, null=False, default=None, on_delete=RESTRICT)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    relationship = Varchar(length=100, default="")
    does = Text(default="")
    starts_on = Date(default=None)
    ended_on = Date(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Assessment(Table, tablename="assessment"):
    """A dated look at what a person needs, by somebody by name."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    assessed_on = Date(default=None)
    assessor = Varchar(length=200, default=None)
    summary = Text(default="")
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class CarerAssessment(Table, tablename="carer_assessment"):
    """A dated look at what a carer needs; joint when it was made together with a person's assessment."""

    id = UUID(primary_key=True, default=UUID4())
    carer_id = ForeignKey(Carer, null=False, default=None, on_delete=RESTRICT)
    assessment_id = ForeignKey(Assessment, null=True, default=None, on_delete=RESTRICT)
    assessed_on = Date(default=None)
    assessor = Varchar(length=200, default=None)
    matters = Text(default="")
    eligible = Boolean(default=None)
    outcome = Text(default="")
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Need(Table, tablename="need"):
    """Something a person needs help with, as an assessment found it; `ended_on` is the first day without."""

    id = UUID(primary_key=True, default=UUID4())
    assessment_id = ForeignKey(Assessment, null=False, default=None, on_delete=RESTRICT)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    area = Varchar(length=30, default=None)
    title = Varchar(length=200, default=None)
    detail = Text(default="")
    eligible = Boolean(default=None)
    ended_on = Date(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Outcome(Table, tablename="outcome"):
    """What a person wants to be able to do, in their own words, and the need it answers, if any."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    need_id = ForeignKey(Need, null=True, default=None, on_delete=RESTRICT)
    words = Text(default=None)
    ended_on = Date(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class CallRequest(Table, tablename="call_request"):
    """Somebody without a budget who wishes to be called: the only trace they leave (row F8).

    Who they are is taken out when the entry is closed; when it came, and what was done, stays to be counted.
    """

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default="")
    contact = Varchar(length=320, default="")
    how = Text(default="")
    words = Text(default="")
    result = Varchar(length=30, default="")
    closed_by = UUID(default=None, null=True)
    closed_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
