"""The queue: each booking that a suspension gave back, and what was done about it."""

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from marketplace.bookings.tables import Booking
from providers.suspensions.tables import Suspension

RESTRICT = OnDelete.restrict


class ReprovisionItem(Table, tablename="reprovision_item"):
    """A booking that a person lost through a suspension. `new_booking_id` is what they have instead."""

    id = UUID(primary_key=True, default=UUID4())
    suspension_id = ForeignKey(Suspension, null=False, default=None, on_delete=RESTRICT)
    booking_id = ForeignKey(Booking, null=False, unique=True, default=None, on_delete=RESTRICT)
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="open")
    new_booking_id = ForeignKey(Booking, null=True, default=None, on_delete=RESTRICT)
    opened_at = Timestamptz(default=TimestamptzNow())
    closed_at = Timestamptz(default=None, null=True)
    closed_by = UUID(default=None, null=True)
    words = Text(default="")
