"""What keeping a place costs, and what became of each booking in a pause."""

from piccolo.columns import UUID, BigInt, Boolean, ForeignKey, Integer, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.pauses.tables import Pause
from marketplace.bookings.tables import Booking
from providers.tables import Activity

RESTRICT = OnDelete.restrict


class RetainerTerm(Table, tablename="retainer_term"):
    """The provider's own term: this share of the price keeps a place during a pause, for so many weeks at most."""

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, unique=True, default=None, on_delete=RESTRICT)
    percent = Integer(default=None)
    weeks = Integer(default=None)
    set_by = UUID(default=None, null=True)
    set_at = Timestamptz(default=TimestamptzNow())


class PausePlace(Table, tablename="pause_place"):
    """A booking inside a pause: kept for a share of its price, or given back; what it costs as it was shown, frozen."""

    id = UUID(primary_key=True, default=UUID4())
    pause_id = ForeignKey(Pause, null=False, default=None, on_delete=RESTRICT)
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    kept = Boolean(default=None)
    retainer_percent = Integer(default=None, null=True)
    charge_pence = BigInt(default=None)
