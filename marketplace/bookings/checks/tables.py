"""What people say of what was recorded about them."""

from piccolo.columns import UUID, Boolean, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.bookings.tables import Booking


class AttendanceCheck(Table, tablename="attendance_check"):
    """One for each booking whose attendance was confirmed or disputed; without one it waits to be looked at.

    `confirmed_by` is null when it was confirmed by time. `billed_before`: it stood on an invoice when it was disputed.
    """

    id = UUID(primary_key=True, default=UUID4())
    booking_id = ForeignKey(Booking, null=False, unique=True, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=20, default=None)
    confirmed_by = UUID(default=None, null=True)
    confirmed_at = Timestamptz(default=None, null=True)
    words = Text(default="")
    disputed_by = UUID(default=None, null=True)
    disputed_at = Timestamptz(default=None, null=True)
    billed_before = Boolean(default=False)
    answer = Text(default="")
    answered_by = UUID(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
    settlement = Text(default="")
    settled_by = UUID(default=None, null=True)
    settled_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
