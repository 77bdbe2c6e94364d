"""Who goes to what, on which money, and what came of it."""

from piccolo.columns import UUID, BigInt, Boolean, Date, ForeignKey, Integer, Text, Time, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person
from providers.tables import Activity, ActivitySession, Provider

RESTRICT = OnDelete.restrict


class Idea(Table, tablename="idea"):
    """A session wished for in a person's week; costs nothing until it is booked."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=TimestamptzNow())


class Series(Table, tablename="series"):
    """Dates of one activity that were booked together from one fund. Each date is a booking of its own."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    every_weeks = Integer(default=None, null=True)
    state = Varchar(length=20, default="running")
    made_by = UUID(default=None)
    made_at = Timestamptz(default=TimestamptzNow())


class SeriesLeftOut(Table, tablename="series_left_out"):
    """A date that was asked for with a series and could not be booked, with the reason that was told."""

    id = UUID(primary_key=True, default=UUID4())
    series_id = ForeignKey(Series, null=False, default=None, on_delete=RESTRICT)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    code = Varchar(length=40, default=None)
    words = Text(default=None)


class SupportGroup(Table, tablename="support_group"):
    """People who share one worker on one session: the worker's price is frozen and divided over the seats (row B6)."""

    id = UUID(primary_key=True, default=UUID4())
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    ratio = Varchar(length=10, default=None)
    number = Integer(default=None)
    seats = Integer(default=None)
    worker_pence = BigInt(default=None)
    made_at = Timestamptz(default=TimestamptzNow())


class Booking(Table, tablename="booking"):
    """A place for one person on one activity session, with price and terms frozen (`rules.md` 13).

    `price_pence` is all that the fund holds: support and, within it, `transport_pence`. Whoever shares a worker
    has a `seat` in a group, with that seat's share. `council_id`, `route` and `owner_council_id` are copies
    kept true by foreign keys, so that the database itself can refuse a personalised budget that would pay its
    own council; `exception_id` is the one-off exception of the council by which it is not paid but netted.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    council_id = UUID(default=None)
    route = Varchar(length=20, default=None)
    owner_council_id = UUID(default=None)
    state = Varchar(length=20, default=None)
    payment = Varchar(length=20, default="invoice")
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    service_on = Date(default=None)
    price_pence = BigInt(default=None)
    vat_category = Varchar(length=20, default=None)
    vat_rate_basis_points = Integer(default=None)
    notice_hours = Integer(default=None)
    charge_percent = Integer(default=None)
    refill_waives_charge = Boolean(default=None)
    series_id = ForeignKey(Series, null=True, default=None, on_delete=RESTRICT)
    exception_id = UUID(default=None, null=True)
    ratio = Varchar(length=10, default="group")
    transport_pence = BigInt(default=0)
    transport_vat_category = Varchar(length=20, default=None, null=True)
    transport_vat_rate_basis_points = Integer(default=None, null=True)
    support_group_id = ForeignKey(SupportGroup, null=True, default=None, on_delete=RESTRICT)
    seat = Integer(default=None, null=True)
    booked_by = UUID(default=None, null=True)
    booked_at = Timestamptz(default=TimestamptzNow())
    held_until = Timestamptz(default=None, null=True)
    cancelled_at = Timestamptz(default=None, null=True)
    cancelled_because = Varchar(length=40, default="")
    cancelled_words = Text(default="")


class Attendance(Table, tablename="attendance"):
    """What came of a booking and what is owed for it; one row each, so it is claimed once (`rules.md` 22).

    `arrived_at` and `left_at` are London wall times. While it is `disputed` it is not billed.
    """

    id = UUID(primary_key=True, default=UUID4())
    booking_id = ForeignKey(Booking, null=False, unique=True, default=None, on_delete=RESTRICT)
    outcome = Varchar(length=20, default=None)
    charge_pence = BigInt(default=None)
    note = Text(default="")
    arrived_at = Time(default=None, null=True)
    left_at = Time(default=None, null=True)
    disputed = Boolean(default=False)
    recorded_by = UUID(default=None, null=True)
    recorded_at = Timestamptz(default=TimestamptzNow())
