"""What happened to bookings."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.bookings.tables import Booking
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class BookingNews(Table, tablename="booking_news"):
    """A booking was made, moved or cancelled. `was_at` is when it was before a move.

    `change` is the same for all that one change did: whoever is told of it is told once. `told_at`: person and provider
    were told; one of them earlier, by who made the change, at `person_told_at` or `provider_told_at`.
    `seen_at`: the provider looked at it in their inbox.
    """

    id = UUID(primary_key=True, default=UUID4())
    booking_id = ForeignKey(Booking, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    was_at = Timestamptz(default=None, null=True)
    change = Varchar(length=40, default="")
    happened_at = Timestamptz(default=TimestamptzNow())
    told_at = Timestamptz(default=None, null=True)
    person_told_at = Timestamptz(default=None, null=True)
    provider_told_at = Timestamptz(default=None, null=True)
    seen_at = Timestamptz(default=None, null=True)
