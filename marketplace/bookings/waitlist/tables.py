"""Who waits for a place, and to whom one is offered."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, Person
from marketplace.bookings.tables import Booking
from providers.tables import ActivitySession

RESTRICT = OnDelete.restrict


class WaitlistEntry(Table, tablename="waitlist_entry"):
    """One person in the line of one session, with the money that they mean to use.

    While it is `offered`, a place of the session is kept for it until `expires_at`: a trigger counts those in
    `activity_session.places_offered`, so the two can never differ.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    activity_session_id = ForeignKey(ActivitySession, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="waiting")
    joined_by = UUID(default=None)
    joined_at = Timestamptz(default=TimestamptzNow())
    offered_at = Timestamptz(default=None, null=True)
    expires_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(default=None, null=True)
    ended_because = Varchar(length=40, default="")
    booking_id = ForeignKey(Booking, null=True, default=None, on_delete=RESTRICT)
